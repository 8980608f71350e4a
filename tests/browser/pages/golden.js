// Compares the package's maps with those of PyTorch and Captum, as tests/goldens/check.rs does outside the browser.

/** @typedef {import('../../../pkg/index.js').Model} Model */
/** @typedef {import('../../../pkg/index.js').Rule} Rule */
/** @typedef {import('../../../pkg/index.js').Target} Target */
/** @typedef {{ layer: string, channel: number, at: number[], value: number }} Unit */

/**
 * Runs a golden's input and compares the logits and every map.
 * @param {Model} model
 * @param {Blob} file the golden
 * @param {{ input?: Float32Array, rules: readonly string[] }} options `input`: where the golden holds none
 * @returns {Promise<{ name: string, apart: number, unit: string, expected: string }[]>} for each array its largest
 *   difference relative to its largest magnitude, and the unit it was computed for beside the golden's
 */
export async function against(model, file, { input, rules }) {
  const { arrays, about } = await read(file);
  const trace = await model.forward(input ?? array(arrays, 'input').slice());
  const found = [{ name: 'logits', apart: difference(trace.logits, array(arrays, 'logits')), unit: '', expected: '' }];
  for (const [name, expected] of arrays) {
    const [rule = '', text = ''] = name.split('/');
    if (!rules.includes(rule)) continue;
    const map = await trace.explain({ method: /** @type {Rule} */ (rule), target: target(text) });
    const data = about.kept === null ? map.data : middle(map.data, map.shape, about.kept);
    const apart = difference(data, expected);
    // A map that is zero has a warning.
    const silent = map.data.every((value) => value === 0) !== (map.warning?.code === 'zero-gradient');
    found.push({ name, apart: silent ? Infinity : apart, unit: place(map.target), expected: place(about.targets[text]) });
  }
  trace.close();
  return found;
}

/** @param {Unit | undefined} unit */
function place(unit) {
  return unit ? `${unit.layer}:${unit.channel}@${unit.at}` : 'not in the golden';
}

/** `class:K`, `LAYER:CHANNEL` or `LAYER:CHANNEL@Y,X`. @param {string} text @returns {Target} */
function target(text) {
  const [layer = '', unit = ''] = text.split(':');
  if (layer === 'class') return { class: Number(unit) };
  const [channel, position] = unit.split('@');
  if (position === undefined) return { layer, channel: Number(channel) };
  const [y = NaN, x = NaN] = position.split(',').map(Number);
  return { layer, channel: Number(channel), at: [y, x] };
}

/** The largest difference, relative to the largest magnitude that is expected. @param {ArrayLike<number>} found @param {ArrayLike<number>} expected */
export function difference(found, expected) {
  if (found.length !== expected.length) return Infinity;
  let apart = 0;
  let largest = 0;
  for (let i = 0; i < found.length; i++) {
    const wanted = expected[i] ?? NaN;
    const distance = Math.abs((found[i] ?? NaN) - wanted);
    // NaN must not slip through a comparison.
    if (!(distance <= apart)) apart = Number.isNaN(distance) ? Infinity : distance;
    largest = Math.max(largest, Math.abs(wanted));
  }
  // A map that is zero must be zero, not small.
  return largest === 0 ? (apart === 0 ? 0 : Infinity) : apart / largest;
}

/** The square of this side in the middle. @param {Float32Array} values @param {readonly number[]} shape @param {number} side */
export function middle(values, [channels = 0, height = 0, width = 0], side) {
  const top = Math.floor((height - side) / 2);
  const left = Math.floor((width - side) / 2);
  return Float32Array.from({ length: channels * side * side }, (_, i) => {
    const channel = Math.floor(i / side / side);
    const row = top + (Math.floor(i / side) % side);
    return values[(channel * height + row) * width + left + (i % side)] ?? NaN;
  });
}

/** @param {Map<string, Float32Array>} arrays @param {string} name */
function array(arrays, name) {
  const found = arrays.get(name);
  if (!found) throw new Error(`the golden holds no ${name}`);
  return found;
}

/**
 * A golden's arrays, and what it says about itself.
 * @param {Blob} file
 * @returns {Promise<{ arrays: Map<string, Float32Array>, about: { kept: number | null, targets: Record<string, Unit> } }>}
 */
async function read(file) {
  const { arrays, metadata } = tensors(await file.arrayBuffer());
  return { arrays, about: JSON.parse(metadata?.golden) };
}

/**
 * The arrays of a safetensors file, all of them f32.
 * @param {ArrayBuffer} bytes
 * @returns {{ arrays: Map<string, Float32Array>, metadata: any }}
 */
export function tensors(bytes) {
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
  const arrays = new Map();
  for (const [
    name,
    {
      dtype,
      data_offsets: [begin, end],
    },
  ] of Object.entries(entries)) {
    if (dtype !== 'F32') throw new Error(`${name} is ${dtype}`);
    arrays.set(name, new Float32Array(bytes.slice(8 + length + begin, 8 + length + end)));
  }
  return { arrays, metadata };
}
