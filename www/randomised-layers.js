// Which layers of a network lose their weights at each stop of figure 6: the last one that has weights, then the last two, and so
// on to all of them.

/** `from`: the first layer that is randomised, in running order; `count`: how many are, with it. @typedef {{ from: string, count: number }} Stop */

/** More stops would take minutes in a network of hundreds of layers. */
const MOST = 30;

/** At most thirty, evenly spaced, the last layer and all layers among them. @param {import('../pkg/index.js').ModelInfo} info @returns {Stop[]} */
export function stopsOf(info) {
  const names = layersWithWeights(info).reverse();
  const count = Math.min(names.length, MOST);
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? 0 : Math.round((i * (names.length - 1)) / (count - 1));
    return { from: names[at] ?? '', count: at + 1 };
  });
}

/** In running order. @param {import('../pkg/index.js').ModelInfo} info */
export function layersWithWeights({ layers }) {
  return layers.filter(({ parameters }) => parameters > 0).map(({ name }) => name);
}
