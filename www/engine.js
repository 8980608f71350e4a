// Holds the running engine and the loaded network. A new pair replaces the old one only when
// both are ready, so a failed switch leaves what worked in place.
// A replaced pair lives on until `retire`, for whoever still has to let go of it.

import { Relume } from '../pkg/index.js';

/** @typedef {import('./rules.js').Backend} Backend */
/** @typedef {import('./rules.js').Model} Model */

/** @typedef {{ backend: Backend, source: string | File }} Setup */

/** The engine itself did not start; the cause says why. */
export class EngineStartError extends Error {}

export class Engine {
  /** @type {Relume | undefined} */
  relume;
  /** @type {Model | undefined} */
  model;
  /** @type {Backend} */
  backend = 'flex';
  /** @type {string | File | undefined} */
  source;
  #loading = new AbortController();
  /** Of the first engine. @type {Promise<void>} */
  #starting = Promise.resolve();
  /** @type {{ close(): void }[]} */
  #replaced = [];
  #onEngine;

  /** @param {(relume: Relume) => void} onEngine called whenever another engine takes over */
  constructor(onEngine) {
    this.#onEngine = onEngine;
  }

  /** Starts the first engine. A network can be asked of it at once: its download does not wait. @param {Backend} backend */
  async start(backend) {
    this.relume = await Relume.start({ backend });
    this.backend = backend;
    this.#starting = answers(this.relume);
    try {
      await this.#starting;
    } catch (error) {
      this.relume = undefined;
      // No use in a network now.
      this.#loading.abort();
      throw error;
    }
    this.#onEngine(this.relume);
  }

  /**
   * Loads a network, on another backend where asked. Undefined: a later call took over.
   * @param {Setup} setup
   * @param {(at: { loaded: number, total?: number }) => void} onProgress
   * @returns {Promise<Model | undefined>}
   */
  async use({ backend, source }, onProgress) {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    const old = { relume: this.relume, model: this.model };
    const fresh = this.relume === undefined || backend !== this.backend;
    const relume = fresh ? await started(backend) : /** @type {Relume} */ (this.relume);
    try {
      const model = await relume.load(source, { signal, onProgress: (at) => { if (!signal.aborted) onProgress(at); } });
      if (signal.aborted) {
        model.close();
        if (fresh) relume.close();
        return undefined;
      }
      Object.assign(this, { relume, model, backend, source });
      if (old.model) this.#replaced.push(old.model);
      if (fresh) {
        if (old.relume) this.#replaced.push(old.relume);
        this.#onEngine(relume);
      }
      return model;
    } catch (error) {
      if (fresh) relume.close();
      if (signal.aborted) return undefined;
      // An engine that did not start has loaded nothing either: that is the reason then.
      if (!fresh) await this.#starting;
      throw error;
    }
  }

  /** Frees what was replaced. */
  retire() {
    for (const old of this.#replaced.splice(0)) old.close();
  }
}

/** @param {Backend} backend */
async function started(backend) {
  const relume = await Relume.start({ backend });
  await answers(relume);
  return relume;
}

/**
 * An engine starts with the first question it is asked. This asks a small one, so that an engine
 * that cannot start is told apart from a network that cannot be fetched.
 * @param {Relume} relume
 */
async function answers(relume) {
  try {
    await relume.reluBackward('guided', [1], [1]);
  } catch (cause) {
    relume.close();
    throw new EngineStartError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
