// Just enough of protocol buffers to write an ONNX file: numbers, texts, bytes and messages within messages.

/** @typedef {Uint8Array[]} Message pieces, one after the other */

const VARINT = 0;
const BYTES = 2;
const FLOAT = 5;

/** @param {number} value whole, and not negative @returns {Uint8Array} */
function varint(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Uint8Array.from([...bytes, value]);
}

/** @param {number} field @param {number} type */
function tag(field, type) {
  return varint(field * 8 + type);
}

/** @param {number} field @param {number} value @returns {Message} */
export function integer(field, value) {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${value} cannot be written as a whole number`);
  return [tag(field, VARINT), varint(value)];
}

/** @param {number} field @param {number} value @returns {Message} */
export function float(field, value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [tag(field, FLOAT), bytes];
}

/** @param {number} field @param {Uint8Array} value @returns {Message} */
export function bytes(field, value) {
  return [tag(field, BYTES), varint(value.length), value];
}

/** @param {number} field @param {string} value @returns {Message} */
export function text(field, value) {
  return bytes(field, new TextEncoder().encode(value));
}

/** A message as a field of another. @param {number} field @param {Message[]} parts @returns {Message} */
export function message(field, ...parts) {
  const pieces = parts.flat();
  return [tag(field, BYTES), varint(pieces.reduce((sum, { length }) => sum + length, 0)), ...pieces];
}

/** @param {Message[]} parts of the outermost message @returns {Uint8Array<ArrayBuffer>} */
export function written(...parts) {
  const pieces = parts.flat();
  const file = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}
