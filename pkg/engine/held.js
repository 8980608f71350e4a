import { RelumeError } from './error.js';
import { hasCrashed } from './guarded-call.js';

/**
 * An object of the wasm until it is freed: after that the wasm would take it for a fault of its own.
 * @template {{ free(): void }} T
 * @param {object} glue
 * @param {T} object
 * @param {string} what as in "model"
 */
export function held(glue, object, what) {
  /** @type {T | undefined} */
  let current = object;
  return {
    get() {
      if (current === undefined) throw new RelumeError('closed', `This ${what} was freed and cannot be used any more.`);
      return current;
    },
    free() {
      const freed = current;
      current = undefined;
      // After a trap there is nothing left to be tidy about.
      if (!hasCrashed(glue)) freed?.free();
    },
  };
}
