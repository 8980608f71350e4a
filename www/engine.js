// Holds the running engine and the loaded network. A new pair replaces the old one only when both are ready, so that the old
// pair still works after a failed switch. A replaced pair stays open until `retire`, because the figures still use it until
// then.

import { Relume } from '../pkg/index.js';
import { NetworkCache } from './network-cache.js';

/** @import { Backend, Model } from './types.js' */

/** `random`: with random weights instead of its own. @typedef {{ backend: Backend, source: string | File, random: boolean }} Setup */

/** The engine itself did not start; the cause says why. */
export class EngineStartError extends Error {}

export class Engine {
  /** @type {Relume | undefined} */
  relume;
  /** Those of the running engine. @type {NetworkCache | undefined} */
  networks;
  /** @type {Model | undefined} */
  model;
  /** @type {Backend} */
  backend = 'flex';
  /** @type {string | File | undefined} */
  source;
  /** Whether its weights are random ones. */
  random = false;
  /** Whether a network is being loaded, to replace this one. */
  loading = false;
  #newest = new AbortController();
  /** Settles when the first engine has started or failed. @type {Promise<void>} */
  #starting = Promise.resolve();
  /** @type {{ close(): void } | undefined} */
  #used;
  /** @type {{ close(): void }[]} */
  #replaced = [];
  #onEngine;

  /** @param {(relume: Relume, networks: NetworkCache) => void} onEngine called whenever another engine takes over */
  constructor(onEngine) {
    this.#onEngine = onEngine;
  }

  /** Starts the first engine. A network may be loaded meanwhile: its download does not wait. @param {Backend} backend */
  async start(backend) {
    const relume = await Relume.start({ backend });
    const networks = new NetworkCache(relume);
    Object.assign(this, { relume, networks, backend });
    this.#starting = ensureStarted(relume);
    try {
      await this.#starting;
    } catch (error) {
      this.relume = undefined;
      // Without an engine the network is of no use.
      this.#newest.abort();
      throw error;
    }
    this.#onEngine(relume, networks);
  }

  /**
   * Loads a network, starting another engine if the backend differs. Returns undefined if a later call took over.
   * @param {Setup} setup
   * @param {import('./network-cache.js').OnProgress} onProgress
   * @returns {Promise<Model | undefined>}
   */
  async use({ backend, source, random }, onProgress) {
    const older = this.#newest;
    const { signal } = (this.#newest = new AbortController());
    this.loading = true;
    /** @type {Relume | undefined} */
    let fresh;
    try {
      if (!this.relume || !this.networks || backend !== this.backend) {
        older.abort();
        fresh = await started(backend);
        signal.throwIfAborted();
      }
      const networks = fresh ? new NetworkCache(fresh) : /** @type {NetworkCache} */ (this.networks);
      const used = networks.use(
        source,
        (at) => {
          if (!signal.aborted) onProgress(at);
        },
        random,
      );
      // Only now, so that a network that both calls want goes on loading.
      older.abort();
      signal.addEventListener('abort', used.close);
      const model = await used.model;
      signal.throwIfAborted();
      signal.removeEventListener('abort', used.close);
      if (this.#used) this.#replaced.push(this.#used);
      if (fresh && this.relume) this.#replaced.push(this.relume);
      Object.assign(this, { model, backend, source, random, ...(fresh && { relume: fresh, networks }) });
      this.#used = used;
      if (fresh) this.#onEngine(fresh, networks);
      return model;
    } catch (error) {
      fresh?.close();
      if (signal.aborted) return undefined;
      // If the engine did not start, that is the reason, and is thrown instead.
      if (!fresh) await this.#starting;
      throw error;
    } finally {
      if (signal === this.#newest.signal) this.loading = false;
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
