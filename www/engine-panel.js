// The disclosure below figure 2: the choice of the engine, and facts about the network.

import { byId, make } from './dom.js';
import { hasNdArray } from './second-engine.js';
import { say } from './live-text.js';
import { titleOf } from './network-title.js';
import { inWords, megabytes } from './numbers.js';
import { inEnglish, t, words } from './translate.js';

/** @import { Engine } from './engine.js' */
/** @import { Content } from './translate.js' */
/** @import { Backend } from './types.js' */

const NAMES = { flex: 'Flex', ndarray: 'NdArray' };

/** @param {(backend: Backend) => void} onBackend */
export function createEnginePanel(onBackend) {
  const panel = byId('engine', HTMLDetailsElement);
  const summary = byId('engine-summary', HTMLElement);
  const facts = byId('model-facts', HTMLDListElement);
  const line = byId('ndarray-line', HTMLElement);
  const radios = [...panel.querySelectorAll('input[name="backend"]')].filter((radio) => radio instanceof HTMLInputElement);

  /** @type {Backend} */
  let inUse = 'flex';

  /** Whether this copy has the engine. @param {Backend} backend */
  async function has(backend) {
    if (backend !== 'ndarray') return true;
    const there = await hasNdArray();
    if (!there) sayMissing();
    return there;
  }

  function sayMissing() {
    const radio = radios.find(({ value }) => value === 'ndarray');
    if (!radio || radio.disabled) return;
    const focused = radio === document.activeElement;
    radio.disabled = true;
    mark();
    if (focused) radios.find(({ checked }) => checked)?.focus();
    say(line, () =>
      words('This copy of the page has no NdArray engine; in a copy of the source, {command} builds it.', {
        command: make('code', {}, 'make engine-ndarray'),
      }),
    );
  }

  function mark() {
    for (const radio of radios) radio.checked = radio.value === inUse;
  }

  panel.addEventListener('toggle', () => {
    if (panel.open) has('ndarray');
  });
  for (const radio of radios) {
    radio.addEventListener('change', async () => {
      const backend = radio.value === 'ndarray' ? 'ndarray' : 'flex';
      if (radio.checked && (await has(backend)) && radio.checked) onBackend(backend);
    });
  }

  return {
    /** Says that this copy has no NdArray engine, which the address asked for. */
    missing() {
      sayMissing();
      panel.open = true;
    },
    /** @param {Engine} engine */
    show({ relume, model, backend }) {
      inUse = backend;
      mark();
      if (!model) {
        summary.textContent = NAMES[backend];
        return;
      }
      const { info } = model;
      const [, height, width] = info.input.shape;
      const relus = info.layers.filter(({ kind }) => kind === 'relu').length;
      say(summary, () => `${NAMES[backend]}, ${titleOf(info)}`);
      const memory = relume?.memory();
      /** @type {[() => string, () => Content][]} */
      const rows = [
        [() => t('Name'), () => titleOf(info)],
        [() => t('Parameters'), () => inWords(info.parameters)],
        [() => t('Layers'), () => t('{count}, of which {relus} ReLU', { count: info.layers.length, relus })],
        [() => t('Input'), () => t('{width} × {height} pixels', { width, height })],
        [() => t('Classes'), () => String(info.classes.length)],
        [() => t('Weights'), () => inEnglish(info.source)],
        [() => t('Licence'), () => inEnglish(info.licence)],
      ];
      if (memory !== undefined) rows.push([() => t('Memory'), () => `${megabytes(memory)} MB`]);
      facts.replaceChildren(...rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
    },
  };
}
