// The page's sample pictures and their credits: photographs, and small pictures of CIFAR-10 for the paper's networks. Every
// network accepts both.

import { byId, make } from './dom.js';
import { fetchFile } from './fetch.js';
import { contentOf, say } from './live-text.js';
import { networkNamed } from './networks.js';
import { PHOTOGRAPHS, SMALL, THUMBNAILS, firstOf, nameOf, readGallery, readPhotographs, takesSmall } from './picture-lists.js';
import { messageOf } from './status.js';
import { createThumbnails } from './thumbnails.js';
import { className, classText, inEnglish, t, textOf, translationOf, words as wordsOf } from './translate.js';

/** @import { PageNetwork } from './networks.js' */
/** @import { Credit, Gallery } from './picture-lists.js' */
/** @import { Saying } from './live-text.js' */
/** @import { Content } from './translate.js' */
/** @import { Picture } from './types.js' */
/** Its words in the language on show, whenever they are read. @typedef {{ readonly title: string, readonly alt: string, src: string, line: () => Content }} Sample */

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
  /** What is said of the picture behind its credit. @type {{ name: string | undefined, saying: Saying } | undefined} */
  let noted;

  /** Shows an error in place of the credit. @param {() => Content} saying */
  function fail(saying) {
    say(caption, () => wordsOf('{trouble} A picture of your own works all the same.', { trouble: saying() }));
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
    const line = sample(marked ?? '')?.line ?? (() => t('Your own picture. It stays on your machine.'));
    const saying = noted?.name === marked && noted?.saying;
    say(caption, () =>
      saying
        ? wordsOf('{first} {second}', { first: line(), second: make('span', {}, ...wordsOf('{note}', { note: contentOf(saying) })) })
        : line(),
    );
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
      const what = () =>
        /^[aeiou]/.test(truth) ? t('An {class}', { class: classText(truth) }) : t('A {class}', { class: classText(truth) });
      const title = () => (right ? what() : t('{picture}, answered {answer}', { picture: what(), answer: classText(answer) }));
      const alt = () =>
        right
          ? t('{picture}, picture {number}', { picture: what(), number: name.split('-').at(-1) ?? '' })
          : t('{picture}: answered wrong', { picture: title() });
      const line = () => {
        const set = make('a', { href: '#ref-krizhevsky' }, 'CIFAR-10');
        return right
          ? wordsOf('{picture}. From the test set of {set}.', { picture: what(), set })
          : wordsOf('{picture}, answered {answer} by {network}. From the test set of {set}.', {
              picture: what(),
              answer: className(answer),
              network,
              set,
            });
      };
      small.set(name, sampleOf(title, what, SMALL + file, line));
      gallery.add(
        byId(right ? 'gallery-right' : 'gallery-wrong', HTMLElement),
        name,
        { id: `sample-${name}`, title },
        make('img', { src: SMALL + file, alt, width: '32', height: '32' }),
        ...(right ? [] : [make('span', { class: 'sign', 'aria-hidden': 'true' }, '×')]),
      );
    }
    credits.append(
      make('li', {}, () =>
        wordsOf('The small pictures, from the test set of CIFAR-10, converted to JPEG: {source}.', { source: inEnglish(source) }),
      ),
    );
  }

  /** @param {Credit[]} listed */
  function addPhotographs(listed) {
    /** @type {HTMLElement[]} */
    const lines = [];
    for (const credit of listed) {
      const { file } = credit;
      const name = nameOf(file);
      const [title, alt] = [() => translationOf(credit.title), () => translationOf(credit.alt)];
      const line = () => creditLine(credit);
      large.set(name, sampleOf(title, alt, PHOTOGRAPHS + file, line));
      photographs.add(
        byId('samples', HTMLElement),
        name,
        { id: `sample-${name}`, title },
        make('img', { src: `${THUMBNAILS}${name}.jpg`, alt, width: '72', height: '72' }),
      );
      lines.push(make('li', {}, line));
    }
    // First, whichever list arrives first.
    credits.prepend(...lines);
  }

  /** @param {unknown} error */
  const unlisted = (error) => fail(() => wordsOf('Not all of the sample pictures could be listed. {reason}', { reason: messageOf(error) }));
  const listed = Promise.all([readGallery().then(addGallery).catch(unlisted), readPhotographs().then(addPhotographs).catch(unlisted)]);

  return {
    /** Says more about the picture on show, behind its credit; nothing if empty. @param {Saying} saying */
    note(saying) {
      noted = { name: marked, saying };
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
      return found && { url: new URL(found.src, location.href).href, alt: found.alt, credit: textOf(found.line()) };
    },
    /** For networks with an input of this side. @param {number} side */
    names: (side) => [...(takesSmall({ side }) ? small : large).keys()],
    /** What a sample is called. @param {string} name */
    titled: (name) => sample(name)?.title ?? name,
    /** What a small picture is called. @param {string} file */
    titleOf: (file) => small.get(nameOf(file))?.title ?? nameOf(file),
    /** Fetches a sample for another figure, without choosing it here. @param {string} name @returns {Promise<Picture>} */
    async fetchBeside(name) {
      await listed;
      const found = sample(name);
      return pictureOf(name, found, await (await fetchFile(found?.src ?? `${SMALL}${name}.jpg`)).blob());
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
        return mine === newest ? pictureOf(name, wanted, blob) : undefined;
      } catch (error) {
        if (mine === newest) {
          fail(() => wordsOf('The sample “{picture}” could not be fetched. {reason}', { picture: wanted.title, reason: messageOf(error) }));
        }
        return undefined;
      }
    },
  };
}

/** @param {() => string} title @param {() => string} alt @param {string} src @param {() => Content} line @returns {Sample} */
function sampleOf(title, alt, src, line) {
  return {
    get title() {
      return title();
    },
    get alt() {
      return alt();
    },
    src,
    line,
  };
}

/** @param {string} name @param {Sample | undefined} sample @param {Blob} blob @returns {Picture} */
function pictureOf(name, sample, blob) {
  return {
    name,
    get title() {
      return sample?.title ?? name;
    },
    blob,
  };
}

/** A file of the gallery, whether or not it is on show. @param {string} file */
async function fetchSmall(file) {
  return (await fetchFile(SMALL + file)).blob();
}

/** @param {Credit} credit @returns {Content} */
function creditLine({ title, author, licence, source }) {
  const address = /https?:\/\/[^\s)]+/.exec(source)?.[0];
  const name = translationOf(title);
  const picture = address ? make('a', { href: address }, name) : name;
  return wordsOf('{picture}, {author}. {licence}.', { picture, author: sayOrName(author), licence: sayOrName(licence) });
}

/** Translated where it says something; a name stays as it is. @param {string} english */
function sayOrName(english) {
  const said = translationOf(english);
  return said === english ? inEnglish(english) : said;
}
