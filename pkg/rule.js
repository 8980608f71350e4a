import { RelumeError } from './error.js';
import { RULES } from './protocol.js';

/**
 * Checked here, since the engine takes anything that is not a string for a fault of its own.
 * @param {import('./protocol.js').Rule} rule
 */
export function checkRule(rule) {
  if (!RULES.includes(rule)) {
    throw new RelumeError('invalid-option', `There is no method "${rule}"; choose one of ${RULES.join(', ')}.`);
  }
  return rule;
}
