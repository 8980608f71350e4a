// What the shades of a map mean, in words with a bar between them.

import { element } from './make-element.js';

/** @typedef {import('../engine/types.js').Drawing} Drawing */

/** @type {Readonly<Record<NonNullable<Drawing['sign']>, [from: string, to: string]>>} */
const ENDS = {
  both: ['negative', 'positive'],
  positive: ['zero or negative', 'positive'],
  negative: ['zero or positive', 'negative'],
  magnitude: ['zero', 'strong, of either sign'],
};

export function createMapScale() {
  const from = element('span', {});
  const to = element('span', {});
  const bar = element('span', { class: 'bar', role: 'img', 'aria-label': 'to' });
  const scale = element('p', { class: 'scale', part: 'scale' }, from, ' ', bar, ' ', to);
  return {
    element: scale,
    /** @param {Drawing & { over: boolean }} drawing */
    show({ fold = 'rgb', sign = 'both', colors = 'grey', over }) {
      [from.textContent, to.textContent] = ENDS[sign];
      // Over a picture the shades are mixed with it: there the bar would mislead.
      bar.hidden = over;
      scale.hidden = over;
      const plane = fold === 'rgb' ? 'grey' : colors;
      // With one sign alone, zero is at the beginning: near-white, the middle of the colours that diverge.
      bar.dataset['colors'] = plane === 'diverging' && sign !== 'both' ? 'from-zero' : plane;
    },
  };
}
