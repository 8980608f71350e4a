import { RelumeError } from './error.js';

/** @typedef {import('./engine.js').Turn} Turn */
/** @typedef {import('./session.js').Session} Session */

/**
 * Puts an object into the worker: posts one `call` that makes it under `handle`.
 * @template A
 * @typedef {(handle: number) => Promise<A>} Post
 */

let lastHandle = 0;

/**
 * Where an object lives in the worker, and how to put it there again once that worker is gone.
 * @template A what the worker says when the object is made
 */
export class Place {
  #what;
  #prepare;
  #parent;
  /** @type {Session | undefined} */
  #session;
  #handle = 0;
  #closed = false;

  /**
   * @param {string} what as in "model"
   * @param {(turn: Turn) => Promise<Post<A>>} prepare everything slow; the post itself must not wait
   * @param {Place<any>} [parent] closed together with it
   */
  constructor(what, prepare, parent) {
    this.#what = what;
    this.#prepare = prepare;
    this.#parent = parent;
  }

  /** @returns {boolean} */
  get closed() {
    return this.#closed || (this.#parent?.closed ?? false);
  }

  assertOpen() {
    if (this.closed) throw new RelumeError('closed', `This ${this.#what} was closed and cannot be used any more.`);
  }

  /** The handle in this turn's worker. @param {Turn} turn */
  async in(turn) {
    this.assertOpen();
    if (this.#session !== turn.session) await this.put(turn, await this.#prepare(turn));
    return this.#handle;
  }

  /**
   * @param {Turn} turn
   * @param {Post<A>} post
   * @returns {Promise<A>}
   */
  async put(turn, post) {
    this.assertOpen();
    // Known from the moment it is asked for: closing while the worker is at it frees it right afterwards.
    this.#session = turn.session;
    this.#handle = ++lastHandle;
    try {
      return await post(this.#handle);
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#session?.free(this.#handle);
  }
}

/** Frees what nobody holds any more. Calling `close()` is better: this may come late or never. */
export const forgotten = new FinalizationRegistry((/** @type {Place<any>} */ place) => place.close());
