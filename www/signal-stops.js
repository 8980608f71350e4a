// The layers at which figure 2b shows the signal: ReLUs on the way from the scores to the picture.

/** @import { LayerInfo, ModelInfo } from '../pkg/index.js' */

/** The most that are shown: more rows than this are no longer seen together. */
const MOST = 9;

/** Nearest to the scores first; evenly spread where there are more than can be shown. @param {ModelInfo} info @returns {LayerInfo[]} */
export function signalStops({ layers, logitsLayer }) {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  /** @type {Set<LayerInfo>} */
  const passed = new Set();
  const waiting = [logitsLayer];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const layer = byName.get(name);
    if (!layer || passed.has(layer)) continue;
    passed.add(layer);
    waiting.push(...layer.inputs);
  }
  const relus = layers.filter((layer) => layer.kind === 'relu' && passed.has(layer)).reverse();
  if (relus.length <= MOST) return relus;
  return Array.from({ length: MOST }, (_, i) => /** @type {LayerInfo} */ (relus[Math.round((i * (relus.length - 1)) / (MOST - 1))]));
}
