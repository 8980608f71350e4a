// The script of a saved HTML file: it runs the engine on the page's own thread. standalone.js embeds it with all it imports,
// so it imports only small modules.

import { classScores } from '../pkg/api/class-scores.js';
import { read } from '../pkg/api/picture.js';
import { createControls } from '../pkg/element/controls.js';
import { styleSheet } from '../pkg/element/style.js';
import { wordsFor } from '../pkg/element/words.js';
import { buildFor } from '../pkg/engine/build-choice.js';
import { engineFor } from '../pkg/engine/engine.js';
import { channelWords } from './channel-words.js';
import { caption } from './display-options.js';
import { titleOf } from './network-title.js';
import { threeDigits } from './numbers.js';
import { RULES, ruleName } from './rules.js';
import { createDrawingForm } from './standalone-drawing.js';
import { byCode, className, classText, inEnglish, setLanguage, t, words } from './translate.js';

/** @import { ModelInfo, ResolvedTarget } from '../pkg/engine/types.js' */
/** @import { RawMap } from '../pkg/low-level.js' */
/** @import { Rule } from './types.js' */
/** @import { Content } from './translate.js' */
/** In which it was saved. @typedef {{ code: string, dictionary: import('./translate.js').Dictionary }} Language */
/** `build`: of the engine in the file. @typedef {{ target: ResolvedTarget, title: string, display: import('./types.js').Display, credits: import('./credits.js').Credits, build: import('../pkg/engine/types.js').Build, language: Language }} State */

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
  setLanguage(state.language.code, state.language.dictionary);
  byId('title').textContent = state.title;
  document.title = state.title;
  const relaxed = state.build === 'flex-relaxed';
  if (buildFor('flex', relaxed) !== state.build)
    throw new Error(t('This file was saved with an engine for browsers with WebAssembly’s relaxed SIMD, which this one does not have.'));
  const wasm = await bytesOf('engine');
  const engine = await engineFor({ relaxed }, { wasm: async () => wasm, hint: 'Is this file complete?' });
  const model = engine.load(await bytesOf('model'));
  const info = model.info();
  sayCredits(state, info);
  // As the page reads it: upright, SVG too.
  const picture = await read(new Blob([await bytesOf('picture')]));
  if (!('rgba' in picture)) throw new Error('The picture is not one');
  const trace = model.forwardPicture(picture.rgba, picture.width, picture.height);
  const [channels, height, width] = info.input.shape;
  const view = /** @type {Uint8Array} */ (trace.view());
  paint('view', view, width, height);
  const scores = classScores(await trace.logits(), info.classes);
  const named = scores.map((score) => ({ ...score, label: classText(score.label) }));
  const { display } = state;
  /** @type {ResolvedTarget} */
  let target = state.target === 'top' ? { class: scores[0]?.index ?? 0 } : state.target;
  /** The maps on show. @type {RawMap[]} */
  let maps = [];

  const place = byId('choice');
  const controls = createControls(
    (index) => explain({ class: index }),
    () => wordsFor(place),
  );
  const root = place.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [styleSheet()];
  root.append(controls.places.choice);
  controls.arrange(['maps', 'predictions', 'classes'], false);
  const savedUnit = byId('saved-unit');
  if ('layer' in target) {
    const saved = target;
    savedUnit.hidden = false;
    savedUnit.textContent = t('The unit of this file: {unit}', { unit: unitInWords(info, saved) });
    savedUnit.addEventListener('click', () => explain(saved));
  }

  /** @param {ResolvedTarget} next */
  function explain(next) {
    attempt(() => {
      target = next;
      maps = RULES.map((rule) => trace.explain(rule, target));
      savedUnit.setAttribute('aria-pressed', String(typeof target === 'object' && 'layer' in target));
      const explained = typeof target === 'object' && 'class' in target ? target.class : undefined;
      controls.show({ scores: named, explained, drawing: display, maps });
      draw();
      say(maps, info);
    });
  }

  function draw() {
    const { colors, over, scale: wanted, ...planes } = display;
    const { fold, sign, clip } = planes;
    const scale = wanted === 'shared' && maps.length > 0 ? engine.sharedScale(maps, { fold, sign, clip }) : undefined;
    for (const map of maps) {
      const look = {
        ...planes,
        ...(scale !== undefined && { scale }),
        ...(planes.fold !== 'rgb' && { colors }),
        ...(over && { over: view }),
      };
      paint(map.method, engine.draw(map, look), map.shape[2], map.shape[1]);
    }
    byId('drawn').textContent = caption(display, channels);
  }

  createDrawingForm(display, () => attempt(draw));
  explain(target);
}

