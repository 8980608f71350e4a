// The three rules, for every module of the page.

/** @import { Rule } from './types.js' */

export { RULES } from '../pkg/engine/rules.js';

/** In full, for those who listen. @type {Readonly<Record<Rule, string>>} */
export const NAMES = { backprop: 'backprop', deconvnet: 'deconvnet', guided: 'guided backpropagation' };

/**
 * Whether a rule stops the signal by the ReLU's input f, by the signal R itself, or by both.
 * The engine computes the results; this only lets the page say why.
 * @type {Readonly<Record<Rule, { onActivation: boolean, onGradient: boolean }>>}
 */
export const GATES = {
  backprop: { onActivation: true, onGradient: false },
  deconvnet: { onActivation: false, onGradient: true },
  guided: { onActivation: true, onGradient: true },
};

/** @template T @param {(rule: Rule) => T} value @returns {Record<Rule, T>} */
export function byRule(value) {
  return { backprop: value('backprop'), deconvnet: value('deconvnet'), guided: value('guided') };
}
