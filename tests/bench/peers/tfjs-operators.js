// The operators as TensorFlow.js has them, made of what its wasm backend can do fast. Every value is [1, H, W, C].
// The backend has no gradient of a depthwise convolution, and a slow one of the others: the way back is made of
// convolutions forward.

import { adjoint } from './adjoint.js';
import { Unsupported } from './unsupported.js';

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./network.js').Convolution} Convolution */
/** @typedef {import('./network.js').Linear} Linear */
/** @typedef {import('./network.js').Relu} Relu */
/** @typedef {any} Tensor */
/** @typedef {{ filter: Tensor, bias: Tensor, pad: Padding, dilation: [number, number] }} Forward */
/** @typedef {{ rows: Tensor[][], pad: Padding, stride: number }} Back `rows`: for each phase of the rows the filters whose
 *   results, one after the other along the channels, are all phases of the columns */
/** @typedef {[[0, 0], [number, number], [number, number], [0, 0]]} Padding */

/**
 * What the operators need of each step, made once: loading a model is not what is measured.
 * @param {any} tf
 * @param {Network} network
 * @param {boolean} backward whether the way back is needed too
 */
function prepared(tf, network, backward) {
  /** @type {Map<string, Forward>} */
  const there = new Map();
  /** @type {Map<string, Back>} */
  const back = new Map();
  /** @type {Map<string, { weight: Tensor | undefined, turned: Tensor, bias: Tensor }>} */
  const linear = new Map();
  /** Mean, variance, offset and scale. @type {Map<string, Tensor[]>} */
  const norms = new Map();
  for (const step of network.steps) {
    if (step.kind === 'conv2d') {
      there.set(step.name, forwardOf(tf, step));
      if (backward) back.set(step.name, backOf(tf, step));
    } else if (step.kind === 'linear') {
      // Transposed here: `transposeB` is slower, and with a bias fused into it gives wrong numbers.
      const weight = tf.tensor2d(step.weight, [step.shape[0], step.from[0]]);
      linear.set(step.name, { weight: backward ? weight : undefined, turned: tf.transpose(weight), bias: tf.tensor1d(step.bias) });
      if (!backward) weight.dispose();
    } else if (step.kind === 'batch_norm') {
      norms.set(
        step.name,
        [step.mean, step.variance, step.bias, step.weight].map((values) => tf.tensor1d(values)),
      );
    }
  }
  return { there, back, linear, norms };
}

/** @param {Convolution} step @returns {boolean} */
function isDepthwise({ name, groups, from, shape }) {
  if (groups === 1) return false;
  if (groups === from[0] && groups === shape[0]) return true;
  throw new Unsupported(`${name}: it has no convolution in ${groups} groups`);
}

