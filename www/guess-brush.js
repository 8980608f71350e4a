// The brush on the picture: by mouse, pen, finger or keyboard. Places are in shares of the picture's width and height.

import { arrow } from './arrow-keys.js';
import { make } from './dom.js';
import { t } from './translate.js';

/** @typedef {{ x: number, y: number }} Place */

/** An arrow key moves the brush by this share of the picture, with Shift by `FAR` times as much. */
const STEP = 1 / 32;
const FAR = 4;

/**
 * @param {HTMLElement} frame of the picture
 * @param {{
 *   onStroke: (from: Place, to: Place, byKeyboard: boolean) => void,
 *   onMove: (to: Place) => void,
 * }} options `onStroke`: the brush marks along a line; `onMove`: an arrow key moved it without marking
 */
export function createGuessBrush(frame, { onStroke, onMove }) {
  const ring = make('span', { class: 'guess-ring' });
  const surface = make(
    'div',
    {
      id: 'guess-surface',
      class: 'guess-surface',
      tabindex: '0',
      role: 'application',
      'aria-label': () => t('Mark on the picture'),
      'aria-describedby': 'guess-hint',
    },
    ring,
  );
  frame.append(surface);
  /** The middle of a pixel, in pictures of 32. */
  const middle = { x: 0.5 + STEP / 2, y: 0.5 + STEP / 2 };
  let at = middle;
  /** Whether a pointer is down. */
  let drawing = false;
  /** Whether the space bar is. */
  let held = false;

  /** @param {Place} place */
  function move(place) {
    at = place;
    surface.style.setProperty('--x', String(at.x));
    surface.style.setProperty('--y', String(at.y));
  }
  move(middle);

  /** @param {PointerEvent} event @returns {Place} */
  function placeOf(event) {
    const box = surface.getBoundingClientRect();
    return { x: clamp((event.clientX - box.left) / box.width), y: clamp((event.clientY - box.top) / box.height) };
  }

  surface.addEventListener('pointerdown', (event) => {
    // The cross-hair of the frame below is for the maps, which are not on show.
    event.stopPropagation();
    if (!event.isPrimary || event.button !== 0) return;
    drawing = true;
    surface.setPointerCapture(event.pointerId);
    move(placeOf(event));
    onStroke(at, at, false);
  });
  surface.addEventListener('pointermove', (event) => {
    event.stopPropagation();
    if (!event.isPrimary) return;
    const from = at;
    move(placeOf(event));
    if (drawing) onStroke(from, at, false);
  });
  for (const end of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture']))
    surface.addEventListener(end, () => {
      drawing = false;
    });

  surface.addEventListener('keydown', (event) => {
    if (event.key === ' ') {
      event.preventDefault();
      if (event.repeat) return;
      held = true;
      onStroke(at, at, true);
      return;
    }
    const step = arrow(event, FAR);
    if (!step) return;
    event.preventDefault();
    const from = at;
    move({ x: stepped(at.x, step.x), y: stepped(at.y, step.y) });
    if (held) onStroke(from, at, true);
    else onMove(at);
  });
  surface.addEventListener('keyup', (event) => {
    if (event.key === ' ') held = false;
  });
  surface.addEventListener('blur', () => {
    held = false;
  });

  return {
    /** @param {number} radius in shares of the picture's width */
    setRadius(radius) {
      surface.style.setProperty('--radius', String(radius));
    },
    /** The brush goes back to the middle. */
    reset: () => move(middle),
  };
}

/** Half a step from the border at least, so that the brush stays on the picture. @param {number} place @param {number} steps */
function stepped(place, steps) {
  return Math.max(STEP / 2, Math.min(1 - STEP / 2, place + steps * STEP));
}

/** @param {number} share */
function clamp(share) {
  return Math.max(0, Math.min(1, share));
}
