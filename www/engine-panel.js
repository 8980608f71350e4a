// The disclosure below the figure: which engine, what the network is, and a network of one's own.

import { megabytes } from './numbers.js';
import { byId, make } from './page.js';

/** @typedef {import('./rules.js').Backend} Backend */
/** @typedef {import('./engine.js').Engine} Engine */

const NAMES = { flex: 'Flex', ndarray: 'NdArray' };

/**
 * @param {{
 *   onBackend: (backend: Backend) => void,
 *   onModelFile: (file: File) => void,
 * }} options
 */
export function createEnginePanel({ onBackend, onModelFile }) {
  const panel = byId('engine', HTMLDetailsElement);
  const summary = byId('engine-summary', HTMLElement);
  const facts = byId('model-facts', HTMLDListElement);
  const message = byId('model-message', HTMLElement);
  const file = byId('model-file', HTMLInputElement);
  const radios = [...panel.querySelectorAll('input[name="backend"]')]
    .filter((radio) => radio instanceof HTMLInputElement);

  for (const radio of radios) {
    radio.addEventListener('change', () => { if (radio.checked) onBackend(radio.value === 'ndarray' ? 'ndarray' : 'flex'); });
  }
  file.addEventListener('change', () => {
    const chosen = file.files?.[0];
    file.value = '';
    if (chosen) onModelFile(chosen);
  });

  return {
    /** @param {Engine} engine */
    show({ relume, model, backend }) {
      for (const radio of radios) radio.checked = radio.value === backend;
      if (!model) { summary.textContent = NAMES[backend]; return; }
      const { info } = model;
      const [, height, width] = info.input.shape;
      const relus = info.layers.filter(({ kind }) => kind === 'relu').length;
      summary.textContent = `${NAMES[backend]}, ${info.title}`;
      /** @type {[string, string][]} */
      const rows = [
        ['Name', info.title],
        ['Parameters', `${(info.parameters / 1e6).toFixed(2)} million`],
        ['Layers', `${info.layers.length}, of which ${relus} ReLU`],
        ['Input', `${width} × ${height} pixels`],
        ['Classes', String(info.classes.length)],
        ['Weights', info.source],
        ['Licence', info.licence],
      ];
      if (relume) rows.push(['Memory', `${megabytes(relume.memory())} MB`]);
      facts.replaceChildren(...rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
    },
    /** @param {'info' | 'error'} kind @param {string} words */
    say(kind, words) {
      message.dataset['kind'] = kind;
      message.textContent = words;
      if (kind === 'error') panel.open = true;
    },
  };
}
