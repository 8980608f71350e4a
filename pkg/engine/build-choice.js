// The engine is built more than once: which build is wanted, and which can be run here? Asked before anything is fetched.

import { RelumeError, asText } from './error.js';

/** @typedef {import('./types.js').Backend} Backend */
/** @typedef {import('./types.js').Build} Build */

/** @type {readonly Backend[]} */
const BACKENDS = ['flex', 'ndarray'];

/**
 * A module of one function without parameters that gives a v128 and has `code` as its body: 40 bytes or so, to be
 * validated, never run.
 * @param {number[]} code
 */
function probe(code) {
  const body = [0, ...code, 0x0b];
  const functions = [1, body.length, ...body];
  return new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0, // the magic number, version 1
    1,
    5,
    1,
    0x60,
    0,
    1,
    0x7b, // types: one, no parameters, gives a v128
    3,
    2,
    1,
    0, // functions: one, of that type
    10,
    functions.length,
    ...functions, // their code
  ]);
}

const SPLAT = [0x41, 0, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const SIMD = probe(SPLAT);
const RELAXED = probe([...SPLAT, ...SPLAT, ...SPLAT, 0xfd, 0x85, 0x02]); // f32x4.relaxed_madd

/**
 * @param {Backend} backend
 * @param {boolean} relaxed
 * @param {string} call as in "start"
 */
export function checkWanted(backend, relaxed, call) {
  if (!BACKENDS.includes(backend)) {
    throw new RelumeError('unsupported-backend', `There is no backend "${asText(backend)}"; choose one of ${BACKENDS.join(', ')}.`);
  }
  if (typeof relaxed !== 'boolean') throw new RelumeError('invalid-option', `${call}({ relaxed }) is true or false.`);
}

/**
 * @param {Backend} backend
 * @param {boolean} relaxed whether relaxed SIMD may be used where it is there
 * @returns {Build}
 */
export function buildFor(backend, relaxed) {
  // Some browsers in a mode of caution have no WebAssembly at all.
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(SIMD)) {
    throw new RelumeError(
      'unsupported-browser',
      'This browser has no WebAssembly with SIMD, which the engine is built for. ' +
        'Every current Chrome, Edge, Firefox and Safari has it (since 2021; Safari since 16.4).',
    );
  }
  return backend === 'flex' && relaxed && WebAssembly.validate(RELAXED) ? 'flex-relaxed' : backend;
}
