// How much of a map, and how much of the picture, lies inside what a visitor marked.

/** @import { AttributionMap } from './types.js' */

/**
 * The share of the sum of a map's absolute values, over all pixels and colour channels, that lies at marked pixels: between 0 and 1.
 * NaN if the map is zero everywhere.
 * @param {Pick<AttributionMap, 'data' | 'shape'>} map
 * @param {Uint8Array} mask one number for each pixel, row by row: 1 if it is marked
 */
export function shareOfMap({ data, shape: [channels, height, width] }, mask) {
  const pixels = height * width;
  let [inside, all] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const strength = Math.abs(data[channel * pixels + pixel] ?? 0);
      all += strength;
      if (mask[pixel]) inside += strength;
    }
  }
  return inside / all;
}

/** The share of the pixels that are marked, between 0 and 1. @param {Uint8Array} mask */
export function shareOfArea(mask) {
  return mask.length === 0 ? 0 : mask.reduce((sum, marked) => sum + marked, 0) / mask.length;
}