/** @param {State} state @param {ModelInfo} info */
function sayCredits({ credits }, info) {
  const { source, licence } = info;
  byId('picture-credit').textContent = credits.picture === '' ? '' : t('Picture: {credit}', { credit: credits.picture });
  byId('picture-credit').hidden = credits.picture === '';
  const network = words('{network}. Weights: {source}; {licence}.', {
    network: titleOf(info),
    source: inEnglish(source),
    licence: inEnglish(licence),
  });
  byId('network-credit').replaceChildren(...words('Network: {credit}', { credit: network }));
  byId('method-credit').replaceChildren(...words('Method: {credit}', { credit: inEnglish(credits.method) }));
}

/** What is explained, and what there is to know about its maps. @param {RawMap[]} maps @param {ModelInfo} info */
function say(maps, info) {
  const { logitsLayer, classes } = info;
  const [first] = maps;
  if (!first) return;
  const { layer, channel, value } = first.target;
  const what =
    layer === logitsLayer
      ? words('The score of “{class}”, before it becomes a percentage, is {value}.', {
          class: className(classes[channel] ?? ''),
          value: threeDigits(value),
        })
      : words('The explained unit, in layer {layer}, {channel}, has the value {value}.', {
          layer,
          channel: channelIn(info, layer, channel),
          value: threeDigits(value),
        });
  const warnings = maps.flatMap(({ method, warning }) => (warning ? [' ', ...warningIn(/** @type {Rule} */ (method), warning)] : []));
  byId('status').replaceChildren(...what, ...warnings);
  byId('status').dataset.ready = 'true';
  delete byId('status').dataset.kind;
}

/** @param {Rule} rule @param {{ code: string, message: string }} warning */
function warningIn(rule, { code, message }) {
  /** @type {Content} */
  const warning = byCode('warnings', code) ?? inEnglish(`${quoted(message)}.`);
  return words('{rule}: {warning}', { rule: ruleName(rule), warning });
}

/** A name in backquotes, as messages have it, for readers. @param {string} words */
function quoted(words) {
  return words.replace(/`([^`]*)`/g, '“$1”');
}

/** @param {ModelInfo} info @param {string} layer @param {number} channel */
function channelIn(info, layer, channel) {
  return channelWords(info, layer, channel, (label) => classText(label.split(',')[0] ?? ''));
}

/** @param {ModelInfo} info @param {{ layer: string, channel: number, at?: [number, number] }} unit */
function unitInWords(info, { layer, channel: index, at }) {
  const channel = channelIn(info, layer, index);
  return at
    ? t('{layer}, {channel}, column {column}, row {row}', { layer, channel, column: at[1], row: at[0] })
    : t('{layer}, {channel}', { layer, channel });
}

/** @param {() => void} act */
function attempt(act) {
  try {
    act();
  } catch (error) {
    fail(error);
  }
}

/** @param {unknown} error */
function fail(error) {
  const message = error instanceof Error ? error.message : String(error);
  byId('status').textContent = t('The maps could not be computed: {reason}', { reason: message });
  byId('status').dataset.kind = 'error';
}

begin().catch(fail);
