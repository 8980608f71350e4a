// How alike the maps of another class are to those of the likeliest: their correlation, rule by rule.

import { say } from './live-text.js';
import { shortClass } from './predictions.js';
import { RULES, ruleName } from './rules.js';
import { messageOf } from './status.js';
import { mapsOf } from './three-maps.js';
import { words } from './translate.js';

/** @import { AttributionMap, ClassScore, Rule, Trace } from './types.js' */
/** @typedef {Partial<Record<Rule, AttributionMap>>} Maps */

/** @param {HTMLElement} line */
export function createClassLikeness(line) {
  /** Those of its likeliest class. @type {WeakMap<Trace, Maps>} */
  const likeliest = new WeakMap();
  /** Fetched when it is first needed. @type {typeof import('./correlation-words.js').correlationInWords | undefined} */
  let inWords;

  return {
    /**
     * To be called when the maps of a class are drawn. Those of the likeliest are computed if they have not been on show.
     * @param {Trace} trace @param {ClassScore} first @param {number} explained @param {Maps} maps @param {AbortSignal} signal
     */
    async show(trace, first, explained, maps, signal) {
      if (explained === first.index) {
        likeliest.set(trace, maps);
        return;
      }
      try {
        const known = likeliest.get(trace) ?? (await mapsOf(trace, first.index, signal));
        if (signal.aborted) return;
        likeliest.set(trace, known);
        inWords ??= (await import('./correlation-words.js')).correlationInWords;
        if (signal.aborted) return;
        const said = inWords;
        say(line, () =>
          words('Correlation with the maps for “{class}”, where 1 is the same map: {values}.', {
            class: shortClass(first.label),
            values: RULES.map((rule) => `${ruleName(rule)} ${said(maps[rule]?.data, known[rule]?.data)}`).join(', '),
          }),
        );
      } catch (error) {
        if (!signal.aborted)
          say(line, () => words('The maps of the two classes could not be compared. {reason}', { reason: messageOf(error) }));
      }
    },
  };
}
