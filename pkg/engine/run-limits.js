// What one pass of a network may take. A file of a few hundred bytes can describe one that takes minutes, or gigabytes.

import { RelumeError, asText } from './error.js';
import { optionsOf, refuseUnknown } from './options.js';

/**
 * The most that one forward pass of a network may take, as `info.runCost` estimates it: `operations` are multiply-adds of a convolution, or what takes
 * as long as so many of them (69 · 10⁹ unless told: about ten seconds on one core), `activationBytes` the memory of the activations (1 GiB
 * unless told). `'none'` allows whatever the engine can read.
 * @typedef {{ operations?: number, activationBytes?: number } | 'none'} RunLimits
 */
/** @typedef {Required<Exclude<RunLimits, 'none'>>} CheckedLimits */

/** Those of the command line, in crates/relume/src/graph/run_cost.rs. @type {Readonly<CheckedLimits>} */
export const RUN_LIMITS = { operations: 2 ** 36, activationBytes: 2 ** 30 };

/**
 * @param {RunLimits | null | undefined} limits
 * @param {string} call as in "load"
 * @returns {CheckedLimits}
 */
export function checkedLimits(limits, call) {
  if (limits === 'none') return { operations: Infinity, activationBytes: Infinity };
  if (typeof limits === 'string') {
    throw new RelumeError(
      'invalid-option',
      `${call}({ limits }) takes 'none', or an object such as { operations: 2e11, activationBytes: 4e9 }, not ${asText(limits)}.`,
    );
  }
  const given = `${call}({ limits })`;
  const { operations = RUN_LIMITS.operations, activationBytes = RUN_LIMITS.activationBytes, ...unknown } = optionsOf(limits, given);
  refuseUnknown(unknown, given, ['operations', 'activationBytes']);
  for (const [name, value] of Object.entries({ operations, activationBytes })) {
    if (typeof value !== 'number' || !(value > 0)) {
      throw new RelumeError('invalid-option', `${call}({ limits: { ${name} } }) takes a number above 0, not ${asText(value)}.`);
    }
  }
  return { operations, activationBytes };
}

/**
 * Refuses a network beyond the limits, by `too-large`.
 * @param {import('./types.js').ModelInfo['runCost']} runCost
 * @param {CheckedLimits} limits
 */
export function checkRunCost({ operations, memory }, limits) {
  if (operations <= limits.operations && memory <= limits.activationBytes) return;
  const [count, most] = sideBySide([operations, limits.operations], 1e9, ' · 10⁹ ', 'any number of ');
  const [room, allowed] = sideBySide([memory, limits.activationBytes], 1e6, ' MB ', 'any amount ');
  throw new RelumeError(
    'too-large',
    `One pass of this network takes about ${count}operations and ${room}of activations, and the limits are ${most}operations and ${allowed}of activations. ` +
      "If you know where the file comes from, set `limits` to higher numbers or to 'none'; a network for smaller pictures takes less.",
  );
}

/**
 * What is taken and what is allowed, rounded; where one could not tell them apart so, whole numbers.
 * @param {[number, number]} numbers
 * @param {number} size of the unit
 * @param {string} unit
 * @param {string} unlimited
 */
function sideBySide(numbers, size, unit, unlimited) {
  const rounded = numbers.map((number) => {
    const value = number / size;
    return number === Infinity ? unlimited : `${value.toFixed(Number(value < 10) + Number(value < 1))}${unit}`;
  });
  if (rounded[0] !== rounded[1] && !rounded.some((words) => words.startsWith('0.00'))) return rounded;
  return numbers.map((number) => `${number} ${size === 1e6 ? 'bytes ' : ''}`);
}
