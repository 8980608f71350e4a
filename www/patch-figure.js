// Figure 4: what the first layers look for, without a picture. Before the first max-pooling layer the deconvnet's backward
// pass depends on the weights alone. For the very first layer its result is the filter itself.

import { byId, make, whenNear } from './dom.js';
import { firstConvolutions, LAYERS, needsPicture } from './first-convolutions.js';
import { say as sayIn } from './live-text.js';
import { messageOf } from './status.js';
import { createThumbnails } from './thumbnails.js';
import { t, words } from './translate.js';
import { forwardZeros } from './zero-input.js';

/** @import { LayerInfo } from '../pkg/index.js' */
/** @import { Model, Trace } from './types.js' */

/** More patches would keep the page busy for too long. */
const MOST = 256;

/**
 * @param {{ state: import('./state.js').PageState, onChoose: (layer: string, channel: number) => void, onMore: () => void }} options
 *   `onChoose`: a unit to show in figure 3; `onMore`: the visitor asks for a network with more such layers
 */
export function createPatchFigure({ state, onChoose, onMore }) {
  const figure = byId('patch-figure', HTMLElement);
  const choice = byId('patch-layers', HTMLElement);
  const place = byId('patches', HTMLElement);
  const line = byId('patch-line', HTMLElement);
  const more = byId('patch-more', HTMLElement);
  const end = make('p', { class: 'hint', id: 'patch-end' });
  more.after(end);
  /** @type {Model | undefined} */
  let model;
  /** @type {Promise<Trace> | undefined} */
  let zeroTrace;
  /** @type {LayerInfo | undefined} */
  let layer;
  let near = false;
  let drawing = new AbortController();
  const thumbnails = createThumbnails(place, (channel) => {
    if (layer) onChoose(layer.name, Number(channel));
  });

  whenNear(figure, () => {
    near = true;
    draw();
  });
  more.querySelector('button')?.addEventListener('click', () => {
    // The button will be hidden, so the focus moves to the figure.
    figure.focus({ preventScroll: true });
    onMore();
  });

  async function draw() {
    drawing.abort();
    drawing = new AbortController();
    const { signal } = drawing;
    if (!near || !model || !layer) return;
    thumbnails.clear();
    place.setAttribute('aria-busy', 'true');
    const {
      name,
      shape: [channels, height, width],
    } = layer;
    const at = /** @type {[number, number]} */ ([height >> 1, width >> 1]);
    const field = model.receptiveField(name, at);
    say(layer, field);
    const canvases = Array.from({ length: Math.min(channels, MOST) }, (_, channel) => {
      const canvas = make('canvas', { width: String(field.width), height: String(field.height), 'data-blank': 'true' });
      const title = () => t('{layer}, channel {channel}', { layer: name, channel });
      thumbnails.add(place, String(channel), { title, 'aria-label': title }, canvas);
      return canvas;
    });
    try {
      zeroTrace ??= forwardZeros(model);
      const trace = await zeroTrace;
      const whole = new OffscreenCanvas(1, 1);
      for (const [channel, canvas] of canvases.entries()) {
        const draw = { clip: 0 };
        const map = await trace.explain({ method: 'deconvnet', target: { layer: name, channel, at }, draw, signal });
        await map.draw(whole, draw);
        if (signal.aborted) return;
        canvas.getContext('2d')?.drawImage(whole, -field.x, -field.y);
        canvas.dataset['blank'] = 'false';
      }
      figure.dataset['state'] = 'ready';
      place.setAttribute('aria-busy', 'false');
    } catch (error) {
      if (signal.aborted) return;
      // The next choice tries the forward pass again.
      zeroTrace = undefined;
      place.setAttribute('aria-busy', 'false');
      figure.dataset['state'] = 'failed';
      sayIn(line, () => words('The patches could not be drawn. {reason}', { reason: messageOf(error) }));
    }
  }

  /** @param {LayerInfo} layer @param {import('../pkg/index.js').Region} field */
  function say({ name, shape: [channels] }, field) {
    const said = { count: channels, layer: name, width: field.width, height: field.height };
    sayIn(line, () =>
      channels > MOST
        ? t('The first {shown} of {count} units of {layer}, {width} × {height} pixels each; grey is 0, each on a scale of its own.', {
            ...said,
            shown: MOST,
          })
        : t('{count} units of {layer}, {width} × {height} pixels each; grey is 0, each on a scale of its own.', said),
    );
  }

  /** Shows the chosen layer; the first if none is, or if the network does not have it. */
  function show() {
    const layers = model ? firstConvolutions(model.info.layers) : [];
    layer = layers.find(({ name }) => name === state.get().patches) ?? layers[0];
    for (const button of choice.querySelectorAll('input')) button.checked = button.value === layer?.name;
    draw();
  }
  state.subscribe(['patches'], show);

  return {
    /** @param {Model} next */
    setModel(next) {
      drawing.abort();
      model = next;
      zeroTrace = undefined;
      figure.dataset['state'] = 'empty';
      const layers = firstConvolutions(next.info.layers);
      figure.hidden = layers.length === 0;
      more.hidden = layers.length >= LAYERS || !next.info.layers.some(needsPicture);
      const last = layers[LAYERS - 1];
      sayIn(end, () =>
        last
          ? t(
              'The figure ends with {layer}, as the paper’s ends with its third layer: one patch cannot stand for all that a unit further up responds to.',
              { layer: last.name },
            )
          : '',
      );
      end.hidden = !last;
      choice.replaceChildren(
        ...layers.map((each) => {
          const radio = make('input', { type: 'radio', name: 'patch-layer', value: each.name, autocomplete: 'off' });
          radio.addEventListener('change', () => state.set({ patches: each === layers[0] ? undefined : each.name }));
          return make('label', {}, radio, make('span', {}, each.name));
        }),
      );
      show();
    },
  };
}
