import { RelumeError, asText } from './error.js';

/** What is done to the pixels of a curve. */
export const CHANGES = /** @type {const} */ (['deletion', 'insertion']);
export const MOST_POINTS = 10000;

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
