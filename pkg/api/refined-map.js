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
    const weights = this.#weight;
    if (typeof weight === 'number') {
      for (let i = 0; i < data.length; i++) sum[i] = /** @type {number} */ (sum[i]) + weight * /** @type {number} */ (data[i]);
      this.#weight = /** @type {number} */ (weights) + weight;
    } else {
      const total = /** @type {Float64Array} */ (weights);
      const pixels = weight.length;
      for (let i = 0; i < data.length; i++) {
        sum[i] = /** @type {number} */ (sum[i]) + /** @type {number} */ (weight[i % pixels]) * /** @type {number} */ (data[i]);
      }
      for (let i = 0; i < pixels; i++) total[i] = /** @type {number} */ (total[i]) + /** @type {number} */ (weight[i]);
    }
    this.#milliseconds += milliseconds;
    this.#difference ??= difference;
    // Whether some part was empty matters only if all were.
    if (warning?.code !== 'zero-gradient' || this.#warning === undefined) this.#warning = warning ?? this.#warning;
  }

  /** The map so far. @returns {Explained & { completeness?: { sum: number, difference: number } }} */
  get map() {
    const { shape, method, target, relus } = this.#about;
    const data = new Float32Array(this.#sum.length);
    const weights = this.#weight;
    let sum = 0;
    let isEmpty = true;
    let hasNegative = false;
    for (let i = 0; i < data.length; i++) {
      const weight = typeof weights === 'number' ? weights : /** @type {number} */ (weights[i % weights.length]);
      const value = weight > 0 ? /** @type {number} */ (this.#sum[i]) / weight : 0;
      data[i] = value;
      sum += value;
      isEmpty &&= value === 0;
      hasNegative ||= value < 0;
    }
    const warning = this.#warning?.code === 'zero-gradient' && !isEmpty ? undefined : this.#warning;
    return {
      data,
      shape,
      method,
      target,
      relus,
      milliseconds: this.#milliseconds,
      drawing: usualDrawing(method, hasNegative),
      ...(warning && { warning }),
      ...(this.#difference !== undefined && { completeness: { sum, difference: this.#difference } }),
    };
  }
}
