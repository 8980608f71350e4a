// The options of a visualisation: a picture that a unit answers to strongly.

import { RelumeError } from './error.js';
import { valueOf } from './methods.js';
import { refuseUnknown } from './options.js';

/**
 * @typedef {object} VisualisationOptions
 * @property {number} [steps] how many; 200 unless told
 * @property {number} [stepSize] by how much a step changes the normalised numbers, as a root mean square; 0.05 unless told
 * @property {number} [l2] the weight of the picture's squared length, which is taken from the value; 0.0001 unless told
 * @property {number} [noise] the standard deviation of the noise that it begins with, in normalised numbers; 0.1 unless told
 * @property {number} [seed] chooses the noise and the jitter, a whole number below 2³²; 1 unless told
 * @property {number} [jitter] each step's gradient is taken of the picture moved by up to so many pixels; 0 unless told
 * @property {number} [blur] the standard deviation, in pixels, of a blur after each step; 0 unless told
 */

/** @type {Readonly<Record<keyof VisualisationOptions, 'whole' | 'number'>>} */
const KINDS = { steps: 'whole', stepSize: 'number', l2: 'number', noise: 'number', seed: 'whole', jitter: 'whole', blur: 'number' };

/**
 * Checked and as they are now; what is not given the engine fills in.
 * @param {Record<string, unknown>} options without those that the call has besides
 * @param {string} call as in "visualise()"
 * @param {...string} others what else the call takes
 * @returns {VisualisationOptions}
 */
export function checkedVisualisation(options, call, ...others) {
  const names = Object.keys(KINDS);
  refuseUnknown(Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name))), call, [...others, ...names]);
  const given = Object.entries(KINDS).filter(([name]) => options[name] !== undefined && options[name] !== null);
  return Object.fromEntries(
    given.map(([name, kind]) => [name, valueOf(/** @type {any} */ (options[name]), kind, `${call} takes as ${name}`)]),
  );
}

/** A visualisation has no picture whose likeliest class could be meant. @template T @param {T} target @param {string} call @returns {NonNullable<T>} */
export function checkVisualised(target, call) {
  if (target === undefined || target === null) {
    throw new RelumeError('invalid-target', `${call} needs a target: a class, or a channel of a layer such as 'conv5:12'.`);
  }
  return target;
}
