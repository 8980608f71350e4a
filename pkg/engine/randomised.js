import { RelumeError, asText } from './error.js';
import { LARGEST_SEED, wholeNumber } from './numbers.js';
import { optionsOf, refuseUnknown } from './options.js';

/** @typedef {import('./types.js').Randomised} Randomised */

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
  return { from, seed: wholeNumber(seed, `${call} takes as seed`, 0, LARGEST_SEED) };
}
