// The operators forward as TensorFlow Lite has them. Every value is [1, H, W, C], the result of a fully connected layer [1, C].

import { foldedBatchNorm } from './fold-batch-norm.js';
import { forward } from './passes.js';
import { Graph, byte, flag, int } from './tflite.js';
import { Unsupported } from './unsupported.js';

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./network.js').Shape} Shape */
/** @typedef {{ name: string, from: Shape, shape: Shape, kernel: [number, number], stride: [number, number],
 *   padding: [number, number, number, number], dilation: [number, number] }} Windows */

const SAME = 0;
const VALID = 1;

/**
 * @param {Network} given
 * @param {new (bytes: number) => any} Builder of flatbuffers
 * @returns {Uint8Array} a TensorFlow Lite file: picture to logits
 */
export function forwardFile(given, Builder) {
  const network = foldedBatchNorm(given);
  const graph = new Graph();
  const input = graph.tensor(last(network.input.shape));
  return graph.file(input, forward(network, operators(graph), input), Builder);
}

/** With the channels last. @param {Shape} shape */
function last([channels, height, width]) {
  return [1, height, width, channels];
}

/** @param {Graph} graph @returns {import('./passes.js').Operators<number>} */
function operators(graph) {
  const integers = (/** @type {number[]} */ values, shape = [values.length]) => graph.tensor(shape, Int32Array.from(values));
  /** @param {number} x @param {import('./network.js').Relu | undefined} relu */
  const rectified = (x, relu) => {
    if (!relu) return x;
    if (relu.max !== undefined && relu.max !== 6) throw new Unsupported(`it has no ReLU up to ${relu.max}`);
    return graph.node(relu.max === 6 ? 'RELU6' : 'RELU', [x], graph.shape(x));
  };
  const reshaped = (/** @type {number} */ x, /** @type {number[]} */ shape) => graph.node('RESHAPE', [x, integers(shape)], shape);

  /** Its padding is by name, and an average never counts it; any other is an operator before. @param {number} x
   *  @param {Windows & { countsPadding?: boolean }} step */
  const padded = (x, { from, shape, kernel, stride, padding: [top, left, bottom, right], dilation, countsPadding = false }) => {
    const same = [0, 1].flatMap((axis) => {
      const reach = (dilation[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
      const [inputs = 0, step = 1] = [from[axis + 1], stride[axis]];
      const count = Math.ceil(inputs / step);
      const total = Math.max((count - 1) * step + reach - inputs, 0);
      return [Math.floor(total / 2), Math.ceil(total / 2), count === shape[axis + 1]];
    });
    if (!countsPadding && String(same) === String([top, bottom, true, left, right, true])) return { x, padding: SAME };
    if (top + left + bottom + right === 0) return { x, padding: VALID };
    const [, height = 0, width = 0, channels = 0] = graph.shape(x);
    const sides = integers([0, 0, top, bottom, left, right, 0, 0], [4, 2]);
    return { x: graph.node('PAD', [x, sides], [1, height + top + bottom, width + left + right, channels]), padding: VALID };
  };
  /** @param {'MAX_POOL_2D' | 'AVERAGE_POOL_2D'} operator @param {number} x @param {import('./network.js').Pool} step */
  const pooled = (operator, x, step) => {
    const { name, shape, kernel, stride, dilation, countsPadding } = step;
    if (dilation.some((by) => by !== 1)) throw new Unsupported(`${name}: it has no dilated pooling`);
    const { x: whole, padding } = padded(x, step);
    if (operator === 'AVERAGE_POOL_2D' && whole !== x && !countsPadding) throw new Error(`${name}: this padding is not written`);
    const options = { 0: byte(padding), 1: int(stride[1]), 2: int(stride[0]), 3: int(kernel[1]), 4: int(kernel[0]) };
    return graph.node(operator, [whole], last(shape), options);
  };

  return {
    conv2d(x, step) {
      const { name, from, shape, kernel, stride, dilation, groups, weight, bias, relu } = step;
      const depthwise = groups > 1 && groups === from[0];
      if (depthwise && groups !== shape[0]) throw new Error(`${name}: several channels out of each are not written`);
      const { x: whole, padding } = padded(x, step);
      const [outputs, inputs] = depthwise ? [1, shape[0]] : [shape[0], from[0] / groups];
      const places = kernel[0] * kernel[1];
      // From [outputs, inputs, place] to [outputs, place, inputs]; depthwise those of all channels are side by side.
      const turned = weight.map((_, at) => {
        const [input, place, output] = [at % inputs, Math.floor(at / inputs) % places, Math.floor(at / inputs / places)];
        return weight[(output * inputs + input) * places + place] ?? NaN;
      });
      const filter = graph.tensor([outputs, ...kernel, inputs], turned);
      const strides = { 0: byte(padding), 1: int(stride[1]), 2: int(stride[0]) };
      const options = depthwise
        ? { ...strides, 3: int(1), 5: int(dilation[1]), 6: int(dilation[0]) }
        : { ...strides, 4: int(dilation[1]), 5: int(dilation[0]) };
      const operator = depthwise ? 'DEPTHWISE_CONV_2D' : 'CONV_2D';
      return rectified(graph.node(operator, [whole, filter, graph.tensor([shape[0]], bias)], last(shape), options), relu);
    },
    linear(x, { from, shape, weight, bias, relu }) {
      const flat = graph.shape(x).length === 2 ? x : reshaped(x, [1, from[0]]);
      const constants = [graph.tensor([shape[0], from[0]], weight), graph.tensor([shape[0]], bias)];
      return rectified(graph.node('FULLY_CONNECTED', [flat, ...constants], [1, shape[0]]), relu);
    },
    relu: rectified,
    // Around a ReLU's output zeros are as good as nothing. Were they not, the answers, which are compared, would tell.
    maxPool: (x, step) => pooled('MAX_POOL_2D', x, step),
    avgPool: (x, step) => pooled('AVERAGE_POOL_2D', x, step),
    globalAvgPool: (x, { shape }) => graph.node('MEAN', [x, integers([1, 2])], last(shape), { 0: flag(true) }),
    concat(xs) {
      const [, height = 0, width = 0] = graph.shape(xs[0] ?? 0);
      const channels = xs.reduce((sum, x) => sum + (graph.shape(x)[3] ?? 0), 0);
      return graph.node('CONCATENATION', xs, [1, height, width, channels], { 0: int(3) });
    },
    flatten(x, { from, shape }) {
      const [channels, height, width] = from;
      const first = height * width === 1 ? x : graph.node('TRANSPOSE', [x, integers([0, 3, 1, 2])], [1, channels, height, width]);
      return reshaped(first, last(shape));
    },
    add: (a, b) => graph.node('ADD', [a, b], graph.shape(a)),
    batchNorm(_, { name }) {
      throw new Error(`${name}: a BatchNorm without a convolution before it is not written`);
    },
    ...{ conv2dBack: none, linearBack: none, reluBack: none, globalAvgPoolBack: none, flattenBack: none, top: none },
  };
}

/** @returns {never} */
function none() {
  throw new Error('the way back is not written for TensorFlow Lite');
}
