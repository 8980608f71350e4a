// How alike the maps of another class are to those of the likeliest: their correlation, rule by rule.

import { correlation } from './correlation.js';
import { byId } from './dom.js';
import { shortLabel } from './predictions.js';
import { RULES } from './rules.js';
import { messageOf } from './status.js';

/** @import { AttributionMap, ClassScore, Rule, Trace } from './types.js' */
/** @typedef {Partial<Record<Rule, AttributionMap>>} Maps */

export function createClassLikeness() {
  const line = byId('likeness', HTMLElement);
  /** Those of its likeliest class. @type {WeakMap<Trace, Maps>} */
  const likeliest = new WeakMap();

  return {
    clear() {
      line.textContent = '';
    },
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
        const found = RULES.map((rule) => `${rule} ${inWords(maps[rule], known[rule])}`).join(', ');
        line.textContent = `Correlation with the maps for “${shortLabel(first.label)}”, where 1 is the same map: ${found}.`;
      } catch (error) {
        if (!signal.aborted) line.textContent = `The maps of the two classes could not be compared. ${messageOf(error)}`;
      }
    },
  };
}

/** @param {Trace} trace @param {number} index @param {AbortSignal} signal @returns {Promise<Maps>} */
async function mapsOf(trace, index, signal) {
  const maps = await Promise.all(RULES.map((method) => trace.explain({ method, target: { class: index }, signal })));
  return Object.fromEntries(maps.map((map) => [map.method, map]));
}

/** @param {AttributionMap | undefined} one @param {AttributionMap | undefined} other */
function inWords(one, other) {
  const found = one && other ? correlation(one.data, other.data) : NaN;
  return Number.isNaN(found) ? 'none, because a map is empty' : found.toFixed(2).replace('-', '−');
}
