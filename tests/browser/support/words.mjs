// The words of the page that can be translated: where they stand, and what a language has for them.

import { readFile, readdir } from 'node:fs/promises';
import { ROOT } from './fixtures.mjs';

/** @typedef {{ file: string, key: string }} Word */

/** A call of t, words or key, and what its first argument begins with. */
const CALL = /(?<![\w$])(?<!(?<!\.)\.)(?:t|words|wordsOf|key)\(\s*([^\s)])/g;
const LITERAL = /^'((?:[^'\\]|\\.)*)'|^"((?:[^"\\]|\\.)*)"/;
/** Where the functions themselves are written. */
const DEFINES = ['translate.js'];

/** @returns {Promise<{ found: Word[], unreadable: string[] }>} `unreadable`: calls whose sentence does not stand in the call */
export async function wordsOfModules() {
  const files = (await readdir(`${ROOT}www`)).filter((file) => file.endsWith('.js') && !DEFINES.includes(file));
  /** @type {Word[]} */
  const found = [];
  /** @type {string[]} */
  const unreadable = [];
  for (const file of files) {
    const source = await readFile(`${ROOT}www/${file}`, 'utf8');
    for (const { 0: call, index } of source.matchAll(CALL)) {
      const literal = LITERAL.exec(source.slice(index + call.length - 1));
      if (literal)
        found.push({ file, key: JSON.parse(`"${(literal[1] ?? literal[2] ?? '').replaceAll("\\'", "'").replaceAll('"', '\\"')}"`) });
      else if (!call.endsWith("'")) unreadable.push(`${file}: ${source.slice(index, index + 60)}`);
    }
  }
  return { found: found.map(({ file, key }) => ({ file, key: key.replace(/\s/g, ' ') })), unreadable };
}

/** Titles, descriptions, authors and licences of the photographs. @returns {Promise<Word[]>} */
export async function wordsOfPictures() {
  const file = 'pictures/credits.json';
  const credits = JSON.parse(await readFile(`${ROOT}www/${file}`, 'utf8'));
  return credits.flatMap((/** @type {Record<string, string>} */ { title = '', alt = '', author = '', licence = '' }) =>
    [title, alt, author, licence].map((key) => ({ file, key })),
  );
}

/** The codes of the languages there are, beside English. */
export async function languages() {
  return (await readdir(`${ROOT}www/languages`)).map((file) => file.replace(/\.json$/, ''));
}

/** @param {string} code @returns {Promise<import('../../../www/translate.js').Dictionary>} */
export async function dictionaryOf(code) {
  return JSON.parse(await readFile(`${ROOT}www/languages/${code}.json`, 'utf8'));
}

/** The words in braces, and the elements that numbers stand for, in any order. @param {string} words */
export function placesIn(words) {
  return [...words.matchAll(/\{[a-z]\w*\}|<\/?\d+\/?>/gi)].map(([place]) => place).sort();
}
