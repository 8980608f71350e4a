// What the shades of a map mean, in words with a bar between them.

import { element } from './make-element.js';

/** @typedef {import('./attributes.js').Look} Look */
/** @typedef {import('./words.js').Words} Words */

/** @param {() => Words} words */
export function createMapScale(words) {
  /** @type {import('./words.js').Sign} */
  let shown = 'both';
  const from = element('span', {});
  const to = element('span', {});
  const bar = element('span', { class: 'bar', role: 'img' });
  const scale = element('p', { class: 'scale', part: 'scale' }, from, ' ', bar, ' ', to);

  function sayAgain() {
    [from.textContent, to.textContent] = words().scale[shown];
    bar.setAttribute('aria-label', words().to);
  }

  sayAgain();
  return {
    element: scale,
    sayAgain,
    /** @param {Pick<Look, 'fold' | 'sign' | 'colors' | 'over'>} drawing */
    show({ fold = 'rgb', sign = 'both', colors = 'grey', over }) {
      shown = sign;
      sayAgain();
      // Over a picture the shades are mixed with it: there the bar would mislead.
      bar.hidden = over;
      scale.hidden = over;
      const plane = fold === 'rgb' ? 'grey' : colors;
      // With one sign alone, zero is at the beginning: near-white, the middle of the colours that diverge.
      bar.dataset['colors'] = plane === 'diverging' && sign !== 'both' ? 'from-zero' : plane;
    },
  };
}
