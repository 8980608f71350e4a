// A run of the wasm as relume/low-level gives it.

import { CHANGES, MOST_POINTS } from './curve-options.js';
import { RelumeError, asText } from './error.js';
import { call } from './guarded-call.js';
import { held } from './held.js';
import { hasManySteps, isRule } from './method-names.js';
import { checkedMethod, splitOptions } from './methods.js';
import { numbersOf, wholeNumber } from './numbers.js';
import { layerNames, optionsOf, refuseUnknown } from './options.js';
import { resolveTarget } from './target-notation.js';

/** @typedef {import('./types.js').CheckedMethod} CheckedMethod */
/** @typedef {import('./types.js').Method} Method */
/** @typedef {import('./types.js').MethodOptions} MethodOptions */
/** @typedef {import('./types.js').Part} Part */
/** @typedef {import('./types.js').ResolvedTarget} ResolvedTarget */
/** @typedef {import('./wasm-builds.js').Glue} Glue */
/** @typedef {import('../low-level.js').RawMap} RawMap */
/** @typedef {import('../low-level.js').Trace} Trace */
/** @typedef {import('../wasm/flex/relume_wasm.js').Trace} WasmTrace */

/** More steps than any method has. */
const ALL = 2 ** 31;

/** @param {Glue} glue @param {WasmTrace} run @param {() => string[]} classNames @returns {Trace} */
export function traceOf(glue, run, classNames) {
  const trace = held(glue, run, 'trace');
  return {
    logits: () => call(glue, () => trace.get().logits()),
    input: () => call(glue, () => trace.get().input()),
    view: () => call(glue, () => trace.get().view()),
    activation(layer) {
      if (typeof layer !== 'string') throw new RelumeError('invalid-target', `A layer is named by a string, not ${asText(layer)}.`);
      return call(glue, () => trace.get().activation(layer));
    },
    explain(method = 'guided', target = 'top', signals) {
      const checked = methodOf(method, 'explain()');
      const resolved = resolveTarget(target, classNames);
      const layers = layerNames(signals, 'explain()');
      return call(glue, () => mapOf(trace.get(), checked, resolved, layers));
    },
    explainPart(method, target, from, to) {
      const name = 'explainPart()';
      const checked = methodOf(method, name);
      const resolved = resolveTarget(target, classNames);
      const part = /** @type {const} */ ([wholeNumber(from, `${name} takes as from`, 0), wholeNumber(to, `${name} takes as to`, 0)]);
      return call(glue, () => partOf(trace.get(), checked, resolved, ...part));
    },
    curve(wanted, target = 'top') {
      const name = 'curve()';
      const { map, change, points, from, to, ...unknown } = optionsOf(wanted, name);
      refuseUnknown(unknown, name, ['map', 'change', 'points', 'from', 'to']);
      if (change === undefined || !CHANGES.includes(change)) {
        throw new RelumeError('invalid-option', `${name} takes as change ${CHANGES.join(' or ')}, not ${asText(change)}.`);
      }
      const resolved = resolveTarget(target, classNames);
      const numbers = numbersOf(/** @type {import('../low-level.js').Numbers} */ (map), "A map's data");
      const part = /** @type {const} */ ([
        wholeNumber(points, `${name} takes as points`, 1, MOST_POINTS),
        wholeNumber(from, `${name} takes as from`, 0),
        wholeNumber(to, `${name} takes as to`, 0),
      ]);
      return call(glue, () => trace.get().curvePart(resolved, numbers, change === 'insertion', ...part));
    },
    edges: () => call(glue, () => trace.get().edges()),
    free: trace.free,
  };
}

/** @param {Method | (MethodOptions & { method: Method })} method @param {string} call */
function methodOf(method, call) {
  const { method: name = 'guided', ...options } = typeof method === 'string' ? { method } : optionsOf(method, call);
  const { own, rest, names } = splitOptions(options, name);
  refuseUnknown(rest, call, ['method', ...names]);
  return checkedMethod(name, own, call);
}

/** @param {WasmTrace} trace @param {CheckedMethod} checked @param {ResolvedTarget} target @param {string[] | undefined} layers @returns {RawMap} */
function mapOf(trace, { options, numbers }, target, layers) {
  const { method } = options;
  if (isRule(method)) return /** @type {RawMap} */ (trace.explain(method, target, layers));
  if (layers)
    throw new RelumeError('invalid-option', `Signals are those of one backward pass by a rule; the method ${method} has none to give.`);
  if (method === 'input-x-gradient') return /** @type {RawMap} */ (trace.inputXGradient(target));
  const { method: _, layer, ...own } = options;
  if (method === 'lrp') return /** @type {RawMap} */ (trace.lrp(target, own));
  if (hasManySteps(method)) return /** @type {RawMap} */ (partOf(trace, { options, ...(numbers && { numbers }) }, target, 0, ALL));
  return /** @type {RawMap} */ (trace.gradCam(target, layer, method === 'guided-grad-cam', own));
}

/** @param {WasmTrace} trace @param {CheckedMethod} checked @param {ResolvedTarget} target @param {number} from @param {number} to @returns {Part} */
function partOf(trace, { options, numbers }, target, from, to) {
  if (!hasManySteps(options.method)) {
    throw new RelumeError('invalid-option', `The method ${options.method} has one step, so there are no parts of it.`);
  }
  const { method, ...own } = options;
  return /** @type {Part} */ (trace.refine(target, method, /** @type {any} */ (own), numbers, from, to));
}
