// Below the unit: the gallery's pictures that excite its channel most, cropped to its receptive field, with the guided map
// of each. They were found in advance, by `relume survey`.

import { fetchFile } from './fetch.js';
import { byId, make } from './dom.js';
import { drawOptions } from './painter.js';
import { threeDigits } from './numbers.js';
import { messageOf } from './status.js';

/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./types.js').Display} Display */
/** Index of the picture, row, column, value. @typedef {[picture: number, y: number, x: number, value: number]} Excited */
/** @typedef {{ about: { model: string }, pictures: string[], layers: { name: string, channels: Excited[][] }[] }} Survey */

/** @typedef {{ map: import('./types.js').AttributionMap, view: ImageData, field: import('../pkg/index.js').Region, words: string }} Explained */

/** @param {{ display: () => Display, fetchPicture: (file: string) => Promise<Blob> }} options */
export function createSurveyStrip({ display, fetchPicture }) {
  const part = byId('survey', HTMLElement);
  const place = byId('excited', HTMLElement);
  const line = byId('survey-line', HTMLElement);
  /** @type {Model | undefined} */
  let model;
  /** Fetches the survey when a channel is first on show, and again if that failed. @type {() => Promise<Survey | undefined>} */
  let survey = async () => undefined;
  let showing = new AbortController();
  /** @type {{ layer: string, channel: number } | undefined} */
  let shown;
  /** Of the channel on show. @type {Explained[]} */
  let explained = [];
  /** Aborts older drawings while a slider is dragged. */
  let drawing = new AbortController();

  /** @param {string} layer @param {number} channel */
  async function show(layer, channel) {
    if (shown?.layer === layer && shown.channel === channel) return;
    showing.abort();
    showing = new AbortController();
    const { signal } = showing;
    shown = { layer, channel };
    const network = model;
    try {
      const known = await survey();
      if (signal.aborted || !network) return;
      const excited = known?.layers.find(({ name }) => name === layer)?.channels[channel];
      part.hidden = excited === undefined;
      if (!known || !excited) return;
      line.textContent = excited.length === 0 ? 'No picture of the gallery makes this channel respond.' : '';
      const found = await Promise.all(excited.map((each) => explain(network, layer, channel, each, known, signal)));
      if (signal.aborted) return;
      explained = found;
      await draw();
    } catch (error) {
      if (signal.aborted) return;
      // Choosing the unit again tries again.
      shown = undefined;
      explained = [];
      place.replaceChildren();
      line.textContent = `They could not be explained. ${messageOf(error)}`;
    }
  }

  /**
   * @param {Model} network @param {string} layer @param {number} channel @param {Excited} found @param {Survey} known
   * @param {AbortSignal} signal
   * @returns {Promise<Explained>}
   */
  async function explain(network, layer, channel, [picture, y, x, value], known, signal) {
    const file = known.pictures[picture] ?? '';
    const trace = await network.forward(await fetchPicture(file), { signal });
    try {
      const map = await trace.explain({ method: 'guided', target: { layer, channel, at: [y, x] }, draw: look(), signal });
      return { map, view: /** @type {ImageData} */ (trace.view), field: wholeField(network, layer, [y, x]),
        words: `${file.replace(/\.[^.]+$/, '')}, value ${threeDigits(value)}` };
    } finally {
      trace.close();
    }
  }

  /** A tile is too small for a map over a picture. */
  function look() {
    return drawOptions({ ...display(), over: false });
  }

  async function draw() {
    drawing.abort();
    drawing = new AbortController();
    const { signal } = drawing;
    const tiles = await Promise.all(explained.map(async ({ map, view, field, words }) => {
      const drawn = await map.pixels({ ...look(), signal });
      return make('li', {}, cut(view, field, `${words}: what the unit sees`), cut(drawn, field, `${words}: its guided map`), make('span', {}, words));
    }));
    if (!signal.aborted) place.replaceChildren(...tiles);
  }

  return {
    show,
    /** Draws the maps again, with the options as they are now. */
    redraw() {
      // It fails only if a newer drawing or another engine took over, so there is nothing to report.
      draw().catch(() => undefined);
    },
    /** @param {Model} next @param {string | undefined} url of its survey, if there is one */
    setModel(next, url) {
      showing.abort();
      drawing.abort();
      shown = undefined;
      explained = [];
      model = next;
      // Shown before its pictures arrive, so that the page below does not move then.
      part.hidden = url === undefined;
      place.replaceChildren();
      /** @type {Promise<Survey | undefined> | undefined} */
      let reading;
      survey = async () => {
        if (!url) return undefined;
        reading ??= read(url, next);
        const known = await reading;
        if (!known) reading = undefined;
        return known;
      };
    },
  };
}

/**
 * Undefined if it cannot be fetched: the unit can do without. Also if it is of another model, whose channels look for
 * something else.
 * @param {string} url
 * @param {Model} model
 * @returns {Promise<Survey | undefined>}
 */
async function read(url, model) {
  try {
    const survey = /** @type {Survey} */ (await (await fetchFile(url)).json());
    return survey.about.model === model.info.name ? survey : undefined;
  } catch {
    return undefined;
  }
}

/** The unit's receptive field, not clipped to the picture, so that all crops of a channel have the same size. @param {Model} model @param {string} layer @param {[y: number, x: number]} at */
function wholeField({ info }, layer, [y, x]) {
  const field = info.layers.find(({ name }) => name === layer)?.field;
  if (!field) throw new Error(`The survey names a layer "${layer}" that the network does not have`);
  return { y: field.y.start + y * field.y.step, x: field.x.start + x * field.x.step, height: field.y.size, width: field.x.size };
}

/** @param {ImageData} pixels @param {import('../pkg/index.js').Region} region @param {string} label */
function cut(pixels, { y, x, height, width }, label) {
  const canvas = make('canvas', { role: 'img', 'aria-label': label, width: String(width), height: String(height) });
  canvas.getContext('2d')?.putImageData(pixels, -x, -y);
  return canvas;
}
