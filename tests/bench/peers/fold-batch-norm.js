// BatchNorm as part of the convolution before it, as TensorFlow.js's converter writes a network. (onnxruntime does the same
// by itself when it loads one.)

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./network.js').Convolution} Convolution */
/** @typedef {import('./network.js').BatchNorm} BatchNorm */

/** @param {Network} network @returns {Network} of the same numbers */
export function foldedBatchNorm(network) {
  /** What reads the BatchNorm reads the convolution. @type {Map<string, string>} */
  const names = new Map();
  /** @type {Map<string, import('./network.js').Step>} */
  const steps = new Map();
  for (const step of network.steps) {
    const inputs = step.inputs.map((name) => names.get(name) ?? name);
    const before = steps.get(inputs[0] ?? '');
    const alone = network.steps.filter((other) => other.inputs.includes(step.inputs[0] ?? '')).length === 1;
    if (step.kind === 'batch_norm' && before?.kind === 'conv2d' && !before.relu && alone) {
      steps.set(before.name, folded(before, step));
      names.set(step.name, before.name);
    } else steps.set(step.name, { ...step, inputs });
  }
  return { ...network, steps: [...steps.values()], output: names.get(network.output) ?? network.output };
}

/** @param {Convolution} convolution @param {BatchNorm} norm @returns {Convolution} */
function folded(convolution, norm) {
  const scale = Float64Array.from(norm.weight, (weight, at) => weight / Math.sqrt((norm.variance[at] ?? NaN) + norm.epsilon));
  const filter = convolution.weight.length / scale.length;
  const of = (/** @type {Float32Array | Float64Array} */ values, /** @type {number} */ at) => values[at] ?? NaN;
  return {
    ...convolution,
    relu: norm.relu,
    weight: convolution.weight.map((value, at) => value * of(scale, Math.floor(at / filter))),
    bias: convolution.bias.map((value, at) => (value - of(norm.mean, at)) * of(scale, at) + of(norm.bias, at)),
  };
}
