import { hasManySteps } from '../engine/method-names.js';

/** @typedef {import('../api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('../api/trace.js').Trace} Trace */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {Partial<Record<Method, AttributionMap>>} MapsByMethod */

/**
 * The maps of a trace by several methods, in the methods' order: those of one step first, then the others, which grow.
 * @param {Trace} trace
 * @param {Method[]} methods
 * @param {Pick<import('../api/explain-options.js').ExplainOptions, 'target' | 'draw'> & { signal: AbortSignal }} options
 * @param {(maps: MapsByMethod, map: AttributionMap) => Promise<void>} onMap for each map that is new, with all there are then
 * @returns {Promise<MapsByMethod>}
 */
export async function explainGrowing(trace, methods, { target, draw, signal }, onMap) {
  /** @type {MapsByMethod} */
  const maps = {};
  const quick = methods.filter((method) => !hasManySteps(method));
  const found = await Promise.all(quick.map((method) => trace.explain({ method, target, draw, signal })));
  for (const map of found) maps[map.method] = map;
  const slow = methods.filter(hasManySteps);
  // Where nothing grows, all are drawn at once by whoever asked.
  if (slow.length > 0) for (const map of found) await onMap({ ...maps }, map);
  for (const method of slow) {
    for await (const map of trace.refine({ method, target, signal })) {
      maps[method] = map;
      await onMap({ ...maps }, map);
    }
  }
  return Object.fromEntries(methods.map((method) => [method, maps[method]]));
}
