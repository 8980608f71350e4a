// The networks the page brings, and the choice between them.

import { byId, make } from './page.js';

/**
 * `side`: of its input, in pixels; `classes`: how many it knows; `survey`: which pictures of the gallery excite its channels.
 * @typedef {{ name: string, title: string, url: string, side: number, classes: number, survey?: string }} PageNetwork
 */

/** The paper's own, part of the page: it opens with this one. @type {Readonly<PageNetwork>} */
export const ALL_CNN_C = {
  name: 'all-cnn-c', title: 'All-CNN-C', url: './models/all-cnn-c.safetensors', side: 32, classes: 10, survey: './models/all-cnn-c.survey.json',
};

/** The paper's base network, with max-pooling. @type {Readonly<PageNetwork>} */
export const MODEL_C = {
  name: 'model-c', title: 'Model C', url: './models/model-c.safetensors', side: 32, classes: 10, survey: './models/model-c.survey.json',
};

/** For photographs. It is fetched from elsewhere when the page is built, and may be missing. @type {Readonly<PageNetwork>} */
export const EFFICIENTNET = {
  name: 'efficientnet-lite0', title: 'EfficientNet-Lite0', url: './models/efficientnet-lite0.safetensors', side: 224, classes: 1000,
};

const NETWORKS = [ALL_CNN_C, MODEL_C, EFFICIENTNET];

/** @param {string | undefined} name */
export function networkNamed(name) {
  return NETWORKS.find((network) => network.name === name);
}

/** Undefined where it is a network of one's own. @param {string | File | undefined} source */
export function networkFrom(source) {
  return NETWORKS.find(({ url }) => url === source);
}

/**
 * The network that an address means. One without a network may be from when EfficientNet-Lite0 was the only one: it means
 * that where it names a photograph or a class.
 * @param {{ network?: string | undefined, picture?: string | undefined, target?: number | undefined }} state
 * @param {boolean} photograph whether its picture is one
 */
export function networkMeant({ network, picture, target }, photograph) {
  return networkNamed(network) ?? (photograph || (picture === undefined && target !== undefined) ? EFFICIENTNET : ALL_CNN_C);
}

/** @param {(network: PageNetwork) => void} onChoose */
export function createNetworks(onChoose) {
  const group = byId('networks', HTMLFieldSetElement);
  const radios = [...group.querySelectorAll('input')];
  for (const radio of radios) {
    radio.addEventListener('change', () => {
      const network = networkNamed(radio.value);
      if (network && radio.checked) onChoose(network);
    });
  }
  const present = isThere(EFFICIENTNET.url);
  present.then((there) => {
    if (there) return;
    for (const radio of radios) radio.disabled ||= radio.value === EFFICIENTNET.name;
    byId('efficientnet-line', HTMLElement).replaceChildren('For photographs, and not here yet: in a copy of the source, ',
      make('code', {}, 'make models'), ' fetches its 9.3 MB and puts it in place.');
  });

  return {
    /** Whether it can be chosen. @param {PageNetwork} network */
    has: async (network) => network !== EFFICIENTNET || present,
    /** Says which one is in use; a network of one's own: none of them. @param {string | File | undefined} source */
    show(source) {
      for (const radio of radios) radio.checked = networkNamed(radio.value)?.url === source;
    },
  };
}

/** Whether the server has this file. A server that cannot be asked is asked again when the file is wanted. @param {string} url */
async function isThere(url) {
  try {
    const { status } = await fetch(url, { method: 'HEAD' });
    return status !== 404 && status !== 410;
  } catch {
    return true;
  }
}
