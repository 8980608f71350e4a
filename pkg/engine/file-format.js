// Of which other tool's format a file is, by how it begins.

/** @typedef {import('./types.js').Format} Format */

/** How much of a file tells what it is. */
export const BEGINNING = 128;

/** @param {Uint8Array} bytes of which the first are looked at @returns {Format | undefined} undefined for a model file, and for anything else */
export function formatOfBytes(bytes) {
  const beginning = bytes.subarray(0, BEGINNING);
  return isOnnx(beginning) ? 'onnx' : isCheckpoint(beginning) ? 'checkpoint' : undefined;
}

/**
 * Protocol buffers have no signature: the field `ir_version`, of one byte, then the producer, the graph or the operator sets.
 * @param {Uint8Array} beginning
 */
function isOnnx(beginning) {
  const [field, version = 0, next = 0] = beginning;
  const begins = field === 0x08 && version >= 1 && version <= 20 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(next);
  return begins && !isSafetensors(beginning);
}

/**
 * What `torch.save` writes: a ZIP archive whose first entry is `…/data.pkl`, or, before PyTorch 1.6, pickles one after the other.
 * @param {Uint8Array} beginning
 */
function isCheckpoint(beginning) {
  const [first, second = 0, third, fourth] = beginning;
  if (first === 0x50 && second === 0x4b && third === 3 && fourth === 4) {
    return new TextDecoder('latin1').decode(beginning.subarray(30)).includes('/data.pkl');
  }
  return first === 0x80 && second <= 5 && !isSafetensors(beginning);
}

/** The length of its header, in eight bytes of which at most three are used, then a brace. @param {Uint8Array} beginning */
function isSafetensors(beginning) {
  return beginning[8] === 0x7b && beginning.subarray(4, 8).every((byte) => byte === 0);
}
