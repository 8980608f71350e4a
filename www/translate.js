// The words of the page in the language on show. In the code stands the English sentence, which is also the key of its
// translation; languages/CODE.json has the translations of one language. docs/translating.md says how to add one.

import { isolated } from '../pkg/engine/isolated-text.js';

/**
 * The translations of one language: `strings` by the English, `classes` by a class's name, `errors` by an error's code, `warnings` by the
 * code of a map's warning.
 * @typedef {{ strings: Record<string, string>, classes: Record<string, string>, errors: Record<string, string>, warnings: Record<string, string> }} Dictionary
 */
/** What can be said in an element. @typedef {string | (Node | string)[]} Content */
/** What stands for a word in braces. @typedef {Content | Node | number} Value */

/** It translates nothing. @type {Readonly<Dictionary>} */
export const ENGLISH = { strings: {}, classes: {}, errors: {}, warnings: {} };

let code = 'en';
/** @type {Dictionary} */
let dictionary = ENGLISH;

/** The code of the language on show, such as `en`. */
export function language() {
  return code;
}

/** That of the language on show. */
export function currentDictionary() {
  return dictionary;
}

/** @param {string} next its code @param {Dictionary} translations */
export function setLanguage(next, translations) {
  code = next;
  dictionary = translations;
}

/**
 * A sentence in the language on show: `t('Show {count} more', { count: 72 })`. The sentence has to be written out in the call, because
 * a test looks for it there.
 * @param {string} english
 * @param {Record<string, Value>} [values] by the word in braces
 */
export function t(english, values) {
  return textOf(words(english, values));
}

/**
 * The same as pieces to put into an element; nodes among the values stay nodes.
 * @param {string} english
 * @param {Record<string, Value>} [values]
 * @returns {(Node | string)[]}
 */
export function words(english, values = {}) {
  return translationOf(english)
    .split(/\{([a-z]\w*)\}/i)
    .flatMap((part, i) => (i % 2 === 0 ? (part === '' ? [] : [part]) : piecesOf(values[part] ?? `{${part}}`)));
}

/** Marks a sentence that stands in a table, and is translated where it is used: by `translationOf`. @param {string} english */
export function key(english) {
  return english;
}

/** A sentence without words in braces that was marked by `key`, or comes from a list. @param {string} english */
export function translationOf(english) {
  // In the keys all spaces are plain ones.
  const plain = english.replace(/\s/g, ' ');
  return (Object.hasOwn(dictionary.strings, plain) && dictionary.strings[plain]) || english;
}

/** A class's name: translated where the language has it, else marked as English. @param {string} label @returns {Content} */
export function className(label) {
  const translated = Object.hasOwn(dictionary.classes, label) ? dictionary.classes[label] : undefined;
  return translated ?? inEnglish(label);
}

/** The same for where no part can be marked: in an attribute. @param {string} label */
export function classText(label) {
  return textOf(className(label));
}

/** Words that stay English, marked as such where the page is in another language. @param {string} english @returns {Content} */
export function inEnglish(english) {
  const text = isolated(english);
  if (code === 'en' || text === '') return text;
  const marked = document.createElement('span');
  marked.lang = 'en';
  marked.textContent = text;
  return [marked];
}

/** What the dictionary has for the code of an error or of a warning. @param {'errors' | 'warnings'} table @param {string} of */
export function byCode(table, of) {
  return Object.hasOwn(dictionary[table], of) ? dictionary[table][of] : undefined;
}

/** @param {Content} content */
export function textOf(content) {
  return typeof content === 'string' ? content : content.map((piece) => (typeof piece === 'string' ? piece : piece.textContent)).join('');
}

/** @param {Value} value @returns {(Node | string)[]} */
function piecesOf(value) {
  if (Array.isArray(value)) return value;
  return [value instanceof Node ? value : isolated(String(value))];
}
