/** @typedef {import('../engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('./receptive-field.js').Region} Region */
/** A part of a picture, in the picture's own pixels, and the size of the whole. @typedef {Region & { of: { width: number, height: number } }} Crop */

/**
 * The part of a picture that goes into a network: the middle, in the proportions of the network's input. As the engine cuts it.
 * @param {ModelInfo['input']} input
 * @param {{ width: number, height: number }} picture
 * @returns {Crop}
 */
export function cropOf({ shape: [, inputHeight, inputWidth], crop }, { width, height }) {
  const side = (/** @type {number} */ length, /** @type {number} */ limit) =>
    Math.min(Math.max(Math.round(crop * Math.min(length, limit)), 1), length);
  const across = side(width, (height * inputWidth) / inputHeight);
  const down = side(height, (width * inputHeight) / inputWidth);
  return { y: Math.floor((height - down) / 2), x: Math.floor((width - across) / 2), height: down, width: across, of: { width, height } };
}
