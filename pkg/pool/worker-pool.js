import { cancelled } from './cancel.js';
import { EngineStart } from './engine-start.js';
import { RelumeError } from '../engine/error.js';
import { WorkerSlot } from './worker-slot.js';

/** @typedef {import('./remote-object.js').RemoteObject<any>} RemoteObject */
/** @typedef {import('./worker-session.js').Session} Session */
/** @typedef {import('../worker/protocol.js').Request<'start'>} Wanted */

/** How long a cancelled call may go on in a worker while others wait. */
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
 * @property {RemoteObject | undefined} remote what it works on
 * @property {AbortSignal | undefined} signal
 * @property {string} doing
 * @property {boolean} short
 * @property {(value: any) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {number | undefined} abandonedAt
 */

/**
 * The queue in front of the workers. The jobs wait on this side, one at a time goes to a worker: so a cancelled one that
 * waits is never sent, and a crash takes one job with it, not the others.
 *
 * A second worker starts only where jobs wait while the first is busy. It loads their model first; until it has, they
 * are done where the model is. So what is asked for one after the other stays in one worker and one copy.
 */
export class WorkerPool {
  #slots;
  /** @type {Job[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  #closed = false;
  #dealing = false;

  /** @param {Wanted} wanted @param {number} workers how many at most */
  constructor(wanted, workers) {
    const start = new EngineStart(wanted);
    this.#slots = Array.from({ length: workers }, () => new WorkerSlot(start));
  }

  get build() {
    return this.#sessions.find(({ build }) => build !== undefined)?.build;
  }

  get memory() {
    return this.#sessions.reduce((sum, { memory }) => sum + memory, 0);
  }

  /** How many workers there are at most. */
  get size() {
    return this.#slots.length;
  }

  get #sessions() {
    return this.#slots.flatMap(({ session }) => session ?? []);
  }

  /** Starts the first worker, so that it is ready by the time a download is. A failure shows in the call that needs it. */
  warm() {
    if (this.#closed) throw closed();
    this.#slots[0]?.open();
  }

  /**
   * @template T
   * @param {(turn: Turn) => Promise<T>} work
   * @param {{ doing: string, remote?: RemoteObject, signal?: AbortSignal | undefined, short?: boolean }} about `doing`: as in
   *   "loading the model"; `remote`: what it works on, if it is in a worker already; `short`: it runs no network, so it goes
   *   before the calls that do
   * @returns {Promise<T>}
   */
  run(work, { doing, remote, signal, short = false }) {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closed();
      if (signal?.aborted) throw cancelled(doing, signal);
      /** @type {Job} */
      const job = { work, remote, signal, doing, short, resolve: settle(resolve), reject: settle(reject), abandonedAt: undefined };
      const abandon = () => this.#abandon(job);
      /** @template V @param {(value: V) => void} how @returns {(value: V) => void} */
      function settle(how) {
        return (value) => {
          signal?.removeEventListener('abort', abandon);
          how(value);
        };
      }
      signal?.addEventListener('abort', abandon, { once: true });
      const next = short ? this.#waiting.findIndex((other) => !other.short) : -1;
      this.#waiting.splice(next < 0 ? this.#waiting.length : next, 0, job);
      this.#dealSoon();
    });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#watch);
    for (const job of this.#waiting.splice(0)) job.reject(closed());
    for (const { job } of this.#slots) job?.reject(closed());
    for (const session of this.#sessions) session.end(closed());
  }

  /** After everything that is asked for at once has been. */
  #dealSoon() {
    if (this.#dealing) return;
    this.#dealing = true;
    queueMicrotask(() => {
      this.#dealing = false;
      this.#deal();
      this.#watchOver();
    });
  }

  /** Gives every job that waits to a worker that is free for it, the oldest first. */
  #deal() {
    for (const job of [...this.#waiting]) {
      const slot = this.#slotFor(job);
      if (slot === undefined) continue;
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      slot.run(job).finally(() => this.#deal());
    }
    for (const model of new Set(this.#waiting.flatMap(({ remote }) => remote?.root ?? []))) this.#spread(model);
  }

  /** Has as many workers load a model as there are calls on it that wait. @param {RemoteObject} model */
  #spread(model) {
    if (this.#holders(model).length === 0) return;
    const waiting = this.#waiting.filter(({ remote }) => remote?.root === model).length;
    const coming = this.#slots.filter(({ fetching }) => fetching === model).length;
    for (const slot of this.#slots.filter((each) => each.mayFetch(model)).slice(0, Math.max(0, waiting - coming))) {
      slot.fetch(model).then(() => this.#deal());
    }
  }

  /** @param {Job} job */
  #slotFor({ remote }) {
    const holders = remote ? this.#holders(remote.root) : [];
    // What is in no worker, not yet or no longer, goes to the first that is free of those that run already.
    const able = holders.length > 0 ? holders : this.#slots.filter(({ session }, index) => session || index === 0);
    const free = able.filter(({ busy }) => !busy);
    return free.find((slot) => remote && slot.holds(remote)) ?? free[0];
  }

  /** @param {RemoteObject} remote */
  #holders(remote) {
    return this.#slots.filter((slot) => slot.holds(remote));
  }

  /** @param {Job} job */
  #abandon(job) {
    job.reject(cancelled(job.doing, job.signal));
    const index = this.#waiting.indexOf(job);
    if (index >= 0) this.#waiting.splice(index, 1);
    else job.abandonedAt = performance.now();
    this.#watchOver();
  }

  /** Wasm cannot be interrupted: where a cancelled call keeps others waiting too long, its worker is replaced. */
  #watchOver() {
    // What has yet to be dealt waits for nobody.
    if (this.#dealing || this.#waiting.length === 0 || this.#watch !== undefined) return;
    let next = Infinity;
    // No more than are needed: with a worker go its models and runs.
    let needed = this.#waiting.length;
    for (const { job, session } of this.#slots) {
      const left = (job?.abandonedAt ?? Infinity) + PATIENCE - performance.now();
      if (left > 0) next = Math.min(next, left);
      else if (needed-- > 0) session?.end(cancelled('the worker was busy with a cancelled call'));
    }
    if (next === Infinity) return;
    this.#watch = setTimeout(() => {
      this.#watch = undefined;
      this.#watchOver();
    }, next);
  }
}

function closed() {
  return new RelumeError('closed', 'This Relume was closed. Start another one with Relume.start().');
}
