// A small made-up network, as a model file, that has every kind of layer whose kernel takes time. Browsers first run WebAssembly as
// their fast compiler left it, and compile what is used much once more; a network's first pass then takes three to four times as long
// as its second. Where a worker has nothing to do but wait for a network, it runs this one meanwhile.

const SIDE = 64;
const CHANNELS = 64;
const CLASSES = 16;

/** @typedef {{ name: string, kind: string, inputs: string[] } & Record<string, unknown>} Layer */

/** @returns {Uint8Array} */
export function warmUpNetwork() {
  const { layers, shapes } = describe();
  const description = {
    format: 1,
    name: 'warm-up',
    title: 'Warm-up',
    licence: 'CC0-1.0',
    source: 'made up',
    input: { shape: [3, SIDE, SIDE], range: [0, 1], mean: [0, 0, 0], std: [1, 1, 1], crop: 1 },
    classes: Array.from({ length: CLASSES }, (_, index) => `class ${index}`),
    layers,
  };
  /** @type {Record<string, unknown>} */
  const header = { __metadata__: { relume: JSON.stringify(description) } };
  let length = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const end = length + 4 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [length, end] };
    length = end;
  }
  // The numbers begin at a multiple of eight bytes.
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text.padEnd(8 * Math.ceil(text.length / 8)));
  const file = new Uint8Array(8 + json.length + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  // Small numbers of either sign: a signal comes through every layer, and none grows.
  const weights = new Float32Array(file.buffer, 8 + json.length, length / 4);
  for (let index = 0; index < weights.length; index++) weights[index] = ((index * 7919) % 1009) / 10090 - 0.05;
  return file;
}

/** The layers, and the shape of each of their tensors. */
function describe() {
  /** @type {Layer[]} */
  const layers = [];
  /** @type {Record<string, number[]>} */
  const shapes = {};
  let last = 'input';
  /** @param {string} kind @param {Record<string, unknown>} [fields] @param {string[]} [inputs] */
  const add = (kind, fields = {}, inputs = [last]) => {
    last = `${kind}-${layers.length}`;
    layers.push({ name: last, kind, inputs, ...fields });
    return last;
  };
  /**
   * A convolution and a ReLU.
   * @param {number} channels that go in
   * @param {number} kernel
   * @param {{ out?: number, stride?: number, groups?: number, from?: string }} [settings]
   */
  const convolve = (channels, kernel, { out = CHANNELS, stride = 1, groups = 1, from = last } = {}) => {
    const padding = Array(4).fill((kernel - 1) / 2);
    const name = add('conv2d', { out_channels: out, kernel: [kernel, kernel], stride: [stride, stride], padding, groups }, [from]);
    shapes[`${name}.weight`] = [out, channels / groups, kernel, kernel];
    shapes[`${name}.bias`] = [out];
    return add('relu');
  };

  const first = convolve(3, 3, { stride: 2 });
  // On a plane large enough for Winograd's algorithm; the one below is too small.
  const strided = convolve(CHANNELS, 3, { stride: 2 });
  add('max_pool2d', { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] }, [first]);
  add('add', {}, [last, strided]);
  const narrow = convolve(CHANNELS, 1, { out: 16 });
  add('concat', {}, [convolve(16, 1, { from: narrow }), convolve(16, 3, { from: narrow })]);
  convolve(2 * CHANNELS, 1);
  convolve(CHANNELS, 3, { groups: CHANNELS });
  convolve(CHANNELS, 5, { groups: CHANNELS });
  convolve(CHANNELS, 3, { groups: 8 });
  const before = last;
  convolve(CHANNELS, 3);
  add('add', {}, [last, before]);
  convolve(CHANNELS, 3, { stride: 2 });
  // On so small a plane Winograd's backward pass goes another way.
  convolve(CHANNELS, 3);
  convolve(CHANNELS, 3, { groups: CHANNELS, stride: 2 });
  add('avg_pool2d', { kernel: [2, 2], stride: [1, 1] });
  add('global_avg_pool');
  const linear = add('linear', { out_features: CLASSES });
  shapes[`${linear}.weight`] = [CLASSES, CHANNELS];
  shapes[`${linear}.bias`] = [CLASSES];
  return { layers, shapes };
}
