// The page's sample pictures and their credits: photographs, and small pictures of CIFAR-10 for the paper's networks. Every
// network accepts both.

import { byId, make } from './dom.js';
import { fetchFile } from './fetch.js';
import { networkNamed } from './networks.js';
import { PHOTOGRAPHS, SMALL, THUMBNAILS, firstOf, nameOf, readGallery, readPhotographs, takesSmall } from './picture-lists.js';
import { messageOf } from './status.js';
import { createThumbnails } from './thumbnails.js';

/** @import { PageNetwork } from './networks.js' */
/** @import { Credit, Gallery } from './picture-lists.js' */
/** @import { Picture } from './types.js' */
/** @typedef {{ title: string, alt: string, src: string, line: (Node | string)[] }} Sample */

/** @param {(name: string) => void} onChoose */
export function createSamplePictures(onChoose) {
  const caption = byId('credit', HTMLElement);
  const gallery = createThumbnails(byId('gallery', HTMLElement), onChoose);
  const photographs = createThumbnails(byId('samples', HTMLElement), onChoose);
  const credits = byId('credits', HTMLUListElement);
  /** By name. @type {Map<string, Sample>} */
  const small = new Map();
  /** @type {Map<string, Sample>} */
  const large = new Map();
  /** @type {string | undefined} */
  let firstSmall;
  let newest = 0;
  /** @type {string | undefined} */
  let marked;
  /** What is said of the picture behind its credit. @type {{ name: string | undefined, words: string } | undefined} */
  let noted;

  /** Shows an error in place of the credit. @param {string} words */
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
    marked = name;
    caption.removeAttribute('data-kind');
    showCredit();
  }

  function showCredit() {
    const line = sample(marked ?? '')?.line ?? ['Your own picture. It stays on your machine.'];
    const more = noted?.name === marked && noted?.words ? [' ', make('span', {}, noted.words)] : [];
    caption.replaceChildren(...line, ...more);
  }

  /** @param {Gallery} listed */
  function addGallery(listed) {
    const { source, model, pictures } = listed;
    const first = firstOf(listed);
    firstSmall = first && nameOf(first.file);
    const network = networkNamed(model)?.title ?? model;
    for (const { file, class: truth, answer } of pictures) {
      const name = nameOf(file);
      const right = answer === truth;
      const what = `${/^[aeiou]/.test(truth) ? 'An' : 'A'} ${truth}`;
      const title = right ? what : `${what}, answered ${answer}`;
      const alt = right ? `${what}, picture ${name.split('-').at(-1)}` : `${title}: answered wrong`;
      const line = [
        right ? what : `${title} by ${network}`,
        '. From the test set of ',
        make('a', { href: '#ref-krizhevsky' }, 'CIFAR-10'),
        '.',
      ];
      small.set(name, { title, alt: what, src: SMALL + file, line });
      gallery.add(
        byId(right ? 'gallery-right' : 'gallery-wrong', HTMLElement),
        name,
        { id: `sample-${name}`, title },
        make('img', { src: SMALL + file, alt, width: '32', height: '32' }),
        ...(right ? [] : [make('span', { class: 'sign', 'aria-hidden': 'true' }, '×')]),
      );
    }
    credits.append(make('li', {}, `The small pictures, from the test set of CIFAR-10: ${source}.`));
  }

  /** @param {Credit[]} listed */
  function addPhotographs(listed) {
    for (const credit of listed) {
      const { file, title, alt } = credit;
      const name = nameOf(file);
      large.set(name, { title, alt, src: PHOTOGRAPHS + file, line: creditLine(credit) });
      photographs.add(
        byId('samples', HTMLElement),
        name,
        { id: `sample-${name}`, title },
        make('img', { src: `${THUMBNAILS}${name}.jpg`, alt, width: '72', height: '72' }),
      );
      credits.append(make('li', {}, ...creditLine(credit)));
    }
  }

  /** @param {unknown} error */
  const unlisted = (error) => fail(`Not all of the sample pictures could be listed. ${messageOf(error)}`);
  const listed = Promise.all([readGallery().then(addGallery).catch(unlisted), readPhotographs().then(addPhotographs).catch(unlisted)]);

  return {
    /** Says more about the picture on show, behind its credit; nothing if empty. @param {string} words */
    note(words) {
      noted = { name: marked, words };
      if (caption.dataset['kind'] !== 'error') showCredit();
    },
    /** Settles when the samples are listed, as far as they can be. Until then there are none. */
    listed,
    /** Marks the sample on show; undefined for none. A sample that is being fetched is given up. */
    mark,
    /** @param {string | undefined} name */
    has: (name) => sample(name ?? '') !== undefined,
    /** @param {string | undefined} name */
    isPhotograph: (name) => large.has(name ?? ''),
    /** @param {string | undefined} name */
    isSmall: (name) => small.has(name ?? ''),
    /** The one a network opens with; undefined if none is listed. @param {PageNetwork} network */
    usual(network) {
      const [anySmall] = small.keys();
      const [anyLarge] = large.keys();
      return takesSmall(network) ? (firstSmall ?? anySmall ?? anyLarge) : (anyLarge ?? anySmall);
    },
    /** Where others can fetch a sample, what is to be seen in it, and whose work it is. @param {string} name */
    shareable(name) {
      const found = sample(name);
      const credit = found?.line.map((part) => (typeof part === 'string' ? part : part.textContent)).join('') ?? '';
      return found && { url: new URL(found.src, location.href).href, alt: found.alt, credit };
    },
    /** What a small picture is called. @param {string} file */
    titleOf: (file) => small.get(nameOf(file))?.title ?? nameOf(file),
    /** Fetches a sample for another figure, without choosing it here. @param {string} name @returns {Promise<Picture>} */
    async fetchBeside(name) {
      await listed;
      const { title, src } = sample(name) ?? { title: name, src: `${SMALL}${name}.jpg` };
      return { name, title, blob: await (await fetchFile(src)).blob() };
    },
    fetchSmall,
    /**
     * Undefined if there is no such picture, it could not be fetched, or another was chosen meanwhile.
     * @param {string | undefined} name
     * @returns {Promise<Picture | undefined>}
     */
    async fetch(name = '') {
      const wanted = sample(name);
      if (!wanted) return undefined;
      mark(name);
      const mine = newest;
      try {
        const blob = await (await fetchFile(wanted.src)).blob();
        return mine === newest ? { name, title: wanted.title, blob } : undefined;
      } catch (error) {
        if (mine === newest) fail(`The sample “${wanted.title}” could not be fetched. ${messageOf(error)}`);
        return undefined;
      }
    },
  };
}

/** A file of the gallery, whether or not it is on show. @param {string} file */
async function fetchSmall(file) {
  return (await fetchFile(SMALL + file)).blob();
}

/** @param {Credit} credit */
function creditLine({ title, author, licence, source }) {
  const address = /https?:\/\/[^\s)]+/.exec(source)?.[0];
  const name = address ? make('a', { href: address }, title) : title;
  return [name, `, ${author}. ${licence}.`];
}
