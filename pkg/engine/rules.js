import { RelumeError, asText } from './error.js';

/** @typedef {import('./types.js').Rule} Rule */

/** What a ReLU may do to a signal in the backward pass; each is also a method, a way to make a map. @type {readonly Rule[]} */
export const RULES = ['backprop', 'deconvnet', 'guided'];

/**
 * Checked before the engine is asked, which takes anything that is not a string for an error of its own.
 * @param {Rule} rule
 * @param {'rule' | 'method'} [name] what the caller knows it as
 */
export function checkRule(rule, name = 'rule') {
  if (!RULES.includes(rule)) {
    throw new RelumeError('invalid-option', `There is no ${name} "${asText(rule)}"; choose one of ${RULES.join(', ')}.`);
  }
  return rule;
}