/** @param {readonly [number, number, number, number]} padding @returns {Padding} */
function explicit([top, left, bottom, right]) {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** @param {any} tf @param {Convolution} step @returns {Forward} */
function forwardOf(tf, step) {
  const { from, shape, kernel, groups, weight, bias, padding, dilation } = step;
  const order = isDepthwise(step) ? [2, 3, 0, 1] : [2, 3, 1, 0];
  const filter = tf.tidy(() => tf.tensor4d(weight, [shape[0], from[0] / groups, ...kernel]).transpose(order));
  return { filter, bias: tf.tensor1d(bias), pad: explicit(padding), dilation };
}

/** @param {any} tf @param {Convolution} step @returns {Back} */
function backOf(tf, step) {
  if (step.stride[0] !== step.stride[1]) throw new Error(`${step.name}: two strides are not written for TensorFlow.js`);
  const {
    kernel: [height, width],
    padding,
    weight,
  } = adjoint(step);
  const [inputs, outputs] = [step.from[0], step.shape[0]];
  /** @param {number[]} shape @param {(y: number, x: number, i: number, j: number) => number} value */
  const filled = (shape, value) => {
    const [, , from = 0, to = 0] = shape;
    const values = Float32Array.from({ length: height * width * from * to }, (_, at) => {
      const place = Math.floor(at / to / from);
      return value(Math.floor(place / width), place % width, Math.floor(at / to) % from, at % to);
    });
    return tf.tensor4d(values, shape);
  };
  const stride = step.stride[0];
  const rows = Array.from({ length: stride }, (_, row) =>
    isDepthwise(step)
      ? Array.from({ length: stride }, (_, column) =>
          filled([height, width, outputs, 1], (y, x, channel) => weight(row * stride + column, channel, 0, y, x)),
        )
      : [
          filled([height, width, outputs, stride * inputs], (y, x, output, i) =>
            weight(row * stride + Math.floor(i / inputs), output, i % inputs, y, x),
          ),
        ],
  );
  return { rows, pad: explicit(padding), stride };
}

/**
 * @param {any} tf
 * @param {Network} network
 * @param {boolean} backward whether the way back is needed too
 * @returns {import('./passes.js').Operators<Tensor>}
 */
export function operators(tf, network, backward) {
  const { there, back, linear, norms } = prepared(tf, network, backward);
  /** @param {Relu | undefined} relu */
  const activation = (relu) => {
    if (!relu) return 'linear';
    if (relu.max !== undefined && relu.max !== 6) throw new Error(`a ReLU up to ${relu.max} is not written for TensorFlow.js`);
    return relu.max === 6 ? 'relu6' : 'relu';
  };
  /** @param {Tensor} x @param {Relu | undefined} relu */
  const rectified = (x, relu) => (relu ? tf[activation(relu)](x) : x);

  /**
   * Depth to space, which the backend does far slower than this: the phases of the columns lie side by side as they are,
   * and the rows are put between each other one whole row at a time.
   * @param {Tensor[]} phases of the rows
   * @param {number} stride
   * @param {import('./network.js').Shape} shape
   */
  const interleaved = (phases, stride, [channels, height, width]) => {
    const [, rows, columns] = phases[0].shape;
    const lines = phases.map((phase) => tf.reshape(phase, [rows, columns * stride * channels]));
    const whole = tf.reshape(tf.concat(lines, 1), [1, rows * stride, columns * stride, channels]);
    return rows * stride === height && columns * stride === width ? whole : tf.slice(whole, [0, 0, 0, 0], [1, height, width, channels]);
  };

  return {
    conv2d(x, step) {
      const { filter, bias, pad, dilation } = /** @type {Forward} */ (there.get(step.name));
      const options = { x, filter, bias, strides: step.stride, pad, dilations: dilation, activation: activation(step.relu) };
      return isDepthwise(step) ? tf.fused.depthwiseConv2d(options) : tf.fused.conv2d(options);
    },
    conv2dBack(x, step, clamp) {
      const { rows, pad, stride } = /** @type {Back} */ (back.get(step.name));
      const convolution = isDepthwise(step) ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
      const phases = rows.map((filters) => {
        const parts = filters.map((filter) => convolution({ x, filter, strides: 1, pad, activation: clamp ? 'relu' : 'linear' }));
        return parts.length === 1 ? parts[0] : tf.concat(parts, 3);
      });
      return stride === 1 ? phases[0] : interleaved(phases, stride, step.from);
    },
    linear(x, { name, from, shape, relu }) {
      const { turned, bias } = /** @type {{ turned: Tensor, bias: Tensor }} */ (linear.get(name));
      const flat = tf.fused.matMul({ a: tf.reshape(x, [1, from[0]]), b: turned, bias, activation: activation(relu) });
      return tf.reshape(flat, [1, 1, 1, shape[0]]);
    },
    linearBack(r, { name, from, shape }) {
      return tf.reshape(tf.matMul(tf.reshape(r, [1, shape[0]]), linear.get(name)?.weight), [1, 1, 1, from[0]]);
    },
    relu: rectified,
    reluBack(y, r, { max }, clamped) {
      // y (max − y) is above zero exactly where y lies between the two: cheaper here than comparing and selecting.
      const inside = max === undefined ? y : tf.mul(y, tf.sub(max, y));
      return tf.mul(clamped ? r : tf.relu(r), tf.step(inside));
    },
    maxPool(x, step) {
      if (step.dilation.some((by) => by !== 1)) throw new Unsupported(`${step.name}: it has no dilated pooling`);
      return tf.maxPool(x, step.kernel, step.stride, explicit(step.padding));
    },
    // It never counts padding by itself.
    avgPool: (x, { kernel, stride, padding, countsPadding }) =>
      countsPadding ? tf.avgPool(tf.pad(x, explicit(padding)), kernel, stride, 'valid') : tf.avgPool(x, kernel, stride, explicit(padding)),
    batchNorm: (x, { name, epsilon }) => tf.batchNorm(x, ...(norms.get(name) ?? []), epsilon),
    concat: (xs) => tf.concat(xs, 3),
    globalAvgPool: (x) => tf.mean(x, [1, 2], true),
    // Spread out by a multiplication, which is far faster here than `tile`.
    globalAvgPoolBack: (r, { from: [, height, width] }) => tf.mul(r, tf.fill([1, height, width, 1], 1 / (height * width))),
    flatten: (x, { shape }) => tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [1, 1, 1, shape[0]]),
    flattenBack: (r, { from }) => tf.transpose(tf.reshape(r, [1, ...from]), [0, 2, 3, 1]),
    add: (a, b) => tf.add(a, b),
    top: (logits, classes) => tf.cast(tf.oneHot(tf.argMax(logits, 3), classes), 'float32'),
  };
}

/**
 * The operators forward as someone writes them who leaves the way back to TensorFlow.js, all but the rule: layers that
 * are not merged, because merged ones have only their own gradient, and a ReLU with the guided rule as its gradient.
 * @param {any} tf
 * @param {import('./passes.js').Operators<Tensor>} on
 * @param {Network} network
 * @returns {import('./passes.js').Operators<Tensor>}
 */
export function differentiable(tf, on, network) {
  /** @type {Map<string, Forward>} */
  const there = new Map(network.steps.flatMap((step) => (step.kind === 'conv2d' ? [[step.name, forwardOf(tf, step)]] : [])));
  /** @param {Tensor} x @param {Relu} relu */
  const guidedRelu = (x, relu) =>
    tf.customGrad((/** @type {Tensor} */ input, /** @type {any} */ save) => {
      const y = on.relu(input, relu);
      save([y]);
      return { value: y, gradFunc: (/** @type {Tensor} */ r, /** @type {Tensor[]} */ [saved]) => on.reluBack(saved, r, relu, false) };
    })(x);
  return {
    ...on,
    relu: guidedRelu,
    conv2d(x, step) {
      const { filter, bias, pad, dilation } = /** @type {Forward} */ (there.get(step.name));
      const convolved = isDepthwise(step)
        ? tf.depthwiseConv2d(x, filter, step.stride, pad, 'NHWC', dilation)
        : tf.conv2d(x, filter, step.stride, pad, 'NHWC', dilation);
      const sum = tf.add(convolved, bias);
      return step.relu ? guidedRelu(sum, step.relu) : sum;
    },
  };
}
