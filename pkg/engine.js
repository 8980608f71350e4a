import { cancelled } from './abort.js';
import { RelumeError } from './error.js';
import { Session } from './session.js';

/** @typedef {import('./session.js').Wanted} Wanted */

/** How long a cancelled call may go on in the worker while others wait. */
const PATIENCE = 250;

/**
 * What a job may do while it is its turn: ask the worker.
 * @typedef {object} Turn
 * @property {Session} session
 * @property {AbortSignal | undefined} signal
 * @property {Session['call']} call
 */

/**
 * @typedef {object} Job
 * @property {(turn: Turn) => Promise<any>} work
 * @property {AbortSignal | undefined} signal
 * @property {string} doing
 * @property {(value: any) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {number | undefined} abandonedAt
 */

/**
 * The queue in front of the worker. The jobs wait on this side, one at a time goes to the worker: so a cancelled one
 * that waits is never sent, and a crash takes one job with it, not the others.
 */
export class Engine {
  #wanted;
  /** @type {Session | undefined} */
  #session;
  /** @type {Job[]} */
  #waiting = [];
  /** @type {Job | undefined} */
  #running;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  #closed = false;

  /** @param {Wanted} wanted */
  constructor(wanted) {
    this.#wanted = wanted;
  }

  get build() {
    return this.#session?.build;
  }

  get memory() {
    return this.#session?.memory ?? 0;
  }

  /** Starts the worker, so that it is ready by the time a download is. A failure shows in the call that needs it. */
  warm() {
    if (!this.#closed) this.#open();
  }

  /**
   * @template T
   * @param {(turn: Turn) => Promise<T>} work
   * @param {string} doing as in "loading the model"
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   */
  run(work, doing, signal) {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closed();
      if (signal?.aborted) throw cancelled(doing, signal);
      /** @type {Job} */
      const job = { work, signal, doing, resolve: settle(resolve), reject: settle(reject), abandonedAt: undefined };
      const abandon = () => this.#abandon(job);
      /** @template V @param {(value: V) => void} how @returns {(value: V) => void} */
      function settle(how) {
        return (value) => {
          signal?.removeEventListener('abort', abandon);
          how(value);
        };
      }
      signal?.addEventListener('abort', abandon, { once: true });
      this.#waiting.push(job);
      this.#next();
      this.#watchOver();
    });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#watch);
    for (const job of this.#waiting.splice(0)) job.reject(closed());
    this.#running?.reject(closed());
    this.#session?.end(closed());
  }

  #open() {
    if (this.#session === undefined) {
      this.#session = new Session(this.#wanted, (ended) => {
        if (this.#session === ended) this.#session = undefined;
      });
    }
    return this.#session;
  }

  async #next() {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#running = job;
    try {
      job.resolve(await job.work(this.#turn(job)));
    } catch (error) {
      job.reject(error);
    } finally {
      this.#running = undefined;
      this.#next();
    }
  }

  /** @param {Job} job @returns {Turn} */
  #turn(job) {
    const session = this.#open();
    const { signal, doing } = job;
    return {
      session,
      signal,
      // A cancelled job asks for nothing more.
      call: (...request) => (signal?.aborted ? Promise.reject(cancelled(doing, signal)) : session.call(...request)),
    };
  }

  /** @param {Job} job */
  #abandon(job) {
    job.reject(cancelled(job.doing, job.signal));
    const place = this.#waiting.indexOf(job);
    if (place >= 0) this.#waiting.splice(place, 1);
    else job.abandonedAt = performance.now();
    this.#watchOver();
  }

  /** Wasm cannot be interrupted: where a cancelled call keeps others waiting too long, its worker is replaced. */
  #watchOver() {
    const since = this.#running?.abandonedAt;
    if (since === undefined || this.#waiting.length === 0 || this.#watch !== undefined) return;
    const left = since + PATIENCE - performance.now();
    if (left > 0) {
      this.#watch = setTimeout(() => {
        this.#watch = undefined;
        this.#watchOver();
      }, left);
    } else {
      this.#session?.end(cancelled('the worker was busy with a cancelled call'));
    }
  }
}

function closed() {
  return new RelumeError('closed', 'This Relume was closed. Start another one with Relume.start().');
}
