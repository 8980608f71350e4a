// Figure 1, part a: the picture up to a layer, one of its units, and back down, with the network on show. Until that is there,
// the drawings in index.html stand in for its pictures.

import { drawChannel, peaks, scaleOf, valueAt } from './activations.js';
import { channelWords } from './channel-words.js';
import { placeOf, unitOrDefault } from './default-unit.js';
import { displayOf, sideOf } from './display-options.js';
import { byId, make, watchNear } from './dom.js';
import { say as sayIn } from './live-text.js';
import { threeDigits } from './numbers.js';
import { Painter, drawOptions, putPixels } from './painter.js';
import { shortClassText } from './predictions.js';
import { ruleName } from './rules.js';
import { messageOf, warningOf } from './status.js';
import { t, words } from './translate.js';

/** @import { Tensor } from '../pkg/index.js' */
/** @import { AttributionMap, Model, Trace } from './types.js' */

/** The pixels of a wider picture are too small here to be seen one by one. */
const FINE = 64;

/** @param {import('./state.js').PageState} state */
export function createRuleScheme(state) {
  const scheme = byId('scheme', HTMLElement);
  const line = byId('scheme-line', HTMLElement);
  const kept = byId('scheme-kept', HTMLElement);
  const view = byId('scheme-view', HTMLCanvasElement);
  const channel = byId('scheme-channel', HTMLCanvasElement);
  const one = byId('scheme-one', HTMLCanvasElement);
  const mapCanvas = byId('scheme-map', HTMLCanvasElement);
  const painter = new Painter(mapCanvas, (error) => {
    if (current) fail(error);
  });

  /** @type {{ trace: Trace, model: Model } | undefined} */
  let current;
  /** @type {AttributionMap | undefined} */
  let map;
  let isNear = false;
  /** Whether another unit or picture was chosen since it was drawn. */
  let isStale = false;
  let passes = new AbortController();

  state.subscribe(['unit'], (changed) => {
    // With another picture, its unit is shown once that is explained.
    if (!changed.includes('picture')) refreshWhenNear();
  });
  state.subscribe(['display'], () => {
    if (map && current) painter.paint(map, displayOf(state, sideOf(current.model)));
  });
  watchNear(scheme, (near) => {
    isNear = near;
    if (near && isStale) refresh();
  });

  /** Whoever is at another figure does not wait for this one. */
  function refreshWhenNear() {
    isStale = true;
    scheme.setAttribute('aria-busy', 'true');
    if (isNear) refresh();
  }

  /** Shows figure 3's unit for the current picture. */
  async function refresh() {
    if (!current) return;
    isStale = false;
    passes.abort();
    passes = new AbortController();
    const { signal } = passes;
    const { trace, model } = current;
    const requested = unitOrDefault(state.get().unit, model);
    const { layer } = requested;
    const display = displayOf(state, sideOf(model));
    try {
      const activation = await trace.activation(layer, { signal });
      if (signal.aborted) return;
      const place = placeOf(requested, activation, peaks(activation));
      if (!place) return;
      const { peak, at } = place;
      const target = { layer, channel: peak.channel, at };
      const made = await trace.explain({ method: 'guided', target, draw: drawOptions(display), signal });
      if (signal.aborted) return;
      map = made;
      drawLayer(activation, peak.channel, at);
      if (trace.view) putPixels(view, trace.view);
      const [, height, width] = model.info.input.shape;
      for (const canvas of [view, mapCanvas]) {
        frameOf(canvas).style.setProperty('--aspect', `${width} / ${height}`);
        canvas.dataset['fine'] = String(width > FINE);
      }
      say(model, activation, target, made);
      await painter.paint(made, displayOf(state, sideOf(model)));
      if (!signal.aborted) settle('ready');
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  }

  /** Draws the channel, and the same channel with nothing but one number left. @param {Tensor} activation @param {number} index @param {[y: number, x: number]} at */
  function drawLayer(activation, index, at) {
    const [, height, width] = activation.shape;
    const scale = scaleOf(activation);
    const data = new Float32Array(height * width);
    data[at[0] * width + at[1]] = valueAt(activation, index, at);
    drawChannel(channel, activation, index, scale);
    drawChannel(one, { data, shape: [1, height, width] }, 0, scale);
    for (const canvas of [channel, one]) {
      canvas.dataset['blank'] = 'false';
      const frame = frameOf(canvas);
      frame.style.setProperty('--aspect', `${width} / ${height}`);
      frame.style.setProperty('--position-y', String(at[0] / height));
      frame.style.setProperty('--position-x', String(at[1] / width));
      frame.style.setProperty('--position-height', String(1 / height));
      frame.style.setProperty('--position-width', String(1 / width));
      frame.dataset['position'] = 'on';
    }
  }

  /** @param {Model} model @param {Tensor} activation @param {{ layer: string, channel: number, at: [y: number, x: number] }} target @param {AttributionMap} made */
  function say(model, activation, { layer, channel: index, at }, made) {
    const [channels, height, width] = activation.shape;
    sayIn(line, () =>
      words('Here the layer is {layer} and the feature map its {channel}. {choose}', {
        layer: make('b', {}, layer),
        channel: channelWords(model.info, layer, index, shortClassText),
        choose: make('a', { href: '#unit-figure' }, t('Choose another in figure\u00a03')),
      }),
    );
    const value = valueAt(activation, index, at);
    const { warning } = made;
    sayIn(kept, () =>
      words(
        'Of the layer’s {channels} × {height} × {width} activations one is chosen: {value}, at column {column}, row {row}. The signal starts there as a 1, and comes down, here by {guided} backpropagation. {warning}',
        {
          channels,
          height,
          width,
          column: at[1],
          row: at[0],
          value: make('b', {}, threeDigits(value)),
          guided: make('b', { 'data-rule': 'guided' }, ruleName('guided')),
          warning: warning ? warningOf(warning) : '',
        },
      ),
    );
  }

  /** @param {unknown} error */
  function fail(error) {
    blank();
    settle('failed');
    sayIn(line, () => words('The parts are only sketched here: they could not be computed. {reason}', { reason: messageOf(error) }));
  }

  /** @param {'empty' | 'ready' | 'failed'} outcome */
  function settle(outcome) {
    scheme.dataset['state'] = outcome;
    scheme.setAttribute('aria-busy', 'false');
  }

  function blank() {
    map = undefined;
    sayIn(kept, '');
    painter.blank();
    for (const canvas of [view, channel, one]) {
      canvas.dataset['blank'] = 'true';
      delete frameOf(canvas).dataset['position'];
    }
  }

  return {
    /** @param {Trace} trace @param {Model} model */
    setTrace(trace, model) {
      passes.abort();
      current = { trace, model };
      refreshWhenNear();
    },
    /** Starts anew with another network. */
    setModel() {
      passes.abort();
      current = undefined;
      blank();
      settle('empty');
      sayIn(line, () => t('Only sketched here, until the network below has looked at the picture.'));
    },
    /** To be called when there is no engine. @param {() => string} why */
    fail(why) {
      settle('failed');
      sayIn(line, why);
    },
  };
}

/** @param {HTMLCanvasElement} canvas */
function frameOf(canvas) {
  return /** @type {HTMLElement} */ (canvas.parentElement);
}
