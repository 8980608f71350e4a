// A strip at the top of the window with small copies of figure 2's picture and maps. It is there while one chooses a picture, a class or
// a look and the maps themselves are out of view, as on a phone or on an enlarged page. It lies over the page and moves nothing.

import { byId } from './dom.js';
import { RULES } from './rules.js';

/** @import { Rule } from './types.js' */

/** The maps are in view if this share of them is, or of the window if they are taller. */
const ENOUGH = 0.5;
const STEPS = Array.from({ length: 21 }, (_, i) => i / 20);
/** The pixels of a wider canvas are too small to be seen one by one. */
const FINE = 64;
/** Between the strip and what has the keyboard's focus, in pixels. */
const CLEAR = 8;

export function createMapsStrip() {
  const strip = byId('maps-strip', HTMLElement);
  const wanted = byId('maps-strip-on', HTMLInputElement);
  const pictures = byId('pictures', HTMLElement);
  const copies = new Map(/** @type {const} */ (['view', ...RULES]).map((name) => [name, byId(`strip-${name}`, HTMLCanvasElement)]));
  const controls = ['picture-choice', 'panels'].map((id) => byId(id, HTMLElement));
  /** Those of the controls that are in view. @type {Set<Element>} */
  const inView = new Set();
  let mapsInView = true;
  /** Whether the focus has moved since the visitor last scrolled by hand or pressed a key other than Tab. */
  let byFocus = false;

  new IntersectionObserver(
    (entries) => {
      const { intersectionRect, boundingClientRect, rootBounds } = /** @type {IntersectionObserverEntry} */ (entries.at(-1));
      const most = Math.min(boundingClientRect.height, rootBounds?.height ?? innerHeight);
      mapsInView = intersectionRect.height >= ENOUGH * most;
      update();
    },
    { threshold: STEPS },
  ).observe(pictures);
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) inView.add(target);
        else inView.delete(target);
      }
      update();
    },
    // What peeps into the window is not being used.
    { rootMargin: '-20% 0px' },
  );
  for (const each of controls) watcher.observe(each);

  wanted.addEventListener('change', update);
  byId('strip-close', HTMLButtonElement).addEventListener('click', () => {
    wanted.checked = false;
    update();
  });
  byId('strip-back', HTMLButtonElement).addEventListener('click', () => pictures.scrollIntoView({ block: 'start' }));
  document.addEventListener('focusin', ({ target }) => {
    byFocus = true;
    uncover(target);
  });
  // Whoever scrolls by hand may leave behind what has the focus.
  addEventListener('keydown', ({ key }) => {
    byFocus = key === 'Tab';
  });
  for (const byHand of ['wheel', 'touchmove', 'pointerdown'])
    addEventListener(
      byHand,
      () => {
        byFocus = false;
      },
      { passive: true },
    );

  function update() {
    const drawn = RULES.every((rule) => copies.get(rule)?.dataset['blank'] === 'false');
    const before = strip.hidden;
    strip.hidden = mapsInView || inView.size === 0 || !drawn || !wanted.checked;
    // The room that the browser leaves when it scrolls to something.
    document.documentElement.dataset['strip'] = strip.hidden ? 'off' : 'on';
    if (before && !strip.hidden && byFocus) uncover(document.activeElement);
  }

  /** What gets the focus must not be below the strip, where it cannot be seen. @param {EventTarget | null} target */
  function uncover(target) {
    // Where nothing has the focus, the document's body counts as having it.
    if (strip.hidden || !(target instanceof Element) || target === document.body || strip.contains(target)) return;
    const { bottom } = strip.getBoundingClientRect();
    const box = target.getBoundingClientRect();
    if (box.bottom > 0 && box.top < bottom + CLEAR) scrollBy({ top: box.top - bottom - CLEAR, behavior: 'instant' });
  }

  /** Copies one of figure 2's canvases, or blanks the copy if the canvas is blank. @param {'view' | Rule} name @param {HTMLCanvasElement} source */
  function copy(name, source) {
    const canvas = /** @type {HTMLCanvasElement} */ (copies.get(name));
    const { blank = 'true' } = source.dataset;
    canvas.dataset['blank'] = blank;
    if (blank === 'false') {
      canvas.width = source.width;
      canvas.height = source.height;
      canvas.dataset['fine'] = String(source.width > FINE);
      canvas.getContext('2d')?.drawImage(source, 0, 0);
    }
    update();
  }

  // What was drawn before this code came.
  copy('view', byId('view', HTMLCanvasElement));
  for (const rule of RULES) copy(rule, byId(`map-${rule}`, HTMLCanvasElement));

  return { copy };
}
