// The map of a method of many steps, from the maps of its parts.

import { usualDrawing } from '../engine/draw-options.js';

/** @typedef {import('../engine/types.js').Explained} Explained */
/** @typedef {import('../engine/types.js').Part} Part */

/** Takes parts as they arrive. */
export class RefinedMap {
  /** The first part to arrive says what all say. @type {Part & { milliseconds: number }} */
  #about;
  #sum;
  /** How much the parts so far count, together: one number, or one for each pixel. @type {number | Float64Array} */
  #weight;
  #milliseconds = 0;
  /** @type {number | undefined} */
  #difference;
  /** @type {import('../engine/types.js').Warning | undefined} */
  #warning;
  /** @param {Part & { milliseconds: number }} first */
  constructor(first) {
    this.#about = first;
    this.#sum = new Float64Array(first.data.length);
    this.#weight = typeof first.weight === 'number' ? 0 : new Float64Array(first.weight.length);
  }

  /** @param {Part & { milliseconds: number }} part */
  add({ data, weight, warning, difference, milliseconds }) {
    const sum = this.#sum;
    const total = this.#weight;
    if (typeof weight === 'number') {
      for (let i = 0; i < data.length; i++) sum[i] = /** @type {number} */ (sum[i]) + weight * /** @type {number} */ (data[i]);
      this.#weight = /** @type {number} */ (total) + weight;
    } else {
      const totals = /** @type {Float64Array} */ (total);
      const pixels = weight.length;
      for (let i = 0; i < pixels; i++) {
        const own = /** @type {number} */ (weight[i]);
        totals[i] = /** @type {number} */ (totals[i]) + own;
        for (let at = i; at < data.length; at += pixels) sum[at] = /** @type {number} */ (sum[at]) + own * /** @type {number} */ (data[at]);
      }
    }
    this.#milliseconds += milliseconds;
    this.#difference ??= difference;
    // Whether some part was empty matters only if all were.
    if (warning?.code !== 'zero-gradient' || this.#warning === undefined) this.#warning = warning ?? this.#warning;
  }

  /** The map so far. @returns {Explained & { completeness?: { sum: number, difference: number } }} */
  get map() {
    const { shape, method, target, relus } = this.#about;
    const data = means(this.#sum, this.#weight);
    const isEmpty = data.every((value) => value === 0);
    const warning = this.#warning?.code === 'zero-gradient' && !isEmpty ? undefined : this.#warning;
    const difference = this.#difference;
    return {
      data,
      shape,
      method,
      target,
      relus,
      milliseconds: this.#milliseconds,
      drawing: usualDrawing(
        method,
        data.some((value) => value < 0),
      ),
      ...(warning && { warning }),
      ...(difference !== undefined && { completeness: { sum: data.reduce((sum, value) => sum + value, 0), difference } }),
    };
  }
}

/** @param {Float64Array} sums @param {number | Float64Array} weight of all of them, or of each pixel; where it is 0 the mean is 0 */
function means(sums, weight) {
  const data = new Float32Array(sums.length);
  if (typeof weight === 'number') {
    if (weight > 0) for (let i = 0; i < data.length; i++) data[i] = /** @type {number} */ (sums[i]) / weight;
    return data;
  }
  const pixels = weight.length;
  for (let i = 0; i < pixels; i++) {
    const own = /** @type {number} */ (weight[i]);
    if (own > 0) for (let at = i; at < data.length; at += pixels) data[at] = /** @type {number} */ (sums[at]) / own;
  }
  return data;
}
