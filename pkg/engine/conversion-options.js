// What a file of another tool does not say of its network, as callers give it.

import { RelumeError, asText } from './error.js';
import { converted } from './options.js';

/** How pictures were normalised in training, as most networks have it. @typedef {'imagenet' | 'zero-to-one' | 'minus-one-to-one' | 'caffe'} InputPreset */

/**
 * How pictures were normalised in training: a pixel `p` from 0 to 255 became `(low + p / 255 · (high − low) − mean) / std`, with a mean and a
 * standard deviation for each channel, or one for all.
 * @typedef {{ range: [low: number, high: number], mean: number[], std: number[] }} Normalisation
 */

/**
 * @typedef {object} ConversionOptions
 * @property {InputPreset | Normalisation} [input] how pictures were normalised in training; an ONNX file needs it, and weights that are recognised
 *   have torchvision's own unless told
 * @property {[height: number, width: number]} [size] of the pictures, for a file that leaves it open; 224 × 224 for weights, unless told
 * @property {'imagenet' | string[]} [classes] their names, in the order of the outputs; `class 0`, `class 1`, … unless told. `imagenet`: its 1000
 * @property {string} [title] of the network; unless told an ONNX file's name, or that of the architecture
 * @property {'f32' | 'f16'} [dtype] how numbers are stored; `f32` unless told, which keeps them as they are
 */

/** @typedef {{ title?: string, size?: [number, number], input?: string | Normalisation, classes?: string | string[], dtype: 'f32' | 'f16' }} CheckedOptions */

/** @type {readonly InputPreset[]} */
export const INPUT_PRESETS = ['imagenet', 'zero-to-one', 'minus-one-to-one', 'caffe'];
/** What no title holds: on a terminal it would be a command. */
// eslint-disable-next-line no-control-regex
export const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
/** The longest title. */
const LONGEST = 200;
/** The options' names. @type {readonly (keyof ConversionOptions)[]} */
export const CONVERSION_OPTIONS = ['input', 'size', 'classes', 'title', 'dtype'];

/**
 * @param {import('./types.js').Format} format
 * @param {ConversionOptions} options
 * @param {string} call as in "load()"
 * @param {string} fallback an ONNX file's title, unless there is one among the options
 * @returns {CheckedOptions}
 */
export function conversionOptions(format, options, call, fallback) {
  // The tensors of a checkpoint tell its network's name and normalisation, which no other file does.
  const isTold = format === 'checkpoint';
  const { input, size, classes, title = isTold ? undefined : fallback, dtype = 'f32' } = options;
  if (dtype !== 'f32' && dtype !== 'f16') throw invalid(`${call}({ dtype }) is 'f32' or 'f16', not ${asText(dtype)}.`);
  if (title !== undefined && !isTitle(title))
    throw invalid(`${call}({ title }) is a string of at most ${LONGEST} letters, without control characters.`);
  return {
    ...(title === undefined ? {} : { title }),
    ...(size === undefined ? {} : { size: checkSize(size, call) }),
    ...(input === undefined && isTold ? {} : { input: checkInput(input, call) }),
    ...(classes === undefined ? {} : { classes: checkClasses(classes, call) }),
    dtype,
  };
}

/** @param {unknown} title @returns {title is string} */
function isTitle(title) {
  return typeof title === 'string' && title.length <= LONGEST && title.search(CONTROL) === -1;
}

/** @param {unknown} size @param {string} call @returns {[number, number]} */
function checkSize(size, call) {
  const message = `${call}({ size }) is [height, width] of the pictures, two whole numbers such as [224, 224].`;
  const [height, width, ...more] = converted(() => Array.from(/** @type {number[]} */ (size)), message);
  if (more.length > 0 || ![height, width].every((side) => Number.isInteger(side) && Number(side) > 0 && Number(side) < 2 ** 31)) {
    throw invalid(message);
  }
  return [Number(height), Number(width)];
}

/** @param {unknown} input @param {string} call @returns {string | Normalisation} */
function checkInput(input, call) {
  const choices = `${INPUT_PRESETS.map((name) => `'${name}'`).join(', ')}, or { range: [0, 1], mean: […], std: […] }`;
  if (input === undefined) {
    throw invalid(
      `This file does not say how pictures were normalised in training; say it with ${call}({ input }): ${choices}. ` +
        "torchvision's networks and most others take 'imagenet'.",
    );
  }
  if (INPUT_PRESETS.some((name) => name === input)) return /** @type {string} */ (input);
  const message = `${call}({ input }) is one of ${choices}.`;
  return converted(() => {
    const { range, mean, std, ...unknown } = /** @type {Normalisation} */ (input);
    const [low, high] = numbers(range, 2);
    if (Object.keys(unknown).length > 0) throw new TypeError('another key');
    return { range: /** @type {[number, number]} */ ([low, high]), mean: numbers(mean), std: numbers(std) };
  }, message);
}

/** @param {unknown} values @param {number} [count] @returns {number[]} */
function numbers(values, count) {
  const all = Array.from(/** @type {number[]} */ (values));
  if (all.length === 0 || (count !== undefined && all.length !== count)) throw new TypeError('another count');
  if (!all.every((value) => typeof value === 'number' && Number.isFinite(value))) throw new TypeError('not numbers');
  return all;
}

/** @param {unknown} classes @param {string} call @returns {string | string[]} */
function checkClasses(classes, call) {
  if (classes === 'imagenet') return classes;
  // Copied first: a hole becomes something that can be checked.
  const names = Array.isArray(classes) ? Array.from(classes) : [undefined];
  if (!names.every((name) => typeof name === 'string')) {
    throw invalid(`${call}({ classes }) is an array of names, one for each output, or 'imagenet'.`);
  }
  return names;
}

/** @param {string} message */
function invalid(message) {
  return new RelumeError('invalid-option', message);
}
