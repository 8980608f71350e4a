// The same network with random weights, as before any training: He's initialisation, in the model file's own layout. The
// numbers are the same each time and in every browser. What an explanation still shows with them, it did not learn from the
// weights (Adebayo and others 2018, arXiv 1810.03292).

import { fetchFile } from './fetch.js';
import { ModelFileError, readModelFile, writeModelFile } from './model-file.js';

/** @import { Description, Input, Layer, TensorHeader } from './model-file.js' */

const SEED = 1;
/** How many numbers are made before the page gets a turn. */
const AT_ONCE = 1 << 18;
/** Two bytes a number: the upper half of a 32-bit float, which needs no rounding here. */
const HALF = 'BF16';
/** Types of floats by their bytes; tensors of integers stay as they are. @type {Record<string, number>} */
const BYTES = { F16: 2, BF16: 2, F32: 4, F64: 8 };
/** Activations that stop about half of what arrives, so that weights before them are larger by √2. */
const HALVES = new Set(['relu', 'leaky_relu', 'prelu', 'elu', 'selu', 'silu', 'gelu', 'mish', 'hard_swish', 'softplus']);
/** What may stand between a convolution and its activation. */
const PASSES_ON = new Set(['batch_norm', 'dropout']);

/**
 * The model file of a network, with random weights. What was downloaded before is not downloaded again.
 * @param {string | Blob} source
 * @param {AbortSignal} [signal]
 */
export async function randomFile(source, signal) {
  const file = source instanceof Blob ? source : await (await fetchFile(source, { cache: 'force-cache', signal: signal ?? null })).blob();
  return withRandomWeights(file, signal);
}

/**
 * A copy of a model file with random weights. Its name and title say so.
 * @param {Blob} file a relume model file
 * @param {AbortSignal} [signal]
 * @returns {Promise<Blob>} as long as the file, but for its header
 */
export async function withRandomWeights(file, signal) {
  const bytes = await file.arrayBuffer();
  signal?.throwIfAborted();
  const { header, description, numbers } = readModelFile(bytes);
  const next = generator(SEED);
  const layers = new Map(description.layers.map((layer) => [layer.name, layer]));
  // In the order of the file, so that each number has its place in the sequence.
  const tensors = Object.entries(header).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  for (const [name, tensor] of tensors) {
    const width = BYTES[tensor.dtype];
    if (width === undefined) continue;
    if (width === 2) tensor.dtype = HALF;
    const at = name.lastIndexOf('.');
    const layer = layers.get(name.slice(0, at));
    if (!layer) throw new ModelFileError(`The tensor "${name}" belongs to no layer.`);
    await fill(view(numbers, name, tensor), width, numbersOf(layer, name.slice(at + 1), tensor.shape, description, next), signal);
  }
  const renamed = {
    ...description,
    name: `${description.name}-random`,
    title: `${description.title} with random weights`,
    licence: 'CC0-1.0',
    source: `random numbers: He initialisation, seed ${SEED}`,
  };
  return writeModelFile(renamed, header, [numbers]);
}

/** @param {ArrayBuffer} numbers @param {string} name @param {TensorHeader} tensor */
function view(numbers, name, { data_offsets: [begin, end] }) {
  try {
    return new DataView(numbers, begin, end - begin);
  } catch (cause) {
    throw new ModelFileError(`The tensor "${name}" does not lie within the file.`, { cause });
  }
}

/**
 * What an untrained layer has in this tensor.
 * @param {Layer} layer @param {string} part of it: `weight`, `bias`, … @param {number[]} shape
 * @param {Description} description @param {() => number} next from −1 to 1
 * @returns {() => number} the next number of it
 */
function numbersOf(layer, part, shape, { input, layers }, next) {
  if (layer.kind === 'batch_norm') return () => (part === 'weight' || part === 'running_var' ? 1 : 0);
  if (layer.kind === 'prelu') return () => 0.25;
  if (part !== 'weight') return () => 0;
  const inputs = shape.slice(1).reduce((product, side) => product * side, 1);
  // Evenly distributed with He's variance: of logarithms and cosines, each browser has its own last digit.
  const bound = Math.sqrt((3 * (isHalved(layer.name, layers) ? 2 : 1)) / inputs);
  // He's weights suit inputs that vary by about 1. A network that takes bytes would answer in hundreds.
  const scale = layer.inputs.includes('input') ? spread(input) : 1;
  return () => (bound / scale) * next();
}

/** How much the input varies, if all colours are equally frequent. @param {Input} input */
function spread({ range: [low, high], std }) {
  const mean = std.reduce((sum, each) => sum + each, 0) / std.length;
  return (high - low) / Math.sqrt(12) / mean || 1;
}

/** Whether an activation that stops about half comes next. @param {string} name @param {Layer[]} layers */
function isHalved(name, layers) {
  let reached = name;
  for (const { name: after, kind, inputs } of layers) {
    if (!inputs.includes(reached)) continue;
    if (!PASSES_ON.has(kind)) return HALVES.has(kind);
    reached = after;
  }
  return false;
}

/** @param {DataView} into @param {number} width of a number, in bytes @param {() => number} number @param {AbortSignal} [signal] */
async function fill(into, width, number, signal) {
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  for (let i = 0; i < into.byteLength / width; i++) {
    if (i % AT_ONCE === AT_ONCE - 1) {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    }
    single[0] = number();
    if (width === 2) into.setUint16(2 * i, /** @type {number} */ (bits[0]) >>> 16, true);
    else if (width === 4) into.setUint32(4 * i, /** @type {number} */ (bits[0]), true);
    else into.setFloat64(8 * i, /** @type {number} */ (single[0]), true);
  }
}

/** Numbers from −1 to 1 by mulberry32, in whole-number arithmetic. @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
