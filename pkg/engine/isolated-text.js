// Names come from files, and a file may call a network or a class anything. What turns the direction of the text around a name, or
// ends its line, must not reach that text.

/** Marks, overrides, embeddings and isolates: a name has no use for them, and open ones reach beyond its end. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** Control characters, and the separators of lines and paragraphs. */
const BREAKS = /[\p{Cc}\u2028\u2029]+/gu;
/** A name that is isolated already. */
const ISOLATED = /\u2068[^\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*\u2069/gu;
/** Hebrew, Arabic and the other scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Without marks that turn the direction of writing, which cannot be seen, and which no model file may have in a name. @param {string} text */
export function withoutDirections(text) {
  return text.replace(DIRECTIONS, '');
}

/**
 * A text of someone else as it may stand inside a sentence, an attribute or a title: on one line, and from right to left only by itself.
 * Done twice, it is the same.
 * @param {string} text
 */
export function isolated(text) {
  const line = text.replace(BREAKS, ' ');
  const outside = line.replace(ISOLATED, '');
  if (outside.search(DIRECTIONS) < 0 && !RIGHT_TO_LEFT.test(outside)) return line;
  const plain = withoutDirections(line);
  return RIGHT_TO_LEFT.test(plain) ? `\u2068${plain}\u2069` : plain;
}
