// Shows one channel's activation large, to choose a position in it by pointer or arrow keys.

import { drawChannel } from './activations.js';
import { arrow } from './arrow-keys.js';
import { byId } from './dom.js';

/** @import { Tensor } from '../pkg/index.js' */
/** @typedef {[y: number, x: number]} Position */

/** @param {(at: Position) => void} onChoose */
export function createActivationPicker(onChoose) {
  const canvas = byId('activation', HTMLCanvasElement);
  const frame = /** @type {HTMLElement} */ (canvas.parentElement);
  /** @type {Position} */
  let at = [0, 0];
  canvas.dataset['blank'] = 'true';

  canvas.addEventListener('pointerdown', (event) => {
    if (canvas.dataset['blank'] === 'true' || event.button !== 0) return;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    choose([((event.clientY - top) / height) * canvas.height, ((event.clientX - left) / width) * canvas.width]);
  });
  canvas.addEventListener('keydown', (event) => {
    const step = arrow(event, 10);
    if (!step) return;
    event.preventDefault();
    choose([at[0] + step.y, at[1] + step.x]);
  });

  /** @param {Position} place if it is outside the canvas, the nearest position counts */
  function choose([y, x]) {
    const within = (/** @type {number} */ value, /** @type {number} */ size) => Math.max(0, Math.min(size - 1, Math.floor(value)));
    const next = /** @type {Position} */ ([within(y, canvas.height), within(x, canvas.width)]);
    if (next[0] !== at[0] || next[1] !== at[1]) onChoose(next);
  }

  return {
    /** @param {Tensor} activation @param {number} channel @param {{ signed: boolean, most: number }} scale */
    draw(activation, channel, scale) {
      drawChannel(canvas, activation, channel, scale);
      canvas.dataset['blank'] = 'false';
      frame.style.setProperty('--aspect', `${canvas.width} / ${canvas.height}`);
    },
    /** @param {Position} place */
    mark(place) {
      at = place;
      frame.style.setProperty('--position-y', String(place[0] / canvas.height));
      frame.style.setProperty('--position-x', String(place[1] / canvas.width));
      frame.style.setProperty('--position-height', String(1 / canvas.height));
      frame.style.setProperty('--position-width', String(1 / canvas.width));
      frame.dataset['position'] = 'on';
    },
    blank() {
      canvas.dataset['blank'] = 'true';
      delete frame.dataset['position'];
    },
  };
}
