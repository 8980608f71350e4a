// A map of one run by the switches of another: at its max-pooling layers the signal goes to where the other run had its largest
// values, while the ReLUs know what went up in this one.
//
// The engine sends a signal back from one unit. So below each max-pooling layer the rest of the network becomes a network of its
// own, with a sum of all activations on top whose weights are the signal that goes on: sent back from that sum, a 1 becomes this signal.

import { writeModelFile } from './model-file.js';

/** @import { Tensor } from '../pkg/index.js' */
/** @import { ModelFile, Layer } from './model-file.js' */
/** @import { AttributionMap, Model, Rule, Trace } from './types.js' */
/** @typedef {Layer & { kernel: number[], stride: number[], padding?: number[], dilation?: number[] }} MaxPool */

const [FLAT, SUM] = ['all-activations', 'sum-of-all'];

/**
 * @param {{ trace: Trace, picture: Blob, switches: Trace, file: ModelFile, load: (file: Blob) => Promise<Model> }} run `trace`: of the
 *   picture; `switches`: the run that has them; `file`: the network's, in which each layer has one input
 * @param {{ method: Rule, target: { class: number }, draw: import('../pkg/index.js').DrawOptions, signal: AbortSignal }} options
 * @returns {Promise<AttributionMap>}
 */
export async function explainBySwitches({ trace, picture, switches, file, load }, { method, target, draw, signal }) {
  const pools = /** @type {MaxPool[]} */ (file.description.layers.filter(({ kind }) => kind === 'max_pool2d')).reverse();
  const stopAt = (/** @type {number} */ i) => (pools[i] ? { signals: [pools[i].name] } : { draw });
  let map = await trace.explain({ method, target, signal, ...stopAt(0) });
  for (const [i, pool] of pools.entries()) {
    const below = pool.inputs[0] ?? '';
    const arrived = map.signals[0]?.signal;
    if (!arrived) throw new Error(`No signal came to ${pool.name}`);
    const sent = unpool(pool, arrived, await switches.activation(below, { signal }));
    const part = await load(partOf(file, below, sent));
    try {
      map = await part.explain(picture, { method, target: { class: 0 }, signal, ...stopAt(i + 1) });
    } finally {
      part.close();
    }
  }
  return map;
}

/** The network up to a layer, and the sum of that layer's activations. @param {ModelFile} file @param {string} last @param {Float32Array<ArrayBuffer>} weights */
function partOf({ header, description, numbers }, last, weights) {
  const layers = description.layers.slice(0, description.layers.findIndex(({ name }) => name === last) + 1);
  const names = new Set(layers.map(({ name }) => name));
  const kept = Object.entries(header)
    .filter(([name]) => names.has(name.slice(0, name.lastIndexOf('.'))))
    .map(([name, tensor]) => ({ name, tensor, part: numbers.slice(...tensor.data_offsets) }));
  const sum = { name: `${SUM}.weight`, tensor: { dtype: 'F32', shape: [1, weights.length] }, part: weights.buffer };
  let end = 0;
  const written = [...kept, sum].map(({ name, tensor, part }) => {
    const begin = end;
    end += part.byteLength;
    return [name, { ...tensor, data_offsets: [begin, end] }];
  });
  const flat = { name: FLAT, kind: 'flatten', inputs: [last] };
  const linear = { name: SUM, kind: 'linear', inputs: [FLAT], out_features: 1, bias: false };
  return writeModelFile(
    { ...description, classes: ['sum'], layers: [...layers, flat, linear] },
    Object.fromEntries(written),
    [...kept, sum].map(({ part }) => part),
  );
}

/** The signal below a max-pooling layer: each number of it goes to the largest value of its window, the first of equal ones. @param {MaxPool} pool @param {Tensor} signal @param {Tensor} activation */
function unpool({ kernel, stride, padding = [0, 0], dilation = [1, 1] }, signal, { data, shape: [channels, height, width] }) {
  const [, rows, columns] = signal.shape;
  const below = new Float32Array(data.length);
  const taps = (/** @type {number} */ axis, /** @type {number} */ place, /** @type {number} */ length) =>
    Array.from(
      { length: kernel[axis] ?? 1 },
      (_, tap) => place * (stride[axis] ?? 1) - (padding[axis] ?? 0) + tap * (dilation[axis] ?? 1),
    ).filter((at) => at >= 0 && at < length);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const window = taps(0, row, height).flatMap((y) => taps(1, column, width).map((x) => (channel * height + y) * width + x));
        const largest = window.reduce((best, at) => ((data[at] ?? 0) > (data[best] ?? 0) ? at : best), window[0] ?? 0);
        below[largest] = (below[largest] ?? 0) + (signal.data[(channel * rows + row) * columns + column] ?? 0);
      }
    }
  }
  return below;
}
