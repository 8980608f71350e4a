import { cancelled } from './cancel.js';
import { Session } from './worker-session.js';

/** @typedef {import('./worker-pool.js').Job} Job */
/** @typedef {import('./worker-pool.js').Turn} Turn */
/** @typedef {import('./remote-object.js').RemoteObject<any>} RemoteObject */
/** @typedef {import('./engine-start.js').EngineStart} EngineStart */

/** How often a model is brought to a worker before anything on it works there: again after a crash, not for ever. */
const TRIES = 2;

/** One worker of the pool, and what it is at: one thing at a time. It starts with the first thing it is given. */
export class WorkerSlot {
  /** @type {Session | undefined} */
  session;
  /** The job whose turn it is. @type {Job | undefined} */
  job;
  /** How often each model was to be brought here. @type {WeakMap<RemoteObject, number>} */
  #tries = new WeakMap();
  /** The model that is being brought here. @type {RemoteObject | undefined} */
  fetching;
  #start;

  /** @param {EngineStart} start */
  constructor(start) {
    this.#start = start;
  }

  get busy() {
    return this.job !== undefined || this.fetching !== undefined;
  }

  open() {
    if (this.session === undefined) {
      this.session = new Session(this.#start, (ended) => {
        if (this.session === ended) this.session = undefined;
      });
    }
    return this.session;
  }

  /** Whether an object is in this worker. @param {RemoteObject} remote */
  holds(remote) {
    return this.session !== undefined && remote.isIn(this.session);
  }

  /** Does a job; it resolves or rejects the job, and never throws. @param {Job} job */
  async run(job) {
    this.job = job;
    try {
      const result = await job.work(this.#turn(job));
      if (job.remote) this.#tries.delete(job.remote.root);
      job.resolve(result);
    } catch (error) {
      job.reject(error);
    } finally {
      this.job = undefined;
    }
  }

  /** Whether it is worth trying to bring a model here. @param {RemoteObject} model */
  mayFetch(model) {
    return !this.busy && !this.holds(model) && (this.#tries.get(model) ?? 0) < TRIES;
  }

  /** Brings a model here, so that the next jobs on it can be done here too. @param {RemoteObject} model */
  async fetch(model) {
    this.fetching = model;
    this.#tries.set(model, (this.#tries.get(model) ?? 0) + 1);
    try {
      const session = this.open();
      await model.in({ session, signal: undefined, call: (...request) => session.call(...request) });
    } catch {
      // Nobody asked for it here, and nothing is lost: where the model is already, the work goes on.
    } finally {
      this.fetching = undefined;
    }
  }

  /** @param {Job} job @returns {Turn} */
  #turn({ signal, doing }) {
    const session = this.open();
    return {
      session,
      signal,
      // A cancelled job asks for nothing more.
      call: (...request) => (signal?.aborted ? Promise.reject(cancelled(doing, signal)) : session.call(...request)),
    };
  }
}
