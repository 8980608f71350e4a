// The first screen: the picture and its three maps as figure 2 has them. Nothing is computed for it; what figure 2 draws is
// copied here, each time it draws.

import { make, byId } from './page.js';
import { RULES } from './rules.js';

/** @typedef {import('./rules.js').Rule} Rule */

/** From here on the pixels of a canvas are too small to be seen one by one. */
const FINE = 64;

/** @param {boolean} elsewhere the page opens with another picture than the one in its source */
export function createOpening(elsewhere) {
  const figure = byId('opening', HTMLElement);
  const answer = byId('opening-answer', HTMLElement);
  const photograph = byId('opening-photograph', HTMLImageElement);
  const canvases = new Map((/** @type {const} */ (['view', ...RULES])).map((name) => [name, byId(`opening-${name}`, HTMLCanvasElement)]));
  photograph.hidden = elsewhere;

  return {
    /** Copies one of figure 2's canvases, or takes away what was copied from it. @param {'view' | Rule} name @param {HTMLCanvasElement} source */
    copy(name, source) {
      const canvas = /** @type {HTMLCanvasElement} */ (canvases.get(name));
      const { blank = 'true' } = source.dataset;
      canvas.dataset['blank'] = blank;
      if (blank === 'true') return;
      canvas.width = source.width;
      canvas.height = source.height;
      canvas.dataset['fine'] = String(source.width > FINE);
      canvas.getContext('2d')?.drawImage(source, 0, 0);
      canvas.setAttribute('aria-label', source.getAttribute('aria-label') ?? '');
      if (name === 'view') photograph.hidden = true;
    },
    /** All of it is there. @param {string} words what the network answered */
    say(words) {
      figure.dataset['state'] = 'ready';
      answer.textContent = `${words} Computed just now, in this browser; nothing was uploaded.`;
    },
    /** There is nothing to show yet. @param {string} words why */
    wait(words) {
      answer.textContent = words;
    },
    /** There is nothing to show: neither now nor from before. */
    fail() {
      figure.dataset['state'] = 'failed';
      answer.replaceChildren('The maps could not be computed. ', make('a', { href: '#status' }, 'Figure 2 says why'), '.');
    },
  };
}
