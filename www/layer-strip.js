// The network's layers in the order they run, each a button with its shape. The Tab key stops once; the arrow keys move
// between the layers.

import { roveFocus } from './arrow-keys.js';
import { byId, make } from './dom.js';
import { markScrollEdges } from './scroll-edges.js';
import { t } from './translate.js';

/** @import { LayerInfo } from '../pkg/index.js' */

/** Kinds that have the same units as the layer before them, or none. */
const LEFT_OUT = ['softmax', 'flatten', 'dropout'];

/** @param {(layer: string) => void} onChoose */
export function createLayerStrip(onChoose) {
  const strip = byId('layers', HTMLElement);
  /** @type {HTMLButtonElement[]} */
  let buttons = [];

  strip.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button?.dataset['layer']) onChoose(button.dataset['layer']);
  });
  markScrollEdges(strip);
  const stopAt = roveFocus(strip, () => buttons, 'in-order');

  return {
    /** @param {LayerInfo[]} layers @param {number} side of the network's input */
    set(layers, side) {
      buttons = layers
        .filter(({ kind }) => !LEFT_OUT.includes(kind))
        .map(({ name, kind, shape: [channels, height, width] }, i) => {
          const words = () => (height * width === 1 ? t('{count} numbers', { count: channels }) : `${channels} × ${height} × ${width}`);
          const button = make(
            'button',
            { type: 'button', 'data-layer': name, 'data-kind': kind, 'aria-pressed': 'false', tabindex: i === 0 ? '0' : '-1' },
            make('span', { class: 'plane', 'aria-hidden': 'true' }),
            make('b', {}, name),
            make('small', {}, words),
          );
          // On a logarithmic scale, because the last layers are a hundredth of the first.
          button.style.setProperty('--side', String(0.15 + (0.85 * Math.log2(1 + height)) / Math.log2(1 + side)));
          return button;
        });
      strip.replaceChildren(...buttons);
    },
    /** @param {string} layer */
    mark(layer) {
      for (const button of buttons) {
        const chosen = button.dataset['layer'] === layer;
        button.setAttribute('aria-pressed', String(chosen));
        if (chosen) {
          stopAt(button);
          // scrollIntoView would scroll the page as well.
          strip.scrollLeft = button.offsetLeft - (strip.clientWidth - button.offsetWidth) / 2;
        }
      }
    },
  };
}
