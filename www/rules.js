// The three rules, for every module of the page.

import { t } from './translate.js';

/** @import { Rule } from './types.js' */

export { RULES } from '../pkg/engine/rules.js';

/** In full, for those who listen. @param {Rule} rule */
export function fullName(rule) {
  return rule === 'guided' ? t('guided backpropagation') : ruleName(rule);
}

/** @param {Rule} rule */
export function ruleName(rule) {
  return { backprop: () => t('backprop'), deconvnet: () => t('deconvnet'), guided: () => t('guided') }[rule]();
}

/**
 * Whether a rule stops the signal by the ReLU's input f, by the signal R itself, or by both.
 * @type {Readonly<Record<Rule, { onActivation: boolean, onGradient: boolean }>>}
 */
const GATES = {
  backprop: { onActivation: true, onGradient: false },
  deconvnet: { onActivation: false, onGradient: true },
  guided: { onActivation: true, onGradient: true },
};

/**
 * Which of f and R stop the signal under a rule.
 * @param {Rule} rule
 * @param {number} f
 * @param {number} r
 * @returns {('f' | 'R')[]}
 */
export function stoppedBy(rule, f, r) {
  /** @type {('f' | 'R')[]} */
  const stop = [];
  if (GATES[rule].onActivation && !(f > 0)) stop.push('f');
  if (GATES[rule].onGradient && !(r > 0)) stop.push('R');
  return stop;
}

/** @template T @param {(rule: Rule) => T} value @returns {Record<Rule, T>} */
export function byRule(value) {
  return { backprop: value('backprop'), deconvnet: value('deconvnet'), guided: value('guided') };
}
