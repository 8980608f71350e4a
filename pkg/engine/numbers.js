import { RelumeError } from './error.js';
import { converted } from './options.js';

/** @typedef {import('../low-level.js').Numbers} Numbers */

/** @param {Numbers} numbers @param {string} what */
export function numbersOf(numbers, what) {
  if (numbers instanceof Float32Array) return numbers;
  const message = `${what} is given as a Float32Array or an array of numbers.`;
  if (Array.isArray(numbers)) return converted(() => Float32Array.from(numbers), message);
  throw new RelumeError('invalid-option', message);
}
