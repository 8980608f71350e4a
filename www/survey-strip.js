// Below the unit: the gallery's pictures that excite its channel most, cut to what the unit sees, with the guided map of
// each. Which they are was found beforehand, by `relume survey`.

import { byId, make } from './page.js';
import { plain } from './numbers.js';
import { messageOf } from './status.js';

/** @typedef {import('./rules.js').Model} Model */
/** @typedef {import('./rules.js').Display} Display */
/** Index of the picture, row, column, value. @typedef {[picture: number, y: number, x: number, value: number]} Excited */
/** @typedef {{ about: { model: string }, pictures: string[], layers: { name: string, channels: Excited[][] }[] }} Survey */

/** @param {{ display: () => Display, fetchPicture: (file: string) => Promise<Blob> }} options */
export function createSurveyStrip({ display, fetchPicture }) {
  const part = byId('survey', HTMLElement);
  const place = byId('excited', HTMLElement);
  const line = byId('survey-line', HTMLElement);
  /** @type {Model | undefined} */
  let model;
  /** Fetched when a channel is first on show. @type {() => Promise<Survey | undefined>} */
  let survey = async () => undefined;
  let showing = new AbortController();
  /** @type {{ layer: string, channel: number } | undefined} */
  let shown;

  /** @param {string} layer @param {number} channel @param {boolean} [again] */
  async function show(layer, channel, again = false) {
    if (!again && shown?.layer === layer && shown.channel === channel) return;
    showing.abort();
    showing = new AbortController();
    const { signal } = showing;
    shown = { layer, channel };
    const network = model;
    const known = await survey();
    if (signal.aborted || !network) return;
    const excited = known?.layers.find(({ name }) => name === layer)?.channels[channel];
    part.hidden = excited === undefined;
    if (!known || !excited) return;
    line.textContent = excited.length === 0 ? 'No picture of the gallery makes this channel respond.' : '';
    try {
      const tiles = await Promise.all(excited.map((found) => tile(network, layer, channel, found, known, signal)));
      if (!signal.aborted) place.replaceChildren(...tiles);
    } catch (error) {
      if (!signal.aborted) line.textContent = `They could not be explained. ${messageOf(error)}`;
    }
  }

  /**
   * @param {Model} network @param {string} layer @param {number} channel @param {Excited} found @param {Survey} known
   * @param {AbortSignal} signal
   */
  async function tile(network, layer, channel, [picture, y, x, value], known, signal) {
    const file = known.pictures[picture] ?? '';
    const seen = await network.forward(await fetchPicture(file), { signal });
    try {
      const map = await seen.explain({ method: 'guided', target: { layer, channel, at: [y, x] }, signal });
      const { fold, sign, clip, colors } = display();
      const drawn = await map.pixels({ fold, sign, clip, signal, ...fold !== 'rgb' && { colors } });
      const place = placeOf(network, layer, [y, x]);
      const words = `${file.replace(/\.[^.]+$/, '')}, value ${plain(Number(value.toPrecision(3)))}`;
      return make('li', {},
        cut(/** @type {ImageData} */ (seen.view), place, `${words}: what the unit sees`),
        cut(drawn, place, `${words}: its guided map`),
        make('span', {}, words));
    } finally {
      seen.close();
    }
  }

  return {
    show,
    /** The maps are to be drawn in another way. */
    redraw() { if (shown) show(shown.layer, shown.channel, true); },
    /** @param {Model} next @param {string | undefined} url of its survey, where there is one */
    setModel(next, url) {
      showing.abort();
      shown = undefined;
      model = next;
      part.hidden = true;
      /** @type {Promise<Survey | undefined> | undefined} */
      let reading;
      survey = async () => (url ? reading ??= read(url, next) : undefined);
    },
  };
}

/** One of another model would name channels that look for something else. @param {string} url @param {Model} model @returns {Promise<Survey | undefined>} */
async function read(url, model) {
  const answer = await fetch(url).catch(() => undefined);
  // A picture gallery less, and said so by its absence: the unit itself needs none of it.
  if (!answer?.ok) return undefined;
  const survey = /** @type {Survey} */ (await answer.json());
  return survey.about.model === model.info.name ? survey : undefined;
}

/** Where the unit's field begins and how large it is, be it within the picture or not: so all of a channel are of one size. @param {Model} model @param {string} layer @param {[y: number, x: number]} at */
function placeOf({ info }, layer, [y, x]) {
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
