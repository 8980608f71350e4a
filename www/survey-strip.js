// Below the unit: the gallery's pictures that excite its channel most, cropped to its receptive field, with the guided map
// of each. They were found in advance, by `relume survey`.

import { peaks } from './activations.js';
import { displayOf, sideOf } from './display-options.js';
import { byId, make } from './dom.js';
import { fetchFile } from './fetch.js';
import { say } from './live-text.js';
import { threeDigits } from './numbers.js';
import { drawOptions } from './painter.js';
import { messageOf } from './status.js';
import { t, words as wordsOf } from './translate.js';

/** @import { Model } from './types.js' */
/** Index of the picture, row, column, value. @typedef {[picture: number, y: number, x: number, value: number]} Excited */
/** @typedef {{ about: { model: string }, pictures: string[], layers: { name: string, channels: Excited[][] }[] }} Survey */

/** @typedef {{ map: import('./types.js').AttributionMap, view: ImageData, field: import('../pkg/index.js').Region, words: () => string }} Explained */

/** How many more pictures are shown at once. */
const MORE = 5;

/** @param {import('./state.js').PageState} state @param {{ fetchSmall: (file: string) => Promise<Blob>, titleOf: (file: string) => string }} gallery */
export function createSurveyStrip(state, gallery) {
  const part = byId('survey', HTMLElement);
  const place = byId('excited', HTMLElement);
  const line = byId('survey-line', HTMLElement);
  /** @type {Model | undefined} */
  let model;
  /** Of its survey, if there is one. @type {string | undefined} */
  let url;
  /** Fetched when a channel is first on show, and again if that failed. @type {Promise<Survey | undefined> | undefined} */
  let survey;
  let showing = new AbortController();
  /** @type {{ layer: string, channel: number } | undefined} */
  let shown;
  /** Of the channel on show. @type {Explained[]} */
  let explained = [];
  /** What the survey has of it, and how many pictures there are. @type {{ known: Survey, excited: Excited[] } | undefined} */
  let surveyed;
  /** The pictures that excite the channel but are not on show; found when they are first asked for. @type {Excited[] | undefined} */
  let rest;
  /** Aborts older drawings while a slider is dragged. */
  let drawing = new AbortController();
  const more = make('button', { type: 'button', id: 'survey-more' }, () => t('Show more pictures'));
  more.hidden = true;
  place.after(more);
  more.addEventListener('click', showMore);

  /** @param {string} layer @param {number} channel */
  async function show(layer, channel) {
    if (shown?.layer === layer && shown.channel === channel) return;
    showing.abort();
    showing = new AbortController();
    const { signal } = showing;
    shown = { layer, channel };
    surveyed = undefined;
    place.setAttribute('aria-busy', 'false');
    const network = model;
    try {
      if (network && url) survey ??= read(url, network);
      const known = await survey;
      if (signal.aborted || !network) return;
      if (!known) survey = undefined;
      const excited = known?.layers.find(({ name }) => name === layer)?.channels[channel];
      part.hidden = excited === undefined;
      if (!known || !excited) return;
      say(line, excited.length === 0 ? () => t('No picture of the gallery makes this channel respond.') : '');
      const found = await Promise.all(excited.map((each) => explain(network, layer, channel, each, known, signal)));
      if (signal.aborted) return;
      explained = found;
      surveyed = { known, excited };
      rest = undefined;
      more.hidden = excited.length === 0 || excited.length >= known.pictures.length;
      if (hasEdges()) say(line, edges);
      await draw();
    } catch (error) {
      if (signal.aborted) return;
      // Choosing the unit again tries again.
      shown = undefined;
      explained = [];
      more.hidden = true;
      place.replaceChildren();
      say(line, () => wordsOf('They could not be explained. {reason}', { reason: messageOf(error) }));
    }
  }

  /** Adds the next of the gallery's pictures, which the survey does not have. */
  async function showMore() {
    if (!model || !shown || !surveyed || place.getAttribute('aria-busy') === 'true') return;
    const { signal } = showing;
    const network = model;
    const { layer, channel } = shown;
    const { known, excited } = surveyed;
    place.setAttribute('aria-busy', 'true');
    try {
      rest ??= await others(network, layer, channel, known, new Set(excited.map(([picture]) => picture)), signal);
      const added = await Promise.all(rest.slice(0, MORE).map((each) => explain(network, layer, channel, each, known, signal)));
      if (signal.aborted) return;
      rest = rest.slice(MORE);
      const before = explained.length;
      explained = [...explained, ...added];
      await draw();
      if (signal.aborted) return;
      const [count, all, left] = [explained.length, known.pictures.length, rest.length];
      const counted = () =>
        left > 0
          ? t('{count} of the gallery’s {all} pictures.', { count, all })
          : t('Of the gallery’s {all} pictures, {count} excite this channel; all of them are shown.', { count, all });
      say(line, hasEdges() ? () => `${counted()} ${edges()}` : counted);
      if (left === 0) {
        // The button will be hidden, so the focus moves to the first new picture, or the last old one.
        const next = place.children[Math.min(before, count - 1)];
        if (next instanceof HTMLElement && more === document.activeElement) {
          next.tabIndex = -1;
          next.focus();
        }
        more.hidden = true;
      }
    } catch (error) {
      if (!signal.aborted) say(line, () => wordsOf('They could not be explained. {reason}', { reason: messageOf(error) }));
    } finally {
      if (!signal.aborted) place.setAttribute('aria-busy', 'false');
    }
  }

  /**
   * The gallery's other pictures to which the channel responds, the strongest first.
   * @param {Model} network @param {string} layer @param {number} channel @param {Survey} known @param {Set<number>} without
   * @param {AbortSignal} signal
   * @returns {Promise<Excited[]>}
   */
  async function others(network, layer, channel, { pictures }, without, signal) {
    /** @type {Excited[]} */
    const found = [];
    // One after the other, because each keeps the activations of all layers until it is closed.
    for (const [picture, file] of pictures.entries()) {
      if (without.has(picture)) continue;
      const trace = await network.forward(await gallery.fetchSmall(file), { signal });
      try {
        const peak = peaks(await trace.activation(layer, { signal })).find((each) => each.channel === channel);
        if (peak && peak.value > 0) found.push([picture, ...peak.at, peak.value]);
      } finally {
        trace.close();
      }
    }
    return found.sort((a, b) => b[3] - a[3]);
  }

  /** Whether the unit looks beyond the edge of one of the pictures. */
  function hasEdges() {
    return explained.some(({ view, field }) => !isWithin(field, view));
  }

  function edges() {
    return t('Where a cut-out is empty, the unit looks beyond the edge of its picture.');
  }

  /**
   * @param {Model} network @param {string} layer @param {number} channel @param {Excited} found @param {Survey} known
   * @param {AbortSignal} signal
   * @returns {Promise<Explained>}
   */
  async function explain(network, layer, channel, [picture, y, x], known, signal) {
    const file = known.pictures[picture] ?? '';
    const trace = await network.forward(await gallery.fetchSmall(file), { signal });
    try {
      const map = await trace.explain({ method: 'guided', target: { layer, channel, at: [y, x] }, draw: look(network), signal });
      return {
        map,
        view: /** @type {ImageData} */ (trace.view),
        field: wholeField(network, layer, [y, x]),
        // Of this run: the survey's own value was computed elsewhere and may be rounded otherwise.
        words: () => t('{picture}: {value}', { picture: gallery.titleOf(file), value: threeDigits(map.target.value) }),
      };
    } finally {
      trace.close();
    }
  }

  /** A tile is too small for a map over a picture. @param {Model} of */
  function look(of) {
    return drawOptions({ ...displayOf(state, sideOf(of)), over: false });
  }

  async function draw() {
    drawing.abort();
    drawing = new AbortController();
    const { signal } = drawing;
    if (!model) return;
    const drawnAs = look(model);
    const tiles = await Promise.all(
      explained.map(async ({ map, view, field, words }) => {
        const drawn = await map.pixels({ ...drawnAs, signal });
        return make(
          'li',
          {},
          cut(view, field, () => t('{picture}: what the unit sees', { picture: words() })),
          cut(drawn, field, () => t('{picture}: its guided map', { picture: words() })),
          make('span', {}, words),
        );
      }),
    );
    if (!signal.aborted) place.replaceChildren(...tiles);
  }

  // It fails only if a newer drawing or another engine took over, so there is nothing to report.
  state.subscribe(['display'], () => {
    draw().catch(() => undefined);
  });

  return {
    show,
    /** @param {Model} next @param {string | undefined} surveyUrl if it has a survey */
    setModel(next, surveyUrl) {
      showing.abort();
      drawing.abort();
      shown = undefined;
      explained = [];
      model = next;
      url = surveyUrl;
      survey = undefined;
      // Shown before its pictures arrive, so that the page below does not move then.
      part.hidden = url === undefined;
      more.hidden = true;
      place.replaceChildren();
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

/** @param {import('../pkg/index.js').Region} field @param {ImageData} view */
function isWithin({ y, x, height, width }, view) {
  return y >= 0 && x >= 0 && y + height <= view.height && x + width <= view.width;
}

/** @param {ImageData} pixels @param {import('../pkg/index.js').Region} region @param {() => string} label */
function cut(pixels, { y, x, height, width }, label) {
  const canvas = make('canvas', { role: 'img', 'aria-label': label, width: String(width), height: String(height) });
  canvas.getContext('2d')?.putImageData(pixels, -x, -y);
  return canvas;
}
