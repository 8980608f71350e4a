// How a map is made: the names of the methods.

import { RelumeError, asText } from './error.js';
import { RULES } from './rules.js';

/** @typedef {import('./types.js').Method} Method */

/** Methods of many passes: a map can be looked at while it grows. @type {readonly Method[]} */
const OF_MANY_STEPS = ['integrated-gradients', 'smoothgrad', 'occlusion', 'rise'];

/** All of them. @type {readonly Method[]} */
export const METHODS = [...RULES, 'input-x-gradient', 'lrp', 'grad-cam', 'guided-grad-cam', ...OF_MANY_STEPS];

/** @param {Method} method */
export function hasManySteps(method) {
  return OF_MANY_STEPS.includes(method);
}

/** @param {Method} method */
export function isRule(method) {
  return /** @type {readonly Method[]} */ (RULES).includes(method);
}

/** @param {Method} method @returns {Method} */
export function checkMethod(method) {
  if (typeof method !== 'string' || !METHODS.includes(method)) {
    throw new RelumeError('invalid-option', `There is no method "${asText(method)}"; choose one of ${METHODS.join(', ')}.`);
  }
  return method;
}
