// The page's own networks, and the choice between them.

import { byId, make } from './dom.js';
import { hasFile } from './fetch.js';
import { say } from './live-text.js';
import { words } from './translate.js';

/**
 * `side`: of its input, in pixels; `classes`: how many there are; `survey`: the list of gallery pictures that excite its channels.
 * @typedef {{ name: string, title: string, url: string, side: number, classes: number, survey?: string }} PageNetwork
 */

/** For photographs: the page opens with this one. @type {Readonly<PageNetwork>} */
export const SQUEEZENET = {
  name: 'squeezenet-1.1',
  title: 'SqueezeNet 1.1',
  url: './models/squeezenet-1.1.safetensors',
  side: 227,
  classes: 1000,
};

/** The paper's own. @type {Readonly<PageNetwork>} */
export const ALL_CNN_C = {
  name: 'all-cnn-c',
  title: 'All-CNN-C',
  url: './models/all-cnn-c.safetensors',
  side: 32,
  classes: 10,
  survey: './models/all-cnn-c.survey.json',
};

/** The paper's base network, with max-pooling. @type {Readonly<PageNetwork>} */
export const MODEL_C = {
  name: 'model-c',
  title: 'Model C',
  url: './models/model-c.safetensors',
  side: 32,
  classes: 10,
  survey: './models/model-c.survey.json',
};

/** For photographs, without max-pooling. It is not part of the repository: `make models` fetches it. @type {Readonly<PageNetwork>} */
export const EFFICIENTNET = {
  name: 'efficientnet-lite0',
  title: 'EfficientNet-Lite0',
  url: './models/efficientnet-lite0.safetensors',
  side: 224,
  classes: 1000,
};

const NETWORKS = [SQUEEZENET, ALL_CNN_C, MODEL_C, EFFICIENTNET];

/** @param {string | undefined} name */
export function networkNamed(name) {
  return NETWORKS.find((network) => network.name === name);
}

/** What begins the name of a network that the visitor keeps in this browser (kept-networks.js). */
export const KEPT = 'own:';
/** What the visitor's own network is kept as. @type {WeakMap<File, string>} */
export const keptAs = new WeakMap();

/** @param {string | undefined} name @returns {name is string} */
export function isKept(name) {
  return name?.startsWith(KEPT) ?? false;
}

/** What an address calls the network; undefined for one of the visitor's that is not kept. @param {string | File | undefined} source */
export function nameOf(source) {
  return source instanceof File ? keptAs.get(source) : networkFrom(source)?.name;
}

/** Undefined for the visitor's own network. @param {string | File | undefined} source */
export function networkFrom(source) {
  return NETWORKS.find(({ url }) => url === source);
}

/**
 * The network that an address asks for: if it names none, the one that suits its picture.
 * @param {string | undefined} name
 * @param {boolean} small whether the picture is a small one
 */
export function resolveNetwork(name, small) {
  return networkNamed(name) ?? (small ? ALL_CNN_C : SQUEEZENET);
}

/**
 * @param {(network: PageNetwork) => void} onChoose
 * @param {(random: boolean, network: PageNetwork | undefined) => void} onRandom random weights were chosen, or the network's own;
 *   of the network that is marked, undefined for the visitor's own
 */
export function createNetworks(onChoose, onRandom) {
  const group = byId('networks', HTMLFieldSetElement);
  const radios = [...group.querySelectorAll('input')];
  const randomly = byId('random-weights', HTMLInputElement);
  /** The one in use. @type {string | File | undefined} */
  let inUse;
  /** Asked once, when first needed. @type {Promise<boolean> | undefined} */
  let present;

  /** Whether this copy of the page has the network. @param {PageNetwork} network */
  async function has(network) {
    if (network !== EFFICIENTNET) return true;
    present ??= hasFile(network.url);
    const there = await present;
    if (there) showPresent();
    else sayMissing();
    return there;
  }

  /** Marks the network in use; none of them if it is the visitor's own. @param {string | File | undefined} source @param {boolean} random whether its weights are */
  function show(source, random) {
    inUse = source;
    randomly.checked = random;
    for (const radio of radios) radio.checked = networkNamed(radio.value)?.url === source;
  }

  /** What was an extra is here. */
  function showPresent() {
    byId('efficientnet-extra', HTMLElement).hidden = true;
    group.querySelector('[data-extra]')?.removeAttribute('data-extra');
  }

  function sayMissing() {
    const radio = radios.find(({ value }) => value === EFFICIENTNET.name);
    if (!radio || radio.disabled) return;
    const focused = radio === document.activeElement;
    radio.disabled = true;
    if (focused) radios.find(({ value }) => networkNamed(value)?.url === inUse)?.focus();
    say(byId('efficientnet-line', HTMLElement), () =>
      words('For photographs. This copy of the page does not have it; in a copy of the source, {command} downloads it (9.3 MB).', {
        command: make('code', {}, 'make models'),
      }),
    );
  }

  for (const radio of radios) {
    radio.addEventListener('change', async () => {
      const network = networkNamed(radio.value);
      if (!network || !radio.checked) return;
      group.setAttribute('aria-busy', 'true'); // until it is known whether this copy has the network
      const there = await has(network);
      group.setAttribute('aria-busy', 'false');
      // Another network may have been chosen meanwhile.
      if (!radio.checked) return;
      if (there) onChoose(network);
      else show(inUse, randomly.checked);
    });
  }

  randomly.addEventListener('change', () => onRandom(randomly.checked, networkNamed(radios.find(({ checked }) => checked)?.value)));

  /** Whether random weights are chosen. */
  const isRandom = () => randomly.checked;

  return { has, show, isRandom };
}
