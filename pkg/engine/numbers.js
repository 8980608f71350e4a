import { RelumeError, asText } from './error.js';
import { converted } from './options.js';

/** @typedef {import('../low-level.js').Numbers} Numbers */

/** Seeds are of 32 bits. */
export const LARGEST_SEED = 2 ** 32 - 1;

/**
 * A number that the engine takes: anything else would become another one on its way, or end the engine.
 * @param {unknown} value
 * @param {string} what as in "curve() takes as points"
 * @param {number} least
 * @param {number} [most]
 * @returns {number}
 */
export function wholeNumber(value, what, least, most = 2 ** 31) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RelumeError('invalid-option', `${what} a whole number from ${least} to ${most}, not ${asText(value)}.`);
}

/** @param {Numbers} numbers @param {string} what */
export function numbersOf(numbers, what) {
  if (numbers instanceof Float32Array) return numbers;
  const message = `${what} is given as a Float32Array or an array of numbers.`;
  if (Array.isArray(numbers)) return converted(() => Float32Array.from(numbers), message);
  throw new RelumeError('invalid-option', message);
}
