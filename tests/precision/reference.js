// A network's run forward in 64-bit floats, straight from its model file: the definition of each layer and nothing else, to
// hold the engine's kernels against. It knows the layers that the paper's networks and SqueezeNet consist of.

/** @typedef {{ name: string, kind: string, inputs: string[], out_channels?: number, kernel?: [number, number],
 *    stride?: [number, number], padding?: [number, number, number, number], bias?: boolean, max?: number | null,
 *    ceil_mode?: boolean }} Layer */
/** Channels last: `[H, W, C]`. @typedef {{ data: Float64Array, height: number, width: number, channels: number }} Picture */

/** @param {number} half */
function fromHalf(half) {
  const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

export class Reference {
  /** @type {Layer[]} */
  layers;
  /** @type {[number, number, number]} */
  shape;
  /** @type {Map<string, Float64Array>} */
  #weights = new Map();

  /** @param {ArrayBuffer} file a model file, as docs/model-file.md describes it */
  constructor(file) {
    const view = new DataView(file);
    const length = Number(view.getBigUint64(0, true));
    const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
    ({
      layers: this.layers,
      input: { shape: this.shape },
    } = JSON.parse(metadata.relume));
    for (const [
      name,
      {
        dtype,
        data_offsets: [begin, end],
      },
    ] of Object.entries(tensors)) {
      const at = 8 + length + begin;
      const count = (end - begin) / (dtype === 'F16' ? 2 : 4);
      const number =
        dtype === 'F16'
          ? (/** @type {number} */ i) => fromHalf(view.getUint16(at + 2 * i, true))
          : (/** @type {number} */ i) => view.getFloat32(at + 4 * i, true);
      this.#weights.set(
        name,
        Float64Array.from({ length: count }, (_, i) => number(i)),
      );
    }
  }

  /**
   * What each layer puts out.
   * @param {Float32Array} input `[3, H, W]`, normalised
   * @returns {Map<string, Picture>}
   */
  run(input) {
    const [channels, height, width] = this.shape;
    const data = new Float64Array(input.length);
    for (let i = 0; i < input.length; i++) data[(i % (height * width)) * channels + Math.floor(i / (height * width))] = input[i] ?? NaN;
    /** @type {Map<string, Picture>} */
    const values = new Map([['input', { data, height, width, channels }]]);
    for (const layer of this.layers) {
      const inputs = layer.inputs.map((name) => values.get(name));
      const [x] = inputs;
      if (x === undefined || inputs.includes(undefined)) throw new Error(`${layer.name} has no input`);
      values.set(layer.name, layer.kind === 'concat' ? concatenated(/** @type {Picture[]} */ (inputs)) : this.#layer(layer, x));
    }
    return values;
  }

  /** @param {Layer} layer @param {Picture} x @returns {Picture} */
  #layer(layer, x) {
    switch (layer.kind) {
      case 'conv2d':
        return this.#convolution(layer, x);
      case 'relu':
        return { ...x, data: x.data.map((value) => Math.min(Math.max(value, 0), layer.max ?? Infinity)) };
      case 'dropout':
        return x;
      case 'max_pool2d':
        return pooled(layer, x);
      case 'global_avg_pool': {
        const data = new Float64Array(x.channels);
        x.data.forEach((value, i) => {
          data[i % x.channels] += value / (x.height * x.width);
        });
        return { data, height: 1, width: 1, channels: x.channels };
      }
      default:
        throw new Error(`${layer.name}: no definition of ${layer.kind} here`);
    }
  }

  /** @param {Layer} layer @param {Picture} x @returns {Picture} */
  #convolution(
    { name, out_channels: channels = 0, kernel: [kh, kw] = [1, 1], stride: [sy, sx] = [1, 1], padding = [0, 0, 0, 0], bias = true },
    x,
  ) {
    const [top, left, bottom, right] = padding;
    const height = Math.floor((x.height + top + bottom - kh) / sy) + 1;
    const width = Math.floor((x.width + left + right - kw) / sx) + 1;
    const given = this.#weights.get(`${name}.weight`) ?? new Float64Array();
    if (given.length !== channels * x.channels * kh * kw) throw new Error(`${name}: groups are not known here`);
    // [O, I, kh, kw] as [O, kh, kw, I], so that a pixel's channels meet theirs side by side.
    const weight = given.map((_, i) => {
      const [from, tap, to] = [i % x.channels, Math.floor(i / x.channels) % (kh * kw), Math.floor(i / (x.channels * kh * kw))];
      return given[(to * x.channels + from) * kh * kw + tap] ?? NaN;
    });
    const start = (bias && this.#weights.get(`${name}.bias`)) || new Float64Array(channels);
    const data = new Float64Array(height * width * channels);
    for (let y = 0; y < height; y++) {
      for (let column = 0; column < width; column++) {
        for (let to = 0; to < channels; to++) {
          let sum = /** @type {number} */ (start[to]);
          for (let tap = 0; tap < kh * kw; tap++) {
            const [from, at] = [y * sy - top + Math.floor(tap / kw), column * sx - left + (tap % kw)];
            if (from < 0 || from >= x.height || at < 0 || at >= x.width) continue;
            const [pixel, row] = [(from * x.width + at) * x.channels, (to * kh * kw + tap) * x.channels];
            for (let i = 0; i < x.channels; i++) sum += /** @type {number} */ (x.data[pixel + i]) * /** @type {number} */ (weight[row + i]);
          }
          data[(y * width + column) * channels + to] = sum;
        }
      }
    }
    return { data, height, width, channels };
  }
}

