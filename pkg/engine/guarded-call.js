// Calls into the wasm: an error of the library becomes a RelumeError, and after a trap nothing is called any more.

import { RelumeError, isCode, reasonOf } from './error.js';

/** Those that trapped. Their memory may be in any state, and there is no second one on a thread. @type {WeakSet<object>} */
const crashed = new WeakSet();

/**
 * @template T
 * @param {object} glue what is called
 * @param {() => T} work
 * @returns {T}
 */
export function call(glue, work) {
  assertSound(glue);
  try {
    return work();
  } catch (error) {
    if (error instanceof RelumeError) throw error;
    const { code, message } = /** @type {{ code?: unknown, message: string }} */ (Object(error));
    if (isCode(code)) throw new RelumeError(code, message);
    crashed.add(glue);
    throw new RelumeError(
      'engine-crashed',
      `The engine stopped in the middle of this call (${reasonOf(error)}). ` +
        'It cannot be used again on this thread: start a new process or worker.',
      { cause: error },
    );
  }
}

/** @param {object} glue */
export function assertSound(glue) {
  if (hasCrashed(glue)) {
    throw new RelumeError('engine-crashed', 'The engine of this thread stopped in an earlier call: start a new process or worker.');
  }
}

/** @param {object} glue */
export function hasCrashed(glue) {
  return crashed.has(glue);
}
