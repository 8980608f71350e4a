import { RelumeError } from '../engine/error.js';

/** @typedef {import('./worker-pool.js').Turn} Turn */
/** @typedef {import('./worker-session.js').Session} Session */

/**
 * Puts an object into the worker: posts one `call` that makes it under `handle`.
 * @template A
 * @typedef {(handle: number) => Promise<A>} Post
 */

let lastHandle = 0;

/**
 * In which workers an object lives, and how to put it into another, or again once a worker is gone.
 * @template A what the worker says when the object is made
 */
export class RemoteObject {
  #what;
  #prepare;
  #parent;
  /** @type {Map<Session, number>} */
  #handles = new Map();
  #closed = false;

  /**
   * @param {string} what as in "model"
   * @param {(turn: Turn) => Promise<Post<A>>} prepare everything slow; the post itself must not wait
   * @param {RemoteObject<any>} [parent] closed together with it
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

  /** What has to be in a worker before this can be: a run's model, a model itself. @returns {RemoteObject<any>} */
  get root() {
    return this.#parent?.root ?? this;
  }

  /** @param {Session} session */
  isIn(session) {
    return this.#handles.has(session);
  }

  assertOpen() {
    if (this.closed) throw new RelumeError('closed', `This ${this.#what} was closed and cannot be used any more.`);
  }

  /** The handle in this turn's worker. @param {Turn} turn */
  async in(turn) {
    this.assertOpen();
    const handle = this.#handles.get(turn.session);
    if (handle !== undefined) return handle;
    await this.put(turn, await this.#prepare(turn));
    return /** @type {number} */ (this.#handles.get(turn.session));
  }

  /**
   * @param {Turn} turn
   * @param {Post<A>} post
   * @returns {Promise<A>}
   */
  async put(turn, post) {
    this.assertOpen();
    // Known from the moment it is asked for: closing while the worker is at it frees it right afterwards.
    const handle = ++lastHandle;
    for (const session of this.#handles.keys()) if (session.ended) this.#handles.delete(session);
    this.#handles.set(turn.session, handle);
    try {
      return await post(handle);
    } catch (error) {
      this.#handles.delete(turn.session);
      throw error;
    }
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    for (const [session, handle] of this.#handles) session.free(handle);
    this.#handles.clear();
  }
}

/** Frees what nobody holds any more. Calling `close()` is better: this may come late or never. */
export const forgotten = new FinalizationRegistry((/** @type {RemoteObject<any>} */ remote) => remote.close());
