// Writes arrays for numpy.load('map.npy'), in version 1.0 of NumPy's .npy format (NEP 1).

const ALIGNED = 64;
/** The magic string, two bytes for the version, two for the header's length. */
const PREFIX = 10;

/** @param {Float32Array} data in row-major order @param {readonly number[]} shape @returns {Blob} */
export function npy(data, shape) {
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const length = Math.ceil((PREFIX + words.length + 1) / ALIGNED) * ALIGNED - PREFIX;
  const head = new Uint8Array(PREFIX + length);
  head.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 0xff, length >> 8]);
  head.set(new TextEncoder().encode(`${words.padEnd(length - 1)}\n`), PREFIX);
  const numbers = new DataView(new ArrayBuffer(4 * data.length));
  // Little-endian on every machine, as the header says.
  data.forEach((value, i) => numbers.setFloat32(4 * i, value, true));
  return new Blob([head, numbers.buffer], { type: 'application/octet-stream' });
}
