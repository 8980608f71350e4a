import { RelumeError, asText } from '../engine/error.js';
import { checkSignal, optionsOf, refuseUnknown } from '../engine/options.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('../engine/types.js').BoundingBox} BoundingBox */
/** @typedef {import('../engine/types.js').Tensor} Tensor */
/** @typedef {import('./crop.js').Crop} Crop */
/** @typedef {import('./receptive-field.js').Region} Region */

/**
 * A box around the largest strong region of a map, in the picture's own pixels; in those of `seen` where numbers went in. `seen`: the same in the picture
 * as the network saw it; `share`: how much of the sum of the map's magnitudes lies in it, 0 to 1.
 * @typedef {Region & { seen: Region, share: number }} MapBox
 */

/** @typedef {{ quantile?: number, signal?: AbortSignal }} BoxOptions `quantile`: the share of the pixels that are not strong; 0.8 unless told */

/**
 * As `map.box` says.
 * @param {WorkerPool} pool
 * @param {Tensor} map
 * @param {Crop | undefined} crop
 * @param {BoxOptions | undefined} options
 * @returns {Promise<MapBox | undefined>}
 */
export async function boxOf(pool, { data, shape }, crop, options) {
  const call = 'box()';
  const { quantile = 0.8, signal: given, ...unknown } = optionsOf(options, call);
  refuseUnknown(unknown, call, ['quantile', 'signal']);
  const signal = checkSignal(given, call);
  if (typeof quantile !== 'number' || !(quantile > 0 && quantile < 1)) {
    throw new RelumeError('invalid-option', `${call} takes as quantile a number between 0 and 1, not ${asText(quantile)}.`);
  }
  const within = crop && { left: crop.x, top: crop.y, width: crop.width, height: crop.height };
  const { located } = await pool.run((turn) => turn.call('locate', { data, shape, quantile, within }), {
    doing: 'finding the box of a map',
    signal,
    short: true,
  });
  if (!located) return undefined;
  const seen = regionOf(located.seen);
  return { ...(located.original ? regionOf(located.original) : seen), seen, share: located.share };
}

/** @param {BoundingBox} box @returns {Region} */
function regionOf({ left, top, width, height }) {
  return { x: left, y: top, width, height };
}
