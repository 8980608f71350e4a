// Holds the running engine and the loaded network. A new pair replaces the old one only when
// both are ready, so that the old pair still works after a failed switch.
// A replaced pair stays open until `retire`, because the figures still use it until then.

import { Relume } from '../pkg/index.js';

/** @typedef {import('./types.js').Backend} Backend */
/** @typedef {import('./types.js').Model} Model */

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
  /** Settles when the first engine has started or failed. @type {Promise<void>} */
  #starting = Promise.resolve();
  /** @type {{ close(): void }[]} */
  #replaced = [];
  #onEngine;

  /** @param {(relume: Relume) => void} onEngine called whenever another engine takes over */
  constructor(onEngine) {
    this.#onEngine = onEngine;
  }

  /** Starts the first engine. A network may be loaded meanwhile: its download does not wait. @param {Backend} backend */
  async start(backend) {
    this.relume = await Relume.start({ backend });
    this.backend = backend;
    this.#starting = ensureStarted(this.relume);
    try {
      await this.#starting;
    } catch (error) {
      this.relume = undefined;
      // Without an engine the network is of no use.
      this.#loading.abort();
      throw error;
    }
    this.#onEngine(this.relume);
  }

  /**
   * Loads a network, starting another engine if the backend differs. Returns undefined if a later call took over.
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
      // If the engine did not start, that is the reason, and is thrown instead.
      if (!fresh) await this.#starting;
      throw error;
    }
  }

  /** Closes the engines and networks that were replaced. */
  retire() {
    for (const old of this.#replaced.splice(0)) old.close();
  }
}

/** @param {Backend} backend */
async function started(backend) {
  const relume = await Relume.start({ backend });
  await ensureStarted(relume);
  return relume;
}

/**
 * An engine starts with its first call. This makes a small one, to tell an engine that cannot
 * start from a network that cannot be fetched.
 * @param {Relume} relume
 */
async function ensureStarted(relume) {
  try {
    await relume.reluBackward('guided', [1], [1]);
  } catch (cause) {
    relume.close();
    throw new EngineStartError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
