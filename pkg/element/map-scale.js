// What the shades of the maps mean, in words with a bar between them: a line for each way in which maps on show are drawn.

import { asDrawn } from '../engine/draw-options.js';
import { element } from './make-element.js';

/** @typedef {import('./attributes.js').Look} Look */
/** @typedef {import('./words.js').Sign} Sign */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {import('../engine/types.js').Method} Method */
/** A map on show. @typedef {{ method: Method, drawing?: import('../engine/types.js').UsualDrawing | undefined }} Drawn */
/** @typedef {{ sign: Sign, colors: string, methods: Method[] }} Line */

/** @param {() => Words} words */
export function createMapScale(words) {
  /** @type {Line[]} */
  let lines = [{ sign: 'both', colors: 'grey', methods: [] }];
  const scale = element('div', { class: 'scales' });

  function sayAgain() {
    const { scale: ends, to, methods: names } = words();
    scale.replaceChildren(
      ...lines.map(({ sign, colors, methods }) => {
        const [from, until] = ends[sign];
        const bar = element('span', { class: 'bar', role: 'img', 'aria-label': to, 'data-colors': colors });
        // Which maps it is of goes without saying where there is one line.
        const of = lines.length > 1 ? [`${methods.map((method) => names[method]).join(', ')}:`, ' '] : [];
        return element('p', { class: 'scale', part: 'scale' }, ...of, element('span', {}, from), ' ', bar, ' ', element('span', {}, until));
      }),
    );
  }

  sayAgain();
  return {
    element: scale,
    sayAgain,
    /** @param {Look} look @param {readonly Drawn[]} maps */
    show(look, maps) {
      /** @type {Map<string, Line>} */
      const found = new Map();
      for (const { method, drawing } of maps) {
        const { fold = 'rgb', sign = 'both', colors: chosen = 'grey' } = asDrawn(look, drawing);
        const plane = fold === 'rgb' ? 'grey' : chosen;
        // With one sign alone, zero is at the beginning: near-white, the middle of the colours that diverge.
        const colors = plane === 'diverging' && sign !== 'both' ? 'from-zero' : plane;
        const key = `${sign} ${colors}`;
        const line = found.get(key) ?? { sign, colors, methods: [] };
        line.methods.push(method);
        found.set(key, line);
      }
      lines = [...found.values()];
      // Over a picture the shades are mixed with it: there the bar would mislead.
      scale.hidden = look.over;
      sayAgain();
    },
  };
}
