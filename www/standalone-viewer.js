// The script of a saved HTML file: it runs the engine on the page's own thread. standalone.js embeds it with all it imports,
// so it imports only small modules.

import { classScores } from '../pkg/api/class-scores.js';
import { read } from '../pkg/api/picture.js';
import { engineFor } from '../pkg/engine/engine.js';
import { percent, threeDigits } from './numbers.js';
import { RULES } from './rules.js';

/** @import { Engine, Trace } from '../pkg/low-level.js' */
/** @import { Drawing, ResolvedTarget } from '../pkg/engine/types.js' */
/** @typedef {{ target: ResolvedTarget, title: string, display: Drawing & { over: boolean } }} State */

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** Bytes that the file holds as base64. @param {string} id @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function bytesOf(id) {
  const part = byId(id);
  const text = atob(part.textContent.trim());
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  if (part.dataset.packed !== 'gzip') return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {string} id @param {Uint8Array} rgba @param {number} width @param {number} height */
function paint(id, rgba, width, height) {
  const canvas = byId(id);
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(new ImageData(Uint8ClampedArray.from(rgba), width, height), 0, 0);
}

async function begin() {
  /** @type {State} */
  const state = JSON.parse(byId('state').textContent);
  const wasm = await bytesOf('engine');
  // The build that runs in every browser, because nobody knows what will open this file in ten years.
  const engine = await engineFor({ relaxed: false }, { wasm: async () => wasm, hint: 'Is this file complete?' });
  const model = engine.load(await bytesOf('model'));
  const info = model.info();
  // As the page reads it: upright, SVG too.
  const picture = await read(new Blob([await bytesOf('picture')]));
  if (!('rgba' in picture)) throw new Error('The picture is not one');
  const trace = model.forwardPicture(picture.rgba, picture.width, picture.height);
  const [, height, width] = info.input.shape;
  const view = /** @type {Uint8Array} */ (trace.view());
  paint('view', view, width, height);
  byId('title').textContent = state.title;
  byId('about').textContent = `${info.title}. Weights: ${info.source}; ${info.licence}.`;
  offer(state, info, await trace.logits());
  const show = () => explain(engine, trace, view, state, info).catch(fail);
  byId('target').addEventListener('change', () => {
    state.target = JSON.parse(byId('target').value);
    show();
  });
  byId('fold').addEventListener('change', () => {
    state.display.fold = byId('fold').value;
    show();
  });
  await show();
}

/** Fills the list of targets: the classes, likeliest first, and the unit that the file was saved with. @param {State} state @param {import('../pkg/engine/types.js').ModelInfo} info @param {Float32Array} logits */
function offer(state, { classes }, logits) {
  const scores = classScores(logits, classes);
  const choices = scores.map(({ index, label, probability }) => ({ target: { class: index }, words: `${label}, ${percent(probability)}` }));
  const initial = state.target === 'top' ? { class: scores[0]?.index ?? 0 } : state.target;
  /** @type {{ target: ResolvedTarget, words: string }[]} */
  const all =
    'layer' in initial
      ? [
          {
            target: initial,
            words: `${initial.layer}, channel ${initial.channel}${initial.at ? `, row ${initial.at[0]}, column ${initial.at[1]}` : ''}`,
          },
          ...choices,
        ]
      : choices;
  byId('target').append(
    ...all.map(({ target, words }) => new Option(words, JSON.stringify(target), false, JSON.stringify(target) === JSON.stringify(initial))),
  );
  byId('fold').value = state.display.fold ?? 'rgb';
  state.target = initial;
}

/** @param {Engine} engine @param {Trace} trace @param {Uint8Array} view @param {State} state @param {import('../pkg/engine/types.js').ModelInfo} info */
async function explain(engine, trace, view, { target, display: { over, colors, ...drawing } }, { logitsLayer, classes }) {
  const said = [];
  for (const rule of RULES) {
    const map = trace.explain(rule, target);
    const plane = drawing.fold !== undefined && drawing.fold !== 'rgb';
    const rgba = engine.draw(map, { ...drawing, ...(plane && colors && { colors }), ...(over && { over: view }) });
    paint(rule, rgba, map.shape[2], map.shape[1]);
    if (said.length === 0) {
      const { layer, channel, value } = map.target;
      const what =
        layer === logitsLayer
          ? `The score of “${classes[channel]}”, before it becomes a percentage, is`
          : `The explained unit, in layer ${layer}, channel ${channel}, has the value`;
      said.push(`${what} ${threeDigits(value)}.`);
    }
    if (map.warning) said.push(`${rule}: ${map.warning.message}.`);
  }
  byId('status').textContent = said.join(' ');
  byId('status').dataset.ready = 'true';
}

/** @param {unknown} error */
function fail(error) {
  byId('status').textContent = `The maps could not be computed: ${error instanceof Error ? error.message : error}`;
}

begin().catch(fail);
