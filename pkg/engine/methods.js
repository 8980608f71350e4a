// The options of each method.

import { RelumeError, asText } from './error.js';
import { converted } from './options.js';
import { checkMethod } from './method-names.js';
import { checkRule } from './rules.js';

/** @typedef {import('./types.js').Method} Method */
/** @typedef {import('./types.js').MethodOptions} MethodOptions */
/** @typedef {import('./types.js').CheckedMethod} CheckedMethod */
/** @typedef {'whole' | 'number' | 'switch' | 'pair' | 'layer' | 'rule' | 'noise' | 'quadrature' | 'interpolation' | 'baseline'} Value */

/** The options of each method besides its name, and what each of them is. @type {Record<Method, Record<string, Value>>} */
const OPTIONS = {
  backprop: {},
  deconvnet: {},
  guided: {},
  'input-x-gradient': {},
  lrp: { epsilon: 'number' },
  'integrated-gradients': { steps: 'whole', quadrature: 'quadrature', baseline: 'baseline' },
  smoothgrad: { rule: 'rule', samples: 'whole', sigma: 'number', seed: 'whole', noise: 'noise', squared: 'switch' },
  'grad-cam': { layer: 'layer', interpolation: 'interpolation', rectify: 'switch' },
  'guided-grad-cam': { layer: 'layer', interpolation: 'interpolation' },
  occlusion: { window: 'pair', stride: 'pair', baseline: 'number' },
  rise: { masks: 'whole', cells: 'whole', keep: 'number', seed: 'whole', logit: 'switch' },
};

/** Words of an option that is a word. */
const QUADRATURES = ['gauss-legendre', 'middle'];
const INTERPOLATIONS = ['bilinear', 'nearest'];
const BASELINES = ['zero', 'blur'];
/** The largest number that a seed or a count may be: of 32 bits. */
const LARGEST = 2 ** 32 - 1;

/**
 * The options of a call, and those of its method apart.
 * @template {object} O
 * @param {O} options
 * @param {Method} method
 */
export function splitOptions(options, method) {
  const own = Object.keys(OPTIONS[checkMethod(method)]);
  const entries = Object.entries(options);
  return {
    own: /** @type {Record<string, unknown>} */ (Object.fromEntries(entries.filter(([name]) => own.includes(name)))),
    rest: Object.fromEntries(entries.filter(([name]) => !own.includes(name))),
    names: own,
  };
}

/**
 * A method with its options, checked and as they are now; what is not given the engine fills in.
 * @param {Method} method
 * @param {Record<string, unknown>} options its own, and no others
 * @param {string} call as in "explain()"
 * @returns {CheckedMethod}
 */
export function checkedMethod(method, options, call) {
  const values = OPTIONS[checkMethod(method)];
  /** @type {Record<string, unknown>} */
  const checked = { method };
  /** @type {Float32Array | undefined} */
  let numbers;
  for (const [name, kind] of Object.entries(values)) {
    const value = options[name];
    if (value === undefined || value === null) continue;
    const found = valueOf(/** @type {any} */ (value), kind, `${call} with the method ${method} takes as ${name}`);
    if (found instanceof Float32Array) numbers = found;
    else checked[name] = found;
  }
  if (method === 'smoothgrad' && numbers) {
    for (const name of ['samples', 'sigma', 'seed']) {
      if (name in checked)
        throw new RelumeError('invalid-option', `${call} takes either noise or ${name}: the noise says how much there is of it.`);
    }
  }
  return /** @type {CheckedMethod} */ ({ options: checked, ...(numbers && { numbers }) });
}

/** @param {any} value @param {Value} kind @param {string} takes as in "explain() takes as steps" */
export function valueOf(value, kind, takes) {
  switch (kind) {
    case 'whole':
      return wanted(value, Number.isInteger(value) && value >= 0 && value <= LARGEST, `${takes} a whole number`);
    case 'number':
      return wanted(value, Number.isFinite(value), `${takes} a finite number`);
    case 'switch':
      return wanted(value, typeof value === 'boolean', `${takes} true or false`);
    case 'pair': {
      const pair = Array.isArray(value) ? Array.from(value) : [];
      const sound = pair.length === 2 && pair.every((each) => Number.isInteger(each) && each >= 0 && each <= LARGEST);
      wanted(value, sound, `${takes} two whole numbers, [height, width]`);
      return pair;
    }
    case 'layer':
      return wanted(value, typeof value === 'string', `${takes} the name of a layer`);
    case 'rule':
      return checkRule(value);
    case 'quadrature':
      return wanted(value, QUADRATURES.includes(value), `${takes} ${QUADRATURES.join(' or ')}`);
    case 'interpolation':
      return wanted(value, INTERPOLATIONS.includes(value), `${takes} ${INTERPOLATIONS.join(' or ')}`);
    case 'baseline':
      if (typeof value === 'string') return wanted(value, BASELINES.includes(value), `${takes} zero, blur or the numbers of a picture`);
      return numbersOf(value, `${takes} zero, blur or the numbers of a picture, a Float32Array or an array of numbers`);
    case 'noise':
      return numbersOf(value, `${takes} numbers, a Float32Array or an array of numbers`);
  }
}

/** @template T @param {T} value @param {boolean} isSound @param {string} sentence @returns {T} */
function wanted(value, isSound, sentence) {
  if (!isSound) throw new RelumeError('invalid-option', `${sentence}, not ${asText(value)}.`);
  return value;
}

/** A copy: what is posted to a worker may change meanwhile. @param {Float32Array | number[]} value @param {string} sentence */
function numbersOf(value, sentence) {
  if (!(value instanceof Float32Array) && !Array.isArray(value))
    throw new RelumeError('invalid-option', `${sentence}, not ${asText(value)}.`);
  return converted(() => Float32Array.from(value), `${sentence}.`);
}
