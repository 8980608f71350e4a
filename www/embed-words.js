// What the address of a frame asks for: the page's own words, and those that only a frame knows.

import { NEED_MAPS, PARTS, namesIn } from '../pkg/element/attributes.js';
import { readState } from './permalink.js';

/** @import { Part } from '../pkg/element/attributes.js' */
/** @import { State } from './state.js' */

/** Single figures of the page. */
export const FIGURES = /** @type {const} */ (['scheme', 'rule', 'signal']);

/** @typedef {typeof FIGURES[number]} Figure */
/**
 * `parts`: of the figure with the picture and its maps; `link`: whether “Open in relume” is shown; `onPage`: the address of the page in
 * the same state, as far as the page's words say it. `lonelyParts`: left out, because they are about the maps, which are not wanted.
 * @typedef {{ words: URLSearchParams, state: State, parts: Part[], figures: Figure[], unknownParts: string[], lonelyParts: string[], link: boolean, locked: boolean, language: string | undefined, onPage: string }} EmbedWords
 */

/** @type {readonly string[]} */
const USUAL = ['picture', 'maps', 'caption'];
/** What the page would not understand, or would not do. */
const FRAME_ONLY = ['parts', 'locked', 'lang'];

/** The words may stand after a `?` or after the `#`; a word in both counts as after the `#`. @param {string} search @param {string} hash @returns {EmbedWords} */
export function readEmbedWords(search, hash) {
  const words = new URLSearchParams(search);
  for (const [word, value] of new URLSearchParams(hash.replace(/^#/, ''))) words.set(word, value);
  const names = namesIn(words.get('parts'));
  const known = names.filter((name) => isPart(name));
  const lonely = known.includes('maps') ? [] : NEED_MAPS.filter((part) => known.includes(part));
  const useful = known.filter((name) => !lonely.some((part) => part === name));
  const chosen = useful.length > 0 ? useful : USUAL;
  const locked = isOn(words.get('locked'));
  const onPage = new URLSearchParams([...words].filter(([word]) => !FRAME_ONLY.includes(word)));
  const lang = words.get('lang');
  return {
    words,
    state: readState(words.size === 0 ? '' : `#${words}`),
    parts: PARTS.filter((part) => chosen.includes(part)),
    figures: FIGURES.filter((figure) => chosen.includes(figure)),
    unknownParts: names.filter((name) => !isPart(name)),
    lonelyParts: lonely,
    // On the page everything can be changed.
    link: known.length > 0 ? known.includes('link') : !locked,
    locked,
    language: words.get('lang') ?? undefined,
    onPage: `./${lang ? `?${new URLSearchParams({ lang })}` : ''}${onPage.size === 0 ? '' : `#${onPage}`}`,
  };
}

/** @param {string} name */
function isPart(name) {
  return [...PARTS, ...FIGURES, 'link'].includes(name);
}

/** `locked` alone, or `locked=1`. @param {string | null} value */
function isOn(value) {
  return value === '' || value === '1';
}