/** Each window's largest value. @param {Layer} layer @param {Picture} x @returns {Picture} */
function pooled({ kernel: [kh, kw] = [1, 1], stride: [sy, sx] = [1, 1], padding = [0, 0, 0, 0], ceil_mode: ceil = false }, x) {
  const [top, left, bottom, right] = padding;
  /** A last window that begins beyond the picture and the padding before it is left out. @param {number} size @param {number} before @param {number} after @param {number} kernel @param {number} stride */
  const windows = (size, before, after, kernel, stride) => {
    const steps = (size + before + after - kernel) / stride;
    const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    return (count - 1) * stride >= size + before ? count - 1 : count;
  };
  const [height, width] = [windows(x.height, top, bottom, kh, sy), windows(x.width, left, right, kw, sx)];
  const data = new Float64Array(height * width * x.channels).fill(-Infinity);
  for (let y = 0; y < height; y++) {
    for (let column = 0; column < width; column++) {
      for (let tap = 0; tap < kh * kw; tap++) {
        const [from, at] = [y * sy - top + Math.floor(tap / kw), column * sx - left + (tap % kw)];
        if (from < 0 || from >= x.height || at < 0 || at >= x.width) continue;
        for (let channel = 0; channel < x.channels; channel++) {
          const to = (y * width + column) * x.channels + channel;
          data[to] = Math.max(
            /** @type {number} */ (data[to]),
            /** @type {number} */ (x.data[(from * x.width + at) * x.channels + channel]),
          );
        }
      }
    }
  }
  return { data, height, width, channels: x.channels };
}

/** The channels of all, side by side. @param {Picture[]} pictures @returns {Picture} */
function concatenated(pictures) {
  const [{ height, width }] = /** @type {[Picture]} */ (pictures);
  const channels = pictures.reduce((sum, picture) => sum + picture.channels, 0);
  const data = new Float64Array(height * width * channels);
  let first = 0;
  for (const picture of pictures) {
    for (let pixel = 0; pixel < height * width; pixel++) {
      data.set(picture.data.subarray(pixel * picture.channels, (pixel + 1) * picture.channels), pixel * channels + first);
    }
    first += picture.channels;
  }
  return { data, height, width, channels };
}
