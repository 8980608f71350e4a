// The strip of sample pictures, and whose they are.

import { byId, make } from './page.js';
import { messageOf } from './status.js';

/** @typedef {import('./rules.js').Picture} Picture */
/** @typedef {{ file: string, title: string, author: string, licence: string, source: string, alt: string }} Credit */

const FOLDER = './pictures/';

/** @param {(picture: Picture) => void} onPicture */
export async function createSamples(onPicture) {
  const strip = byId('samples', HTMLElement);
  const line = byId('credit', HTMLElement);
  /** @type {Credit[]} */
  let credits = [];
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  let newest = 0;

  /** In place of the credit, below the strip. @param {string} words */
  function fail(words) {
    line.textContent = words;
    line.dataset['kind'] = 'error';
  }

  /** @param {string | undefined} name */
  function mark(name) {
    newest++;
    for (const [other, button] of buttons) button.setAttribute('aria-pressed', String(other === name));
    const credit = credits.find(({ file }) => nameOf(file) === name);
    line.removeAttribute('data-kind');
    line.replaceChildren(...credit ? creditLine(credit) : ['Your own picture. It stays on your machine.']);
  }

  /** @param {string} name @returns {Promise<boolean>} false where there is no such sample */
  async function choose(name) {
    const credit = credits.find(({ file }) => nameOf(file) === name);
    if (!credit) return false;
    mark(name);
    const mine = newest;
    try {
      const answer = await fetch(FOLDER + credit.file);
      if (!answer.ok) throw new Error(`the server said ${answer.status}`);
      const blob = await answer.blob();
      if (mine === newest) onPicture({ name, title: credit.title, blob });
    } catch (error) {
      if (mine === newest) fail(`The sample “${credit.title}” could not be fetched. ${messageOf(error)} A picture of your own works all the same.`);
    }
    return true;
  }

  try {
    const answer = await fetch(`${FOLDER}credits.json`);
    if (!answer.ok) throw new Error(`the server said ${answer.status}`);
    credits = await answer.json();
  } catch (error) {
    fail(`The sample pictures could not be listed. ${messageOf(error)} A picture of your own works all the same.`);
  }
  for (const credit of credits) {
    const name = nameOf(credit.file);
    const button = make('button', { type: 'button', id: `sample-${name}`, 'aria-pressed': 'false', title: credit.title },
      make('img', { src: FOLDER + credit.file, alt: credit.alt, width: '72', height: '72' }));
    button.addEventListener('click', () => choose(name));
    buttons.set(name, button);
    strip.append(button);
    byId('credits', HTMLUListElement).append(make('li', {}, ...creditLine(credit)));
  }

  return {
    choose,
    /** Says which sample is on show; undefined: none. */
    mark,
    names: credits.map(({ file }) => nameOf(file)),
  };
}

/** @param {string} file */
function nameOf(file) {
  return file.replace(/\.[^.]+$/, '');
}

/** @param {Credit} credit */
function creditLine({ title, author, licence, source }) {
  const address = /https?:\/\/[^\s)]+/.exec(source)?.[0];
  const name = address ? make('a', { href: address }, title) : title;
  return [name, `, ${author}. ${licence}.`];
}
