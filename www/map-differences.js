// Between pinned maps and those of figure 2: what the ones have more than the others, pixel by pixel, in the same columns.

import { byId, make } from './dom.js';
import { label } from './live-text.js';
import { Painter } from './painter.js';
import { RULES, byRule, fullName, ruleName } from './rules.js';
import { t } from './translate.js';

/** @import { AttributionMap, Display, Rule } from './types.js' */
/** @typedef {Partial<Record<Rule, AttributionMap>>} Maps */

/** @param {(error: unknown) => void} onTrouble */
export function createMapDifferences(onTrouble) {
  const canvases = byRule((rule) => make('canvas', { id: `difference-${rule}`, width: '32', height: '32', role: 'img' }));
  const painters = byRule((rule) => new Painter(canvases[rule], onTrouble));
  const row = make(
    'div',
    { class: 'pictures' },
    make(
      'div',
      { class: 'picture' },
      make('p', {}, () => t('the maps below, less the pinned ones')),
    ),
    ...RULES.map((rule) =>
      make(
        'div',
        { class: 'picture', 'data-rule': rule },
        make('div', { class: 'frame' }, canvases[rule]),
        make('p', {}, () => ruleName(rule)),
      ),
    ),
  );
  const group = make('div', { id: 'differences', class: 'differences', role: 'group', 'aria-label': () => t('Differences') }, row);
  group.hidden = true;
  byId('pinned-likeness', HTMLElement).before(group);
  for (const rule of RULES)
    label(canvases[rule], 'aria-label', () =>
      t('Difference of the maps by {rule}: those below less the pinned ones', { rule: fullName(rule) }),
    );

  /** @type {Maps} */
  let maps = {};
  return {
    /** Of maps of the same size; without them there is nothing to see. @param {Maps} [below] @param {Maps} [pinned] */
    set(below, pinned) {
      maps = {};
      for (const rule of RULES) {
        const [one, other] = [below?.[rule], pinned?.[rule]];
        if (one && other) maps[rule] = one.minus(other);
        else painters[rule].blank();
      }
      group.hidden = RULES.every((rule) => !maps[rule]);
    },
    /** @param {Display} look @param {number | undefined} scale the one that all rows share, if they share one */
    draw(look, scale) {
      for (const rule of RULES) {
        const map = maps[rule];
        if (map) painters[rule].paint(map, look, scale);
      }
    },
  };
}
