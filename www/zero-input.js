// A network shown nothing: every number zero, the middle of what it takes. What still comes back from a unit comes from the
// weights alone, and from switches that say nothing.

/** @typedef {import('./rules.js').Model} Model */
/** @typedef {import('./rules.js').Trace} Trace */

/** @param {Model} model @param {{ signal?: AbortSignal }} [options] @returns {Promise<Trace>} to be closed when done */
export function forwardNothing(model, options) {
  return model.forward(new Float32Array(model.info.input.shape.reduce((all, side) => all * side, 1)), options);
}
