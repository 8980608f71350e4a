// What the address of a frame asks for and the frame does not have, and what is shown instead.

import { PARTS } from '../pkg/element/attributes.js';
import { parseUnit } from '../pkg/engine/unit-notation.js';
import { FIGURES } from './embed-words.js';
import { LANGUAGES, languageOf } from './language.js';
import { networkNamed } from './networks.js';
import { language, t } from './translate.js';

/** @import { EmbedWords } from './embed-words.js' */
/** What is shown. @typedef {{ network: string, picture: string, hasPicture: (name: string) => boolean }} Shown */

/** What the page knows and the frame leaves out, because it shows none of it: an address is copied from the page. */
const PAGE_ONLY = ['close', 'patches', 'compare', 'backend', 'guess', 'pin'];
/** Refused by the figure itself, in its own place. */
const BY_FIGURE = ['model', 'src', 'methods', 'class'];
/** The most letters of a word that are repeated. */
const LONGEST = 40;

/**
 * A sentence about the words that name nothing; empty if all of them name something.
 * @param {EmbedWords} asked
 * @param {Shown} shown
 */
export function embedNote(asked, shown) {
  const missing = [...asked.words].flatMap(([word, value]) => {
    if (PAGE_ONLY.includes(word) || BY_FIGURE.includes(word)) return [];
    const what = trouble(word, value, asked, shown);
    return what === undefined ? [] : [t('{part} ({what})', { part: short(value === '' ? word : `${word}=${value}`), what })];
  });
  return missing.length === 0 ? '' : t('Not everything in the address could be used: {parts}.', { parts: missing.join('; ') });
}

/** What is wrong with a word. @param {string} word @param {string} value @param {EmbedWords} asked @param {Shown} shown @returns {string | undefined} */
function trouble(word, value, { state, unknownParts, lonelyParts }, { network, picture, hasPicture }) {
  const { display } = state;
  switch (word) {
    case 'parts':
      if (unknownParts.length > 0)
        return t('{names}: choose from {known}', { names: unknownParts.join(', '), known: [...PARTS, ...FIGURES, 'link'].join(', ') });
      return lonelyParts.length > 0 ? t('{names}: only together with {maps}', { names: lonelyParts.join(', '), maps: 'maps' }) : undefined;
    case 'network':
      return networkNamed(value) ? undefined : t('{other} instead', { other: network });
    case 'picture':
      return hasPicture(value) ? undefined : t('“{picture}” instead', { picture });
    case 'unit':
      return parseUnit(value) ? undefined : t('a unit is LAYER:CHANNEL or LAYER:CHANNEL@ROW,COLUMN');
    case 'f':
    case 'r':
      return state.numbers ? undefined : t('the paper’s numbers instead; f and r take nine numbers each');
    case 'weights':
      return value === 'random' || value === 'trained' ? undefined : t('the trained ones instead');
    case 'fold':
      return value === display.fold ? undefined : t('{other} instead', { other: 'rgb' });
    case 'sign':
      return value === display.sign ? undefined : t('{other} instead', { other: 'both' });
    case 'colors':
      return value === display.colors ? undefined : t('{other} instead', { other: 'grey' });
    case 'clip':
      return display.clip === undefined ? t('the default instead; it goes from 0 to 0.2') : undefined;
    case 'over':
      return ['0', '1'].includes(value) ? undefined : t('ignored; use 1 or 0');
    case 'locked':
      return ['', '0', '1'].includes(value) ? undefined : t('ignored; use 1 or 0');
    case 'lang':
      return languageOf(value)
        ? undefined
        : t('{other} instead; write {choices}', { other: nameOfLanguage(language()), choices: choices() });
    default:
      return t('ignored');
  }
}

/** The languages there are, each with its code. */
function choices() {
  const each = LANGUAGES.map((code) => t('{code} for {language}', { code, language: nameOfLanguage(code) }));
  return new Intl.ListFormat(language(), { type: 'disjunction' }).format(each);
}

/** @param {string} code */
function nameOfLanguage(code) {
  return new Intl.DisplayNames(language(), { type: 'language' }).of(code) ?? code;
}

/** @param {string} words */
function short(words) {
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}
