/**
 * Every code there is. They are stable: match on them, not on messages.
 *
 * - `invalid-model`: not a model file, or the model in it is not sound
 * - `unsupported-operator`: a network in another format uses an operator that no layer computes
 * - `invalid-target`: no such class, layer, channel or position, or one that cannot be explained
 * - `invalid-picture`: a picture that does not decode, is empty, too large, or may not be read
 * - `invalid-option`: a value that is not among those there are
 * - `shape-mismatch`, `not-finite`: a tensor of the wrong shape, or with NaN or an infinity in it
 * - `too-large`: one pass of the network takes more than the limits it was loaded with
 * - `unsupported-backend`: no such backend
 * - `unsupported-browser`: a browser without WebAssembly SIMD, or none at all: in Node, use relume/low-level
 * - `unreadable`: a file or an address that cannot be read
 * - `cancelled`: the caller's `AbortSignal` said so; the error's name is `AbortError`
 * - `closed`: a call on something that was closed
 * - `engine-crashed`: the engine stopped in the middle of this call; the next call has a fresh one
 * - `internal`: the engine broke one of its own promises; please report it
 */
export const CODES = /** @type {const} */ ([
  'invalid-model',
  'unsupported-operator',
  'invalid-target',
  'invalid-picture',
  'invalid-option',
  'shape-mismatch',
  'not-finite',
  'too-large',
  'unsupported-backend',
  'unsupported-browser',
  'unreadable',
  'cancelled',
  'closed',
  'engine-crashed',
  'internal',
]);

/** @typedef {typeof CODES[number]} Code */

/** The one kind of error that relume's calls reject with. Its name is `RelumeError`, or `AbortError` where a signal ended the call. The message says what was wrong and what to do. */
export class RelumeError extends Error {
  /** @type {Code} */
  code;

  /**
   * @param {Code} code
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    // As everywhere on the web: by this name a caller knows that it was its own signal.
    this.name = code === 'cancelled' ? 'AbortError' : 'RelumeError';
    this.code = code;
  }
}

/**
 * @param {unknown} value
 * @returns {value is Code}
 */
export function isCode(value) {
  return CODES.some((code) => code === value);
}

/** A message to be read as text, where backticks would be seen as such. @param {string} message */
export function quoted(message) {
  return message.replace(/`([^`]*)`/g, '“$1”');
}

/** A value in a message. Not every one becomes a text by itself: a symbol does not, nor an object without a prototype. @param {unknown} value */
export function asText(value) {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/**
 * What a thrown value says of itself.
 * @param {unknown} thrown
 * @returns {string}
 */
export function reasonOf(thrown) {
  const text = thrown instanceof Error ? thrown.message || thrown.name : asText(thrown);
  // It ends up inside a sentence.
  return text.replace(/[.\s]+$/, '');
}
