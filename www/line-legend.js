// What the lines of a chart are, each with a number that may change.

import { make } from './dom.js';
import { lineSample } from './line-chart.js';
import { say } from './live-text.js';

/** @import { Saying } from './live-text.js' */

/** @param {{ kind: string, name: () => string }[]} lines */
export function createLineLegend(lines) {
  const numbers = new Map(lines.map(({ kind }) => [kind, make('span', { class: 'legend-number' })]));
  const element = make(
    'ul',
    { class: 'legend' },
    ...lines.map(({ kind, name }) =>
      make('li', { 'data-line': kind }, lineSample(kind), make('b', {}, name), ...[numbers.get(kind)].filter((each) => each !== undefined)),
    ),
  );
  return {
    element,
    /** @param {string} kind @param {Saying} saying */
    say(kind, saying) {
      const number = numbers.get(kind);
      if (number) say(number, saying);
    },
  };
}
