// The pictures the page brings, and whose they are: small ones of CIFAR-10 for All-CNN-C, photographs for
// EfficientNet-Lite0. Either network takes either.

import { ALL_CNN_C, networkNamed } from './networks.js';
import { byId, make } from './page.js';
import { messageOf } from './status.js';
import { createTiles } from './tiles.js';

/** @typedef {import('./networks.js').PageNetwork} PageNetwork */
/** @typedef {import('./rules.js').Picture} Picture */
/** @typedef {{ file: string, title: string, author: string, licence: string, source: string, alt: string }} Credit */
/** As scripts/gallery.mjs writes it. @typedef {{ source: string, model: string, pictures: { file: string, class: string, answer: string }[] }} Gallery */
/** @typedef {{ title: string, src: string, line: (Node | string)[] }} Sample */

const PHOTOGRAPHS = './pictures/';
const SMALL = './pictures/cifar10/';
/** The class of the picture the page opens with, where the gallery has it; the text speaks of one. */
const FIRST = 'cat';

/** @param {(name: string) => void} onChoose */
export async function createSamples(onChoose) {
  const caption = byId('credit', HTMLElement);
  const gallery = createTiles(byId('gallery', HTMLElement), onChoose);
  const photographs = createTiles(byId('samples', HTMLElement), onChoose);
  const credits = byId('credits', HTMLUListElement);
  /** By name. @type {Map<string, Sample>} */
  const small = new Map();
  /** @type {Map<string, Sample>} */
  const large = new Map();
  /** @type {string | undefined} */
  let firstSmall;
  let newest = 0;

  /** In place of the credit, below the strip. @param {string} words */
  function fail(words) {
    caption.textContent = `${words} A picture of your own works all the same.`;
    caption.dataset['kind'] = 'error';
  }

  /** @param {string} name */
  const sample = (name) => small.get(name) ?? large.get(name);

  /** @param {string | undefined} name */
  function mark(name) {
    newest++;
    gallery.mark(name);
    photographs.mark(name);
    caption.removeAttribute('data-kind');
    caption.replaceChildren(...sample(name ?? '')?.line ?? ['Your own picture. It stays on your machine.']);
  }

  /** @param {Gallery} listed */
  function addGallery({ source, model, pictures }) {
    const network = networkNamed(model)?.title ?? model;
    for (const { file, class: truth, answer } of pictures) {
      const name = nameOf(file);
      const right = answer === truth;
      const what = `${/^[aeiou]/.test(truth) ? 'An' : 'A'} ${truth}`;
      const title = right ? what : `${what}, answered ${answer}`;
      const alt = right ? `${what}, picture ${name.split('-').at(-1)}` : `${title}: answered wrong`;
      const line = [right ? what : `${title} by ${network}`, '. From the test set of ', make('a', { href: '#ref-krizhevsky' }, 'CIFAR-10'), '.'];
      small.set(name, { title, src: SMALL + file, line });
      if (right && truth === FIRST) firstSmall ??= name;
      gallery.add(byId(right ? 'gallery-right' : 'gallery-wrong', HTMLElement),
        { name, title, alt, src: SMALL + file, side: 32, ...!right && { sign: '×' } });
    }
    credits.append(make('li', {}, `The small pictures, from the test set of CIFAR-10: ${source}.`));
  }

  /** @param {Credit[]} listed */
  function addPhotographs(listed) {
    for (const credit of listed) {
      const { file, title, alt } = credit;
      const name = nameOf(file);
      large.set(name, { title, src: PHOTOGRAPHS + file, line: creditLine(credit) });
      photographs.add(byId('samples', HTMLElement), { name, title, alt, src: PHOTOGRAPHS + file, side: 72 });
      credits.append(make('li', {}, ...creditLine(credit)));
    }
  }

  const lists = [read(`${SMALL}gallery.json`), read(`${PHOTOGRAPHS}credits.json`)];
  for (const [i, add] of [addGallery, addPhotographs].entries()) {
    try {
      add(await lists[i]);
    } catch (error) {
      fail(`Not all of the sample pictures could be listed. ${messageOf(error)}`);
    }
  }

  return {
    /** Says which one is on show; undefined: none. */
    mark,
    /** @param {string | undefined} name */
    has: (name) => sample(name ?? '') !== undefined,
    /** @param {string | undefined} name */
    isPhotograph: (name) => large.has(name ?? ''),
    /** The one a network opens with; undefined where none could be listed. @param {PageNetwork} network */
    usual(network) {
      const [anySmall] = small.keys();
      const [anyLarge] = large.keys();
      return network === ALL_CNN_C ? firstSmall ?? anySmall ?? anyLarge : anyLarge ?? anySmall;
    },
    /**
     * Undefined where there is no such picture, it could not be fetched, or another was chosen meanwhile.
     * @param {string | undefined} name
     * @returns {Promise<Picture | undefined>}
     */
    async fetch(name = '') {
      const wanted = sample(name);
      if (!wanted) return undefined;
      mark(name);
      const mine = newest;
      try {
        const answer = await fetch(wanted.src);
        if (!answer.ok) throw new Error(`the server said ${answer.status}`);
        const blob = await answer.blob();
        return mine === newest ? { name, title: wanted.title, blob } : undefined;
      } catch (error) {
        if (mine === newest) fail(`The sample “${wanted.title}” could not be fetched. ${messageOf(error)}`);
        return undefined;
      }
    },
  };
}

/** @param {string} url */
async function read(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`for ${url} the server said ${answer.status}`);
  return answer.json();
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
