// A figure, for a frame in another page. The address says what to show, in the same form as the page's permalink:
// embed.html#network=all-cnn-c&picture=frog-0000&class=6&fold=max, and in addition
//   methods=guided,backprop   which maps; all three by default
//   model=URL, src=URL        a network, a picture from another server, if that server allows it by CORS
//   parts=picture,maps,link   what is shown of it; scheme, rule, signal: single figures of the page
//   locked=1                  nothing can be changed
//   lang=ko                   the language of the document
// What is shown is told to the page around the frame, see embed-report.js.

import { formatUnit } from '../pkg/engine/unit-notation.js';
import '../pkg/view.js';
import { usual } from './display-options.js';
import { byId, make } from './dom.js';
import { embedNote } from './embed-note.js';
import { tellError, tellHeight, tellParent } from './embed-report.js';
import { readEmbedWords } from './embed-words.js';
import { speakFirstOf } from './language.js';
import { label, say } from './live-text.js';
import { resolveNetwork } from './networks.js';
import { PHOTOGRAPHS, SMALL, firstOf, nameOf, readGallery, readPhotographs, takesSmall } from './picture-lists.js';
import { RULES } from './rules.js';
import { messageOf } from './status.js';
import { classText, t, translationOf, words as wordsOf } from './translate.js';

const NO_GALLERY = { source: '', model: '', pictures: [] };
/** @typedef {string | (() => string) | undefined} Words */
/** @type {{ src: string | undefined, alt: Words }} */
const NOTHING = { src: undefined, alt: undefined };
let newest = 0;
/** Ends the figures of the page that are on show. */
let closeFigures = () => {};

async function show() {
  const mine = ++newest;
  const asked = readEmbedWords(location.search, location.hash);
  const { words, state, parts, figures, locked, language } = asked;
  const { picture, target, unit } = state;
  speakFirstOf(language);
  document.documentElement.dataset['locked'] = String(locked);
  // A network and a picture from another server need neither list.
  const [gallery, photographs] = await Promise.all([readGallery().catch(() => NO_GALLERY), readPhotographs().catch(() => [])]);
  if (mine !== newest) return;
  const files = [...gallery.pictures, ...photographs].map(({ file }) => file);
  const network = resolveNetwork(
    state.network,
    gallery.pictures.some(({ file }) => nameOf(file) === picture),
  );
  const url = words.get('model') ?? network.url;
  let model;
  try {
    model = state.random ? await randomUrl(url) : url;
  } catch (error) {
    if (mine === newest)
      put(
        make('p', { role: 'alert' }, () =>
          wordsOf('The network could not be given random weights. {reason}', { reason: messageOf(error) }),
        ),
      );
    return;
  }
  if (mine !== newest) return;
  // Nothing is known about a network from another server, so it gets the element's defaults.
  const display = { ...usual(words.has('model') ? 0 : network.side), ...state.display };
  const { src, alt } = words.has('src')
    ? { src: words.get('src') ?? undefined, alt: undefined }
    : sampleOf(picture, network, gallery, photographs);
  /** @type {Record<string, Words>} */
  const attributes = {
    ...{ model, src, alt },
    methods: words.get('methods') ?? RULES.join(' '),
    target: unit ? formatUnit(unit) : target === undefined ? 'top' : `class:${target}`,
    parts: parts.join(' '),
    fold: display.fold,
    sign: display.sign,
    colors: display.colors,
    clip: String(display.clip),
    scale: display.scale,
    ...(display.over && { over: '' }),
    ...(locked && { locked: '' }),
  };
  closeFigures();
  document.querySelector('main > :is(relume-view, [role=alert])')?.remove();
  if (parts.length > 0) {
    const view = document.createElement('relume-view');
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) label(view, key, value);
    put(view);
  }
  sayNote(() =>
    embedNote(asked, {
      network: network.title,
      picture: nameOf(src?.split('/').at(-1) ?? ''),
      hasPicture: (name) => files.some((file) => nameOf(file) === name),
    }),
  );
  const open = byId('open', HTMLAnchorElement);
  open.href = asked.onPage;
  /** @type {HTMLElement} */ (open.parentElement).hidden = !asked.link;
  document.documentElement.dataset['figures'] = String(figures.length > 0);
  if (figures.length === 0) return;
  const { showFigures } = await import('./embed-figures.js');
  if (mine !== newest) return;
  const place = byId('figures', HTMLElement);
  closeFigures = showFigures(place, { figures, state, model, src, locked, display });
}

/** @param {() => string} saying */
function sayNote(saying) {
  const note = byId('address-note', HTMLElement);
  say(note, saying);
  note.hidden = saying() === '';
}

/** The address of the same model file with random weights. @param {string} url */
async function randomUrl(url) {
  const { randomFile } = await import('./random-weights.js');
  return URL.createObjectURL(await randomFile(url));
}

/** Shows this instead of what was shown before. @param {HTMLElement} figure */
function put(figure) {
  document.querySelector('main > :is(relume-view, [role=alert])')?.remove();
  byId('figures', HTMLElement).before(figure);
}

/**
 * The sample with that name, or the one the network opens with.
 * @param {string | undefined} name
 * @param {import('./networks.js').PageNetwork} network
 * @param {import('./picture-lists.js').Gallery} gallery
 * @param {import('./picture-lists.js').Credit[]} photographs
 * @returns {{ src: string | undefined, alt: Words }}
 */
function sampleOf(name, network, gallery, photographs) {
  const small = gallery.pictures.find(({ file }) => nameOf(file) === name);
  const large = photographs.find(({ file }) => nameOf(file) === name);
  if (large || (!small && !takesSmall(network))) {
    const found = large ?? photographs[0];
    // Without an address the figure itself says that it has no picture.
    return found ? { src: PHOTOGRAPHS + found.file, alt: () => translationOf(found.alt) } : NOTHING;
  }
  const found = small ?? firstOf(gallery);
  return found ? { src: SMALL + found.file, alt: () => t('A picture of CIFAR-10: {class}', { class: classText(found.class) }) } : NOTHING;
}

show();
addEventListener('hashchange', show);
addEventListener('relume-changed', (event) => tellParent('relume-changed', 'view', /** @type {CustomEvent} */ (event).detail));
addEventListener('relume-error', (event) => tellError('view', /** @type {CustomEvent} */ (event).detail));
const content = document.querySelector('main');
if (content) tellHeight(content);
