// The package as anyone would import it, and what else the tests need, as one global object.

import { Relume, RelumeError, sharedScale } from '../../../pkg/index.js';
import { against, difference, middle, tensors } from './golden.js';
import { normalised, pictureFrom } from './picture.js';
import { seededNumbers } from './seeded-numbers.js';

/** @typedef {{ code: string, message: string }} Refusal */

/**
 * The error that a call rejects with. Fails if it does not reject, or with another kind of error than the package's own.
 * @param {() => Promise<unknown>} call
 * @returns {Promise<Refusal>}
 */
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof RelumeError)) return { code: `not a RelumeError but ${error}`, message: '' };
    return { code: error.code, message: error.message };
  }
  return { code: 'none', message: 'the call went through' };
}

/** @param {string} path @returns {Promise<Blob>} */
async function file(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.blob();
}

/**
 * Whether two arrays hold the very same numbers.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function same(a, b) {
  return a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));
}

/** What few need is loaded by those. */
const conversion = () => import('../../../pkg/convert.js');

export const bare = {
  Relume,
  RelumeError,
  refusal,
  file,
  same,
  against,
  difference,
  middle,
  tensors,
  normalised,
  pictureFrom,
  conversion,
  seededNumbers,
  sharedScale,
};

Object.assign(globalThis, { bare });
