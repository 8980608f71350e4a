// A model file (docs/model-file.md) as the peers need it: the weights as 32-bit numbers, and the layers as steps with
// their shapes. Only the kinds of layers that the measured networks have; any other is refused by name.

import { poolGeometry, windows } from './windows.js';

/** @typedef {[channels: number, height: number, width: number]} Shape */
/** @typedef {{ max: number | undefined }} Relu `max`: 6 for ReLU6 */
/** @typedef {{ name: string, inputs: string[], from: Shape, shape: Shape, relu: Relu | undefined }} Common
 *   `from`: the shape of the first input; `relu`: what is applied to the step's own result before it is passed on */
/** @typedef {Common & { kind: 'conv2d', kernel: [number, number], stride: [number, number],
 *   padding: [number, number, number, number], dilation: [number, number], groups: number,
 *   weight: Float32Array, bias: Float32Array }} Convolution `padding`: top, left, bottom, right */
/** @typedef {Common & { kind: 'linear', weight: Float32Array, bias: Float32Array }} Linear */
/** @typedef {Common & import('./windows.js').PoolGeometry & { kind: 'max_pool2d' | 'avg_pool2d' }} Pool */
/** @typedef {Common & { kind: 'batch_norm', epsilon: number, weight: Float32Array, bias: Float32Array,
 *   mean: Float32Array, variance: Float32Array }} BatchNorm */
/** @typedef {Common & { kind: 'relu' | 'global_avg_pool' | 'add' | 'concat' | 'flatten' }} Plain */
/** @typedef {Convolution | Linear | Pool | BatchNorm | Plain} Step */
/** @typedef {{ shape: Shape, range: [number, number], mean: number[], std: number[], crop: number }} Input what becomes of a picture */
/** @typedef {{ name: string, input: Input, steps: Step[], output: string }} Network `output`: the step with the logits */

/**
 * @param {ArrayBuffer} file
 * @returns {Network}
 */
export function readNetwork(file) {
  const { described, tensor } = open(file);
  const shapes = new Map([['input', /** @type {Shape} */ (described.input.shape)]]);
  /** What a layer that does nothing here passes on is its input's. @type {Map<string, string>} */
  const aliases = new Map();
  /** @type {Map<string, Step>} */
  const steps = new Map();
  for (const layer of described.layers) {
    const inputs = layer.inputs.map((/** @type {string} */ name) => aliases.get(name) ?? name);
    const before = steps.get(inputs[0]);
    if (layer.kind === 'dropout' || layer.kind === 'softmax') {
      // A softmax can only be the last layer, and what is compared and explained are the logits before it.
      aliases.set(layer.name, inputs[0]);
    } else if (layer.kind === 'relu' && before && before.relu === undefined && readers(described.layers, layer.inputs[0]) === 1) {
      // Every library here computes a layer and its ReLU in one go, where nobody else wants to see between them.
      before.relu = { max: layer.max };
      aliases.set(layer.name, before.name);
    } else {
      const from = inputs.map((/** @type {string} */ name) => {
        const shape = shapes.get(name);
        if (!shape) throw new Error(`${layer.name}: no layer ${name}`);
        return shape;
      });
      const step = stepOf(layer, inputs, from, tensor);
      steps.set(step.name, step);
      shapes.set(step.name, step.shape);
    }
  }
  const last = described.layers.at(-1).name;
  return { name: described.name, input: described.input, steps: [...steps.values()], output: aliases.get(last) ?? last };
}

/** How many layers read this one. @param {{ inputs: string[] }[]} layers @param {string} name */
function readers(layers, name) {
  return layers.filter(({ inputs }) => inputs.includes(name)).length;
}

/**
 * @param {any} layer as the file has it
 * @param {string[]} inputs
 * @param {Shape[]} shapes of the inputs
 * @param {(name: string) => Float32Array | undefined} tensor
 * @returns {Step}
 */
function stepOf(layer, inputs, shapes, tensor) {
  const { name, kind } = layer;
  const [from = /** @type {Shape} */ ([0, 0, 0])] = shapes;
  /** @param {Shape} shape */
  const common = (shape) => ({ name, inputs, from, shape, relu: undefined });
  /** @param {string} part */
  const needed = (part) => {
    const values = tensor(`${name}.${part}`);
    if (!values) throw new Error(`${name} has no ${part}`);
    return values;
  };
  /** @param {number} outputs */
  const weights = (outputs) => ({ weight: needed('weight'), bias: tensor(`${name}.bias`) ?? new Float32Array(outputs) });
  const [channels, height, width] = from;
  switch (kind) {
    case 'conv2d': {
      const { out_channels, kernel, stride = [1, 1], padding = [0, 0, 0, 0], dilation = [1, 1], groups = 1 } = layer;
      const [top, left, bottom, right] = padding;
      const rows = windows(height + top + bottom, kernel[0], stride[0], dilation[0]);
      const columns = windows(width + left + right, kernel[1], stride[1], dilation[1]);
      return { ...common([out_channels, rows, columns]), kind, kernel, stride, padding, dilation, groups, ...weights(out_channels) };
    }
    case 'linear':
      return { ...common([layer.out_features, 1, 1]), kind, ...weights(layer.out_features) };
    case 'relu':
      return { ...common(from), kind, relu: { max: layer.max } };
    case 'max_pool2d':
    case 'avg_pool2d': {
      const { rows, columns, ...geometry } = poolGeometry(layer, height, width);
      return { ...common([channels, rows, columns]), kind, ...geometry };
    }
    case 'batch_norm': {
      const { epsilon = 1e-5 } = layer;
      return { ...common(from), kind, epsilon, ...weights(channels), mean: needed('running_mean'), variance: needed('running_var') };
    }
    case 'global_avg_pool':
      return { ...common([channels, 1, 1]), kind };
    case 'add':
      return { ...common(from), kind };
    case 'concat':
      return { ...common([shapes.reduce((sum, [more]) => sum + more, 0), height, width]), kind };
    case 'flatten':
      return { ...common([channels * height * width, 1, 1]), kind };
    default:
      throw new Error(`${name} is a ${kind}, and that is not written for the peers`);
  }
}

/** @param {ArrayBuffer} file */
function open(file) {
  const length = Number(new DataView(file).getBigUint64(0, true));
  const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
  /** @param {string} name @returns {Float32Array | undefined} */
  const tensor = (name) => {
    if (!(name in entries)) return undefined;
    const {
      dtype,
      data_offsets: [begin, end],
    } = entries[name];
    const bytes = file.slice(8 + length + begin, 8 + length + end);
    if (dtype === 'F32') return new Float32Array(bytes);
    if (dtype === 'F16') return Float32Array.from(new Uint16Array(bytes), single);
    throw new Error(`${name} is ${dtype}`);
  };
  return { described: JSON.parse(metadata.relume), tensor };
}

/** The value of a 16-bit floating point number; a model file holds no infinity and no NaN. @param {number} bits */
function single(bits) {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -magnitude : magnitude;
}
