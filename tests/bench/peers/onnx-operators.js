// The operators as ONNX has them. Every value is [1, C, H, W]. ONNX knows no gradients: the way back is written out.

import { adjoint } from './adjoint.js';
import { Graph } from './onnx.js';
import { forward, guided } from './passes.js';

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./network.js').Convolution} Convolution */
/** @typedef {import('./network.js').Relu} Relu */

/** @param {Network} network @returns {Uint8Array<ArrayBuffer>} an ONNX file: picture to logits */
export function forwardFile(network) {
  return file(network, forward);
}

/** @param {Network} network @returns {Uint8Array<ArrayBuffer>} an ONNX file: picture to guided map of the top class */
export function guidedFile(network) {
  return file(network, guided);
}

/** @param {Network} network @param {typeof forward} pass */
function file(network, pass) {
  const graph = new Graph();
  const output = pass(network, operators(graph), 'input');
  const logits = network.steps.find(({ name }) => name === network.output)?.shape ?? [];
  return graph.file(
    { name: 'input', shape: [1, ...network.input.shape] },
    { name: output, shape: [1, ...(pass === forward ? logits : network.input.shape)] },
  );
}

/** @param {Graph} graph @returns {import('./passes.js').Operators<string>} */
function operators(graph) {
  /** @param {string} x @param {Relu | undefined} relu */
  const rectified = (x, relu) => {
    if (!relu) return x;
    return relu.max === undefined ? graph.node('Relu', [x]) : graph.node('Clip', [x, graph.scalar(0), graph.scalar(relu.max)]);
  };
  /** @param {string} x @param {number[]} shape */
  const reshaped = (x, shape) => graph.node('Reshape', [x, graph.integers([1, ...shape])]);

  return {
    conv2d(x, { name, from, shape, kernel, stride, padding, dilation, groups, weight, bias, relu }) {
      const weights = graph.floats(`${name}.weight`, [shape[0], from[0] / groups, ...kernel], () => weight);
      const biases = graph.floats(`${name}.bias`, [shape[0]], () => bias);
      const attributes = { kernel_shape: kernel, strides: stride, pads: padding, dilations: dilation, group: groups };
      return rectified(graph.node('Conv', [x, weights, biases], attributes), relu);
    },
    conv2dBack(r, step, clamp) {
      const back = step.stride[0] === 1 && step.stride[1] === 1 ? turned(graph, r, step) : transposed(graph, r, step);
      return clamp ? graph.node('Relu', [back]) : back;
    },
    linear(x, { name, from, shape, weight, bias, relu }) {
      const weights = graph.floats(`${name}.weight`, [shape[0], from[0]], () => weight);
      const biases = graph.floats(`${name}.bias`, [shape[0]], () => bias);
      const flat = graph.node('Gemm', [graph.node('Flatten', [x]), weights, biases], { transB: 1 });
      return rectified(reshaped(flat, shape), relu);
    },
    linearBack(r, { name, from, shape, weight }) {
      const weights = graph.floats(`${name}.weight`, [shape[0], from[0]], () => weight);
      return reshaped(graph.node('Gemm', [graph.node('Flatten', [r]), weights]), from);
    },
    relu: rectified,
    reluBack(y, r, { max }, clamped) {
      const positive = graph.node('Greater', [y, graph.scalar(0)]);
      const open = max === undefined ? positive : graph.node('And', [positive, graph.node('Less', [y, graph.scalar(max)])]);
      return graph.node('Where', [open, clamped ? r : graph.node('Relu', [r]), graph.scalar(0)]);
    },
    maxPool: (x, { kernel, stride, padding, dilation }) =>
      graph.node('MaxPool', [x], { kernel_shape: kernel, strides: stride, pads: padding, dilations: dilation }),
    avgPool: (x, { kernel, stride, padding, countsPadding }) =>
      graph.node('AveragePool', [x], { kernel_shape: kernel, strides: stride, pads: padding, count_include_pad: Number(countsPadding) }),
    globalAvgPool: (x) => graph.node('GlobalAveragePool', [x]),
    globalAvgPoolBack(r, { from }) {
      const share = graph.node('Mul', [r, graph.scalar(1 / (from[1] * from[2]))]);
      return graph.node('Expand', [share, graph.integers([1, ...from])]);
    },
    batchNorm(x, { name, shape, epsilon, weight, bias, mean, variance }) {
      const parts = Object.entries({ weight, bias, mean, variance });
      const tensors = parts.map(([part, values]) => graph.floats(`${name}.${part}`, [shape[0]], () => values));
      return graph.node('BatchNormalization', [x, ...tensors], { epsilon });
    },
    concat: (xs) => graph.node('Concat', xs, { axis: 1 }),
    flatten: (x, { shape }) => reshaped(x, shape),
    flattenBack: (r, { from }) => reshaped(r, from),
    add: (a, b) => graph.node('Add', [a, b]),
    top(logits, classes) {
      const index = graph.node('ArgMax', [graph.node('Flatten', [logits])], { axis: 1, keepdims: 0 });
      const offAndOn = graph.floats('off and on', [2], () => Float32Array.of(0, 1));
      return reshaped(graph.node('OneHot', [index, graph.integers(classes), offAndOn]), [classes, 1, 1]);
    },
  };
}

/**
 * Stride 1: a convolution with the kernel turned round. ONNX Runtime is faster at it than at ConvTranspose, and merges
 * the ReLU behind it.
 * @param {Graph} graph @param {string} r @param {Convolution} step
 */
function turned(graph, r, step) {
  const { kernel, padding, weight } = adjoint(step);
  const { name, from, shape, groups } = step;
  const [inGroup, outGroup] = [from[0] / groups, shape[0] / groups];
  const weights = graph.floats(`${name}.weight turned`, [from[0], outGroup, ...kernel], () => {
    const values = new Float32Array(from[0] * outGroup * kernel[0] * kernel[1]);
    let at = 0;
    for (let input = 0; input < from[0]; input++) {
      const first = Math.floor(input / inGroup) * outGroup;
      for (let output = first; output < first + outGroup; output++) {
        for (let y = 0; y < kernel[0]; y++) for (let x = 0; x < kernel[1]; x++) values[at++] = weight(0, output, input % inGroup, y, x);
      }
    }
    return values;
  });
  return graph.node('Conv', [r, weights], { kernel_shape: [...kernel], pads: [...padding], group: groups });
}

/**
 * Any other stride: the transposed convolution with the very same weights. It leaves out the last rows and columns that
 * the stride steps over; `output_padding` puts them back.
 * @param {Graph} graph @param {string} r @param {Convolution} step
 */
function transposed(graph, r, { name, from, shape, kernel, stride, padding, dilation, groups, weight }) {
  const weights = graph.floats(`${name}.weight`, [shape[0], from[0] / groups, ...kernel], () => weight);
  const missing = [0, 1].map((axis) => {
    const [inputs, outputs] = [from[axis + 1] ?? 0, shape[axis + 1] ?? 0];
    const reached = (stride[axis] ?? 1) * (outputs - 1) + (dilation[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
    return inputs - (reached - (padding[axis] ?? 0) - (padding[axis + 2] ?? 0));
  });
  return graph.node('ConvTranspose', [r, weights], {
    kernel_shape: kernel,
    strides: stride,
    pads: padding,
    dilations: dilation,
    group: groups,
    output_padding: missing,
  });
}
