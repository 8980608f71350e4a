// Figure 4: what the first layers look for, without a picture. The signal of one unit is sent back through the weights
// alone: below the first max-pooling the deconvnet asks nothing of a picture. For the very first layer the result is the
// filter itself.

import { forwardNothing } from './nothing.js';
import { byId, make, whenNear } from './page.js';
import { messageOf } from './status.js';
import { createTiles } from './tiles.js';

/** @typedef {import('./rules.js').Model} Model */
/** @typedef {import('./rules.js').Trace} Trace */
/** @typedef {import('../pkg/index.js').LayerInfo} LayerInfo */

const LAYERS = 3;
/** More would keep the page busy for long. */
const MOST = 256;

/**
 * @param {{ onChoose: (layer: string, channel: number) => void, onLayer: (layer: string | undefined) => void, onMore: () => void }} options
 *   `onChoose`: a unit to look at in a picture; `onLayer`: the layer chosen by hand, undefined where it is the first;
 *   `onMore`: a network with more such layers is wanted
 */
export function createPatchFigure({ onChoose, onLayer, onMore }) {
  const figure = byId('patch-figure', HTMLElement);
  const choice = byId('patch-layers', HTMLElement);
  const place = byId('patches', HTMLElement);
  const line = byId('patch-line', HTMLElement);
  const more = byId('patch-more', HTMLElement);
  /** @type {Model | undefined} */
  let model;
  /** @type {Promise<Trace> | undefined} */
  let empty;
  /** @type {LayerInfo | undefined} */
  let layer;
  /** The layer that is wanted where the network has it. @type {string | undefined} */
  let wish;
  let near = false;
  let drawing = new AbortController();
  const tiles = createTiles(place, (channel) => { if (layer) onChoose(layer.name, Number(channel)); });

  whenNear(figure, () => {
    near = true;
    draw();
  });
  more.querySelector('button')?.addEventListener('click', () => {
    // The button goes with the network that lacks the layers; the keyboard stays here.
    figure.focus({ preventScroll: true });
    onMore();
  });

  async function draw() {
    drawing.abort();
    drawing = new AbortController();
    const { signal } = drawing;
    if (!near || !model || !layer) return;
    tiles.clear();
    place.setAttribute('aria-busy', 'true');
    const { name, shape: [channels, height, width] } = layer;
    const at = /** @type {[number, number]} */ ([height >> 1, width >> 1]);
    const field = model.receptiveField(name, at);
    say(layer, field);
    const canvases = Array.from({ length: Math.min(channels, MOST) }, (_, channel) => {
      const canvas = make('canvas', { width: String(field.width), height: String(field.height), 'data-blank': 'true' });
      tiles.addMade(place, String(channel), `${name}, channel ${channel}`, canvas);
      return canvas;
    });
    try {
      empty ??= forwardNothing(model);
      const trace = await empty;
      const whole = new OffscreenCanvas(1, 1);
      for (const [channel, canvas] of canvases.entries()) {
        const map = await trace.explain({ method: 'deconvnet', target: { layer: name, channel, at }, signal });
        await map.draw(whole, { clip: 0, signal });
        if (signal.aborted) return;
        canvas.getContext('2d')?.drawImage(whole, -field.x, -field.y);
        canvas.dataset['blank'] = 'false';
      }
      figure.dataset['state'] = 'ready';
      place.setAttribute('aria-busy', 'false');
    } catch (error) {
      if (signal.aborted) return;
      // Run again with the next choice.
      empty = undefined;
      place.setAttribute('aria-busy', 'false');
      figure.dataset['state'] = 'failed';
      line.textContent = `The patches could not be drawn. ${messageOf(error)}`;
    }
  }

  /** @param {LayerInfo} layer @param {import('../pkg/index.js').Region} field */
  function say({ name, shape: [channels] }, field) {
    const some = channels > MOST ? `The first ${MOST} of ` : '';
    line.textContent = `${some}${channels} units of ${name}, ${field.width} × ${field.height} pixels each; grey is 0, each on a scale of its own.`;
  }

  /** @param {LayerInfo | undefined} chosen */
  function choose(chosen) {
    layer = chosen;
    for (const button of choice.querySelectorAll('input')) button.checked = button.value === chosen?.name;
    draw();
  }

  return {
    /** @param {Model} next */
    setModel(next) {
      drawing.abort();
      model = next;
      empty = undefined;
      figure.dataset['state'] = 'empty';
      const layers = firstConvolutions(next.info.layers);
      figure.hidden = layers.length === 0;
      more.hidden = layers.length >= LAYERS || !next.info.layers.some(({ kind }) => kind === 'max_pool2d');
      choice.replaceChildren(...layers.map((each) => {
        const radio = make('input', { type: 'radio', name: 'patch-layer', value: each.name, autocomplete: 'off' });
        radio.addEventListener('change', () => {
          wish = each === layers[0] ? undefined : each.name;
          onLayer(wish);
          choose(each);
        });
        return make('label', {}, radio, make('span', {}, each.name));
      }));
      choose(layers.find(({ name }) => name === wish) ?? layers[0]);
    },
    /** By the address; undefined: the first. @param {string | undefined} name */
    choose(name) {
      wish = name;
      const layers = model ? firstConvolutions(model.info.layers) : [];
      const wanted = layers.find((each) => each.name === name) ?? layers[0];
      if (wanted !== layer) choose(wanted);
    },
  };
}

/** Those before the first max-pooling, which would ask where a picture had its maxima. @param {LayerInfo[]} layers */
function firstConvolutions(layers) {
  const end = layers.findIndex(({ kind }) => kind === 'max_pool2d');
  return layers.slice(0, end < 0 ? undefined : end).filter(({ kind }) => kind === 'conv2d').slice(0, LAYERS);
}
