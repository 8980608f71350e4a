// A forward pass of zeros, the middle of a network's input range. What then comes back from a unit depends on the weights
// alone, because the switches carry nothing of a picture.

/** @import { Model, Trace } from './types.js' */

/** @param {Model} model @param {{ signal?: AbortSignal }} [options] @returns {Promise<Trace>} to be closed when done */
export function forwardZeros(model, options) {
  return model.forward(new Float32Array(model.info.input.shape.reduce((all, side) => all * side, 1)), options);
}
