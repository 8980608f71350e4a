import { drawOptions, isOver } from '../engine/draw-options.js';
import { RelumeError, asText, reasonOf } from '../engine/error.js';
import { checkMethod, hasManySteps, isRule } from '../engine/method-names.js';
import { checkProgress, checkSignal, layerNames, optionsOf, refuseUnknown } from '../engine/options.js';
import { resolveTarget } from '../engine/target-notation.js';
import { part } from './part.js';

/** @typedef {import('../engine/types.js').Drawing} Drawing */
/** @typedef {import('../engine/types.js').CheckedMethod} CheckedMethod */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('../engine/types.js').MethodOptions} MethodOptions */
/** @typedef {import('../engine/types.js').ResolvedTarget} ResolvedTarget */
/** @typedef {import('../engine/types.js').Target} Target */

/**
 * What `explain()` takes; and the options of the method, which {@link MethodOptions} lists.
 * @typedef {object} CommonOptions
 * @property {Method} [method] `guided` unless told
 * @property {Target} [target] `'top'` unless told
 * @property {Drawing & { over?: boolean }} [draw] the drawing options used first: by a method of one step the map arrives with its pixels, and drawing it
 *   with these options needs no further call to the worker. `over`: laid on the picture, in grey
 * @property {string[]} [signals] by a rule: the names of layers; the map comes with the signal at each of them
 * @property {AbortSignal} [signal]
 * @property {(at: { done: number, total: number }) => void} [onProgress] steps done and in total; a method that is no method of many steps has one
 */

/** @typedef {CommonOptions & MethodOptions} ExplainOptions */

/**
 * @typedef {object} ForwardOptions
 * @property {Omit<ExplainOptions, 'signal' | 'onProgress'>[]} [maps] the maps that come along, each with the options of `explain()`
 * @property {AbortSignal} [signal]
 */

/** The options of `forward()`, checked. @param {ForwardOptions | null | undefined} options @param {string[]} classes */
export async function mapsOptions(options, classes) {
  const { maps, signal, ...unknown } = optionsOf(options, 'forward()');
  refuseUnknown(unknown, 'forward()', ['maps', 'signal']);
  if (maps !== undefined && maps !== null && !Array.isArray(maps)) {
    throw new RelumeError(
      'invalid-option',
      `forward() takes as its maps an array of options, such as [{ method: 'guided' }], not ${asText(maps)}.`,
    );
  }
  // Copied first: a hole becomes the options of a map, those it has unless told.
  const requests = Array.from(maps ?? []).map(async (each) => {
    const { request, isRefined } = await explainOptions(/** @type {ExplainOptions} */ (optionsOf(each, MAPS)), classes, MAPS);
    if (isRefined) {
      throw new RelumeError(
        'invalid-option',
        `${MAPS} gives maps of one step; the method ${request.method.options.method} has many: explain() or refine() the trace.`,
      );
    }
    return request;
  });
  return { requests: await Promise.all(requests), signal: checkSignal(signal, 'forward()') };
}

/** Those of one call share its signal. */
const MAPS = 'forward({ maps })';

/** @param {Record<string, unknown>} options */
function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * The options of `explain()`, checked.
 * @param {ExplainOptions | undefined} options
 * @param {string[]} classes
 * @param {string} [call]
 */
export async function explainOptions(options, classes, call = 'explain()') {
  const { method = 'guided', target = 'top', draw, signals, signal, onProgress, ...others } = optionsOf(options, call);
  checkMethod(method);
  // All are read now, before the check of the method's own is fetched: they may change meanwhile.
  const isOneOfMany = call === MAPS;
  const known = ['method', 'target', 'draw', 'signals', ...(isOneOfMany ? [] : ['signal', 'onProgress'])];
  if (isRule(method)) refuseUnknown({ ...others, ...(isOneOfMany && given({ signal, onProgress })) }, call, known);
  if (signals !== undefined && signals !== null && !isRule(method)) {
    throw new RelumeError(
      'invalid-option',
      `${call} gives signals by a rule only: the method ${method} is more than one backward pass by a rule.`,
    );
  }
  const now = {
    target: targetOf(target, classes),
    ...(draw !== undefined && draw !== null && { draw: drawing(draw) }),
    ...(signals !== undefined && signals !== null && { signals: layerNames(signals, call) }),
  };
  const rest = { signal: checkSignal(signal, call), onProgress: checkProgress(onProgress, call) };
  const checked = isRule(method)
    ? /** @type {CheckedMethod} */ ({ options: { method } })
    : await methodOptions(method, { ...copies(others), ...(isOneOfMany && given({ signal, onProgress })) }, call, known);
  return { request: { method: checked, ...now }, isRefined: hasManySteps(method), ...rest };
}

/** Arrays as they are now; what cannot be copied is refused later. @param {Record<string, unknown>} options */
function copies(options) {
  const copy = (/** @type {unknown} */ value) => (Array.isArray(value) || value instanceof Float32Array ? value.slice() : value);
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, copy(value)]));
}

/** @param {Method} method @param {Record<string, unknown>} options of the call @param {string} call @param {string[]} known those of any method */
async function methodOptions(method, options, call, known) {
  const { checkedMethod, splitOptions } = await part(import('../engine/methods.js'));
  const { own, rest, names } = splitOptions(options, method);
  refuseUnknown(rest, call, [...known, ...names]);
  return checkedMethod(method, own, call);
}

/** @param {Drawing & { over?: boolean }} options */
function drawing(options) {
  const call = 'explain({ draw })';
  const { over, ...checked } = drawOptions(optionsOf(options, call), call);
  return { ...checked, over: isOver(over, call) };
}

/** @param {Target} target @param {string[]} classes */
export function targetOf(target, classes) {
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
