import { drawOptions, isOver } from '../engine/draw-options.js';
import { RelumeError, asText, reasonOf } from '../engine/error.js';
import { checkProgress, checkSignal, layerNames, optionsOf, refuseUnknown } from '../engine/options.js';
import { checkRule } from '../engine/rules.js';
import { resolveTarget } from '../engine/target-notation.js';

/** @typedef {import('../engine/types.js').Drawing} Drawing */
/** @typedef {import('../engine/types.js').Rule} Rule */
/** @typedef {import('../engine/types.js').ResolvedTarget} ResolvedTarget */
/** @typedef {import('../engine/types.js').Target} Target */

/**
 * @typedef {object} ExplainOptions
 * @property {Rule} [method] `guided` unless told
 * @property {Target} [target] `'top'` unless told
 * @property {Drawing & { over?: boolean }} [draw] the drawing options used first: the map arrives with its pixels, and drawing it with these
 *   options needs no further call to the worker. `over`: laid on the picture, in grey
 * @property {string[]} [signals] the names of layers: the map comes with the signal at each of them
 * @property {AbortSignal} [signal]
 * @property {(at: { done: number, total: number }) => void} [onProgress] backward passes done and in total; the current methods need one
 */

/**
 * @typedef {object} ForwardOptions
 * @property {Omit<ExplainOptions, 'signal' | 'onProgress'>[]} [maps] the maps that come along, each with the options of `explain()`
 * @property {AbortSignal} [signal]
 */

/** The options of `forward()`, checked. @param {ForwardOptions | null | undefined} options @param {string[]} classes */
export function mapsOptions(options, classes) {
  const { maps, signal, ...unknown } = optionsOf(options, 'forward()');
  refuseUnknown(unknown, 'forward()', ['maps', 'signal']);
  if (maps !== undefined && maps !== null && !Array.isArray(maps)) {
    throw new RelumeError(
      'invalid-option',
      `forward() takes as its maps an array of options, such as [{ method: 'guided' }], not ${asText(maps)}.`,
    );
  }
  // Copied first: a hole becomes the options of a map, those it has unless told.
  const requests = Array.from(maps ?? []).map((each) => {
    const { method, target, draw, signals, ...others } = optionsOf(each, 'forward({ maps })');
    refuseUnknown(others, 'forward({ maps })', ['method', 'target', 'draw', 'signals']);
    return explainOptions(/** @type {ExplainOptions} */ ({ method, target, draw, signals }), classes).request;
  });
  return { requests, signal: checkSignal(signal, 'forward()') };
}

/** The options of `explain()`, checked. @param {ExplainOptions | undefined} options @param {string[]} classes */
export function explainOptions(options, classes) {
  const { method = 'guided', target = 'top', draw, signals, signal, onProgress, ...unknown } = optionsOf(options, 'explain()');
  refuseUnknown(unknown, 'explain()', ['method', 'target', 'draw', 'signals', 'signal', 'onProgress']);
  return {
    request: {
      method: checkRule(method, 'method'),
      target: targetOf(target, classes),
      ...(draw !== undefined && draw !== null && { draw: drawing(draw) }),
      ...(signals !== undefined && signals !== null && { signals: layerNames(signals, 'explain()') }),
    },
    signal: checkSignal(signal, 'explain()'),
    onProgress: checkProgress(onProgress, 'explain()'),
  };
}

/** @param {Drawing & { over?: boolean }} options */
function drawing(options) {
  const call = 'explain({ draw })';
  const { over, ...checked } = drawOptions(optionsOf(options, call), call);
  return { ...checked, over: isOver(over, call) };
}

/** @param {Target} target @param {string[]} classes */
function targetOf(target, classes) {
  try {
    return copied(resolveTarget(target, () => classes));
  } catch (cause) {
    if (cause instanceof RelumeError) throw cause;
    throw new RelumeError('invalid-target', `The target cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

/** As it is now: it is read when the turn comes. @param {ResolvedTarget} target @returns {ResolvedTarget} */
function copied(target) {
  if (target === null || typeof target !== 'object') return target;
  return 'at' in target && Array.isArray(target.at) ? { ...target, at: [...target.at] } : { ...target };
}
