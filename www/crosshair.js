// Marks the same pixel on all four pictures, with a lens around it.

import { arrow } from './arrow-keys.js';
import { byId, make } from './dom.js';

/** How many pixels wide a lens is: odd, so that one is in the middle; fewer for small pictures, whose pixels are large. */
const LENS = { small: 7, large: 17 };
const SMALL = 64;

/** @typedef {{ x: number, y: number }} Pixel */

/**
 * @param {{
 *   size: () => { width: number, height: number },
 *   onMove: (pixel: Pixel | undefined, byKeyboard: boolean) => void,
 * }} options
 */
export function createCrosshair({ size, onMove }) {
  const root = byId('pictures', HTMLElement);
  /** @type {Pixel | undefined} */
  let at;

  const frames = [...root.querySelectorAll('.frame')].flatMap((frame) => {
    const canvas = frame.querySelector('canvas');
    if (!(frame instanceof HTMLElement) || !canvas) return [];
    const lens = make('canvas', { class: 'lens' });
    frame.append(make('div', { class: 'crosshair', 'aria-hidden': 'true' }, lens));
    return [{ frame, canvas, lens }];
  });

  /** @param {Pixel | undefined} pixel @param {boolean} byKeyboard */
  function move(pixel, byKeyboard) {
    at = pixel;
    if (!pixel) {
      root.removeAttribute('data-crosshair');
    } else {
      const { width, height } = size();
      root.dataset['crosshair'] = 'on';
      // The lens must not cover the pixel that it magnifies.
      root.dataset['lens'] = pixel.x > width / 2 && pixel.y > height / 2 ? 'left' : 'right';
      root.style.setProperty('--cross-x', String((pixel.x + 0.5) / width));
      root.style.setProperty('--cross-y', String((pixel.y + 0.5) / height));
      drawLenses();
    }
    onMove(pixel, byKeyboard);
  }

  function drawLenses() {
    if (!at) return;
    const span = size().width < SMALL ? LENS.small : LENS.large;
    for (const { canvas, lens } of frames) {
      const context = lens.getContext('2d');
      if (!context) continue;
      // Setting a canvas's size clears it and resets its context.
      lens.width = span;
      lens.height = span;
      context.imageSmoothingEnabled = false;
      const half = (span - 1) / 2;
      context.drawImage(canvas, at.x - half, at.y - half, span, span, 0, 0, span, span);
    }
  }

  for (const { frame, canvas } of frames) {
    /** @param {PointerEvent} event */
    const point = (event) => {
      const box = frame.getBoundingClientRect();
      const { width, height } = size();
      move(
        {
          x: clamp(Math.floor(((event.clientX - box.left) / box.width) * width), width),
          y: clamp(Math.floor(((event.clientY - box.top) / box.height) * height), height),
        },
        false,
      );
    };
    frame.addEventListener('pointermove', point);
    frame.addEventListener('pointerdown', point);
    frame.addEventListener('pointerleave', (event) => {
      // When a finger lifts, the cross-hair stays, so that the values can be read.
      if (event.pointerType === 'mouse') move(undefined, false);
    });
    canvas.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && at) {
        move(undefined, true);
        return;
      }
      const step = arrow(event, 10);
      if (!step) return;
      event.preventDefault();
      const { width, height } = size();
      // The first key puts the cross-hair in the middle; the next ones move it.
      move(
        at ? { x: clamp(at.x + step.x, width), y: clamp(at.y + step.y, height) } : { x: Math.floor(width / 2), y: Math.floor(height / 2) },
        true,
      );
    });
    canvas.addEventListener('blur', () => move(undefined, true));
  }

  return {
    /** To be called when the pictures under the cross-hair have changed. */
    refresh() {
      drawLenses();
      onMove(at, false);
    },
  };
}

/** @param {number} value @param {number} size */
function clamp(value, size) {
  return Math.max(0, Math.min(size - 1, value));
}
