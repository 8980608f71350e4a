// A signal of many channels as one small picture, and how much of it there is.

/** @import { Tensor } from '../pkg/index.js' */
/** @typedef {Tensor & { shape: [1, number, number] }} Plane */

/** At each position the number largest in size, of all channels, with its sign. @param {Tensor} tensor @returns {Plane} */
export function largestOfChannels({ data, shape: [channels, height, width] }) {
  const plane = height * width;
  const largest = new Float32Array(plane);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < plane; i++) {
      const value = /** @type {number} */ (data[channel * plane + i]);
      if (Math.abs(value) > Math.abs(/** @type {number} */ (largest[i]))) largest[i] = value;
    }
  }
  return { data: largest, shape: [1, height, width] };
}

/** How many of the numbers are not zero, as a share. @param {Tensor} tensor */
export function shareNotZero({ data }) {
  let count = 0;
  for (const value of data) if (value !== 0) count++;
  return data.length > 0 ? count / data.length : 0;
}

/** How many of the numbers that are not zero run off the scale, as a share: a few extremes would leave the rest unseen. */
export const OFF_THE_SCALE = 0.02;

/** The magnitude that is drawn as black or white, one for all of these. @param {Plane[]} planes */
export function scaleOfAll(planes) {
  const magnitudes = Float32Array.from(planes.flatMap(({ data }) => [...data].filter((value) => value !== 0).map(Math.abs))).sort();
  return magnitudes[Math.floor((magnitudes.length - 1) * (1 - OFF_THE_SCALE))] ?? 0;
}
