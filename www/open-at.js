// Opens the page at what a link is about: the maps of figure 2, those of a unit in figure 3, with the line that says what they show,
// or those of a randomised network in figure 6.

import { byId } from './dom.js';

/** @import { State } from './state.js' */
/** Where the maps are, and what stands above them, the farthest first. @typedef {{ above: string[], maps: string }} Place */

/** @type {Readonly<Record<'class' | 'unit' | 'randomised', Place>>} */
const PLACES = {
  class: { above: ['status', 'pinned'], maps: 'pictures' },
  unit: { above: ['unit-line'], maps: 'unit-pictures' },
  randomised: { above: [], maps: 'trust-figure' },
};
/** What visitors do when they scroll, or use the page: from then on it stays where they want it. */
const BY_HAND = ['wheel', 'touchmove', 'pointerdown', 'keydown'];

export function createOpenAt() {
  /** @type {keyof typeof PLACES | undefined} */
  let which;
  // What stands above may grow until all of it has loaded.
  const growth = new ResizeObserver(align);

  function align() {
    if (which) alignTo(PLACES[which]);
  }

  function stop() {
    which = undefined;
    growth.disconnect();
    for (const event of BY_HAND) removeEventListener(event, stop, true);
  }

  return {
    stop,
    /** Goes to the maps that a state is about, and stays with them until they are drawn; stays here if it is about none. @param {State} state */
    open({ picture, target, unit, randomised }) {
      stop();
      if (!unit && picture === undefined && target === undefined && randomised === undefined) return;
      which = randomised !== undefined ? 'randomised' : unit ? 'unit' : 'class';
      for (const event of BY_HAND) addEventListener(event, stop, { capture: true, passive: true });
      align();
      growth.observe(document.body);
    },
    /** To be called when the maps of a class, of a unit, or of a randomised network are drawn. @param {keyof typeof PLACES} drawn */
    drawn(drawn) {
      if (drawn !== which) return;
      align();
      stop();
    },
  };
}

/** As much of what stands above comes into view too as the window has room for beside all the maps. @param {Place} place */
function alignTo({ above, maps }) {
  const all = byId(maps, HTMLElement);
  const padding = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  const { bottom } = all.getBoundingClientRect();
  const farthest = above
    .map((id) => byId(id, HTMLElement))
    .find((element) => !element.hidden && padding + bottom - element.getBoundingClientRect().top <= innerHeight);
  (farthest ?? all).scrollIntoView({ block: 'start', behavior: 'instant' });
}
