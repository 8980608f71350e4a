import { checkProgress, checkSignal, optionsOf, refuseUnknown } from './options.js';
import { checkRule } from './rule.js';

/** @typedef {import('./protocol.js').Rule} Rule */
/** @typedef {import('./protocol.js').Target} Target */

/**
 * @typedef {object} ExplainOptions
 * @property {Rule} [method] `guided` unless told
 * @property {Target} [target] `'top'` unless told
 * @property {AbortSignal} [signal]
 * @property {(at: { done: number, total: number }) => void} [onProgress] passes done; these methods need one
 */

/** The options of `explain()`, checked. @param {ExplainOptions | undefined} options */
export function explainOptions(options) {
  const { method = 'guided', target = 'top', signal, onProgress, ...unknown } = optionsOf(options, 'explain()');
  refuseUnknown(unknown, 'explain()', 'method, target, signal and onProgress');
  return { method: checkRule(method), target: copied(target), signal: checkSignal(signal, 'explain()'), onProgress: checkProgress(onProgress, 'explain()') };
}

/** As it is now: it is read when the turn comes. @param {Target} target @returns {Target} */
function copied(target) {
  if (target === null || typeof target !== 'object') return target;
  return 'at' in target && Array.isArray(target.at) ? { ...target, at: [...target.at] } : { ...target };
}
