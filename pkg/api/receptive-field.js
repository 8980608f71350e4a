import { RelumeError, asText } from '../engine/error.js';

/** A rectangle of the picture the network sees, in pixels. @typedef {{ y: number, x: number, height: number, width: number }} Region */

/**
 * @param {import('../engine/types.js').ModelInfo} info
 * @param {string} layer
 * @param {[y: number, x: number]} at
 * @returns {Region}
 */
export function regionOf({ layers, input }, layer, at) {
  const found = layers.find(({ name }) => name === layer);
  if (!found) throw new RelumeError('invalid-target', `There is no layer "${asText(layer)}".`);
  const [, rows, columns] = found.shape;
  const [y, x] = Array.isArray(at) ? at : [];
  if (!isIndex(y, rows) || !isIndex(x, columns)) {
    throw new RelumeError('invalid-target', `Layer "${layer}" has ${rows}×${columns} positions; [${asText(at)}] is none of them.`);
  }
  const [, height, width] = input.shape;
  const [top, bottom] = span(found.field.y, y, height);
  const [left, right] = span(found.field.x, x, width);
  return { y: top, x: left, height: bottom - top, width: right - left };
}

/** @param {unknown} value @param {number} count @returns {value is number} */
function isIndex(value, count) {
  return Number.isInteger(value) && /** @type {number} */ (value) >= 0 && /** @type {number} */ (value) < count;
}

/**
 * From where to where unit `i` sees, within the picture.
 * @param {import('../engine/types.js').Extent} extent
 * @param {number} i
 * @param {number} length
 * @returns {[from: number, to: number]}
 */
function span({ start, size, step }, i, length) {
  const from = start + i * step;
  const within = (/** @type {number} */ place) => Math.max(0, Math.min(length, place));
  return [within(from), within(from + size)];
}
