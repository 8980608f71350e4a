// The maps of a class by the three rules.

import { RULES } from './rules.js';

/** @import { AttributionMap, Rule, Trace } from './types.js' */
/** @typedef {Record<Rule, AttributionMap>} Maps */

/** All at once, so that several workers can share them. @param {Trace} trace @param {number} index @param {AbortSignal} signal @returns {Promise<Maps>} */
export async function mapsOf(trace, index, signal) {
  const maps = await Promise.all(RULES.map((method) => trace.explain({ method, target: { class: index }, signal })));
  return threeMaps(maps);
}

/** By the rule. @param {AttributionMap[]} maps one by each @returns {Maps} */
export function threeMaps(maps) {
  return /** @type {Maps} */ (Object.fromEntries(maps.map((map) => [map.method, map])));
}
