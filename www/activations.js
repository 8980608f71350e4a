// Shows a layer's output: its channels sorted by strength, each drawn as a small grey picture.

/** @import { Tensor } from '../pkg/index.js' */
/** A channel's largest value, and where it is. @typedef {{ channel: number, at: [y: number, x: number], value: number }} Peak */

/** All channels, strongest first. @param {Tensor} activation @returns {Peak[]} */
export function peaks({ data, shape: [channels, height, width] }) {
  const plane = height * width;
  return Array.from({ length: channels }, (_, channel) => {
    let best = channel * plane;
    // Of equal values the first counts, as in the engine.
    for (let i = best; i < (channel + 1) * plane; i++) {
      if (/** @type {number} */ (data[i]) > /** @type {number} */ (data[best])) best = i;
    }
    const offset = best - channel * plane;
    return { channel, at: /** @type {[number, number]} */ ([Math.floor(offset / width), offset % width]), value: data[best] ?? 0 };
  }).sort((a, b) => b.value - a.value || a.channel - b.channel);
}

/** @param {Tensor} activation @param {number} channel @param {[y: number, x: number]} at */
export function valueAt({ data, shape: [, height, width] }, channel, [y, x]) {
  return data[(channel * height + y) * width + x] ?? 0;
}

/** The layer's largest magnitude, which sets the scale that all its channels are drawn on. @param {Tensor} activation */
export function scaleOf({ data }) {
  let least = 0;
  let most = 0;
  for (const value of data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { signed: least < 0, most: Math.max(most, -least) };
}

/**
 * Draws a channel with one pixel per position: black is 0, white is the layer's largest value. If the layer has negative
 * values, 0 is the middle grey.
 * @param {HTMLCanvasElement} canvas
 * @param {Tensor} activation
 * @param {number} channel
 * @param {{ signed: boolean, most: number }} scale
 */
export function drawChannel(canvas, { data, shape: [, height, width] }, channel, { signed, most }) {
  canvas.width = width;
  canvas.height = height;
  const pixels = new ImageData(width, height);
  const plane = height * width;
  for (let i = 0; i < plane; i++) {
    const share = most > 0 ? (data[channel * plane + i] ?? 0) / most : 0;
    const shade = 255 * (signed ? 0.5 + share / 2 : share);
    pixels.data.set([shade, shade, shade, 255], i * 4);
  }
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
}
