import { RelumeError } from '../engine/error.js';

/**
 * @param {string} doing what was cancelled, as in "loading the model"
 * @param {AbortSignal | undefined} [signal]
 */
export function cancelled(doing, signal) {
  return new RelumeError('cancelled', `Cancelled while ${doing}.`, { cause: signal?.reason });
}

/**
 * The promise, or `cancelled` as soon as the signal says so. For work that cannot be stopped itself, such as decoding
 * a picture: it goes on unheeded, but nobody waits for it.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @param {string} doing
 * @returns {Promise<T>}
 */
export function abortable(promise, signal, doing) {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const give = () => reject(cancelled(doing, signal));
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
