// One figure, for a frame in another page. The address says what to show, in the same form as the page's permalink:
// embed.html#network=all-cnn-c&picture=frog-0000&class=6&fold=max, and in addition
//   methods=guided,backprop   which maps; all three by default
//   model=URL, src=URL        a network, a picture from another server, if that server allows it by CORS

import { formatUnit } from '../pkg/engine/unit-notation.js';
import '../pkg/view.js';
import { usual } from './display-options.js';
import { byId } from './dom.js';
import { resolveNetwork } from './networks.js';
import { readState } from './permalink.js';
import { PHOTOGRAPHS, SMALL, firstOf, nameOf, readGallery, readPhotographs, takesSmall } from './picture-lists.js';
import { RULES } from './rules.js';

const NO_GALLERY = { source: '', model: '', pictures: [] };
let newest = 0;

/** @param {string} hash */
async function show(hash) {
  const mine = ++newest;
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const state = readState(hash);
  const { picture, target, unit } = state;
  // A network and a picture from another server need neither list.
  const [gallery, photographs] = await Promise.all([readGallery().catch(() => NO_GALLERY), readPhotographs().catch(() => [])]);
  if (mine !== newest) return;
  const network = resolveNetwork(
    state.network,
    gallery.pictures.some(({ file }) => nameOf(file) === picture),
  );
  // Nothing is known about a network from another server, so it gets the element's defaults.
  const display = { ...usual(words.has('model') ? 0 : network.side), ...state.display };
  const view = document.createElement('relume-view');
  /** @type {Record<string, string | undefined>} */
  const attributes = {
    model: words.get('model') ?? network.url,
    ...(words.has('src') ? { src: words.get('src') ?? undefined } : sampleOf(picture, network, gallery, photographs)),
    methods: words.get('methods') ?? RULES.join(' '),
    target: unit ? formatUnit(unit) : target === undefined ? 'top' : `class:${target}`,
    fold: display.fold,
    sign: display.sign,
    colors: display.colors,
    clip: String(display.clip),
    ...(display.over && { over: '' }),
  };
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) view.setAttribute(key, value);
  document.querySelector('relume-view')?.remove();
  document.querySelector('main')?.prepend(view);
  byId('open', HTMLAnchorElement).href = `./${hash}`;
}

/**
 * The sample with that name, or the one the network opens with.
 * @param {string | undefined} name
 * @param {import('./networks.js').PageNetwork} network
 * @param {import('./picture-lists.js').Gallery} gallery
 * @param {import('./picture-lists.js').Credit[]} photographs
 */
function sampleOf(name, network, gallery, photographs) {
  const small = gallery.pictures.find(({ file }) => nameOf(file) === name);
  const large = photographs.find(({ file }) => nameOf(file) === name);
  if (large || (!small && !takesSmall(network))) {
    const found = large ?? photographs[0];
    // Without an address the figure itself says that it has no picture.
    return found ? { src: PHOTOGRAPHS + found.file, alt: found.alt } : {};
  }
  const found = small ?? firstOf(gallery);
  return found ? { src: SMALL + found.file, alt: `A picture of CIFAR-10: ${found.class}` } : {};
}

show(location.hash);
addEventListener('hashchange', () => show(location.hash));
