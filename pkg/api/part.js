import { RelumeError, reasonOf } from '../engine/error.js';

/**
 * A part of the package that few calls need, and that is fetched with the first of them.
 * @template T
 * @param {Promise<T>} loading
 * @returns {Promise<T>}
 */
export async function part(loading) {
  try {
    return await loading;
  } catch (cause) {
    throw new RelumeError('unreadable', `A part of the package cannot be loaded (${reasonOf(cause)}).`, { cause });
  }
}
