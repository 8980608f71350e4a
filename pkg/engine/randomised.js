import { RelumeError, asText } from './error.js';
import { optionsOf, refuseUnknown } from './options.js';

/** @typedef {import('./types.js').Randomised} Randomised */

/** Seeds are of 32 bits. */
const LARGEST = 2 ** 32 - 1;

/**
 * Which layers lose their weights, checked.
 * @param {Partial<Randomised> | null | undefined} options
 * @param {string} call as in "randomised()"
 * @returns {Randomised | undefined} nothing where nothing was asked for
 */
export function checkedRandomised(options, call) {
  if (options === undefined || options === null) return undefined;
  const { from, seed = 1, ...unknown } = optionsOf(options, call);
  refuseUnknown(unknown, call, ['from', 'seed']);
  if (typeof from !== 'string') {
    throw new RelumeError(
      'invalid-target',
      `${call} takes as "from" the name of the first layer that loses its weights, not ${asText(from)}.`,
    );
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST) {
    throw new RelumeError('invalid-option', `${call} takes as seed a whole number from 0 to ${LARGEST}, not ${asText(seed)}.`);
  }
  return { from, seed };
}
