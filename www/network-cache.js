// The networks of one engine, each with its own weights or with random ones. Each is loaded once for all who use it at the same time, and closed when the last of them is done.

/** @import { Model, Relume } from './types.js' */
/** @typedef {(at: { loaded: number, total?: number }) => void} OnProgress */
/** @typedef {Map<string | File, { model: Promise<Model>, users: Set<OnProgress>, loading: AbortController }>} Loaded */
/** One use of a network: `close` ends it. @typedef {{ model: Promise<Model>, close(): void }} CachedNetwork */

export class NetworkCache {
  #relume;
  /** @type {{ trained: Loaded, random: Loaded }} */
  #networks = { trained: new Map(), random: new Map() };

  /** @param {Relume} relume */
  constructor(relume) {
    this.#relume = relume;
  }

  /** @param {string | File} source @param {OnProgress} [onProgress] @param {boolean} [random] with random weights @returns {CachedNetwork} */
  use(source, onProgress, random = false) {
    const network = this.#networks[random ? 'random' : 'trained'].get(source) ?? this.#load(source, random);
    /** @type {OnProgress} */
    const user = (at) => onProgress?.(at);
    network.users.add(user);
    return {
      model: network.model,
      close: () => {
        if (!network.users.delete(user) || network.users.size > 0) return;
        this.#forget(source, random, network.model);
        network.loading.abort();
        network.model.then(
          (model) => model.close(),
          () => undefined,
        );
      },
    };
  }

  /** A network of the page's own making, for whoever asks alone, who closes it. @param {Blob} file */
  load(file) {
    return this.#relume.load(file);
  }

  /** @param {string | File} source @param {boolean} random */
  #load(source, random) {
    const loading = new AbortController();
    /** @type {Set<OnProgress>} */
    const users = new Set();
    const { signal } = loading;
    const onProgress = (/** @type {{ loaded: number, total?: number }} */ at) => {
      for (const user of users) user(at);
    };
    const model = random
      ? import('./random-weights.js').then(async ({ randomFile }) => this.#relume.load(await randomFile(source, signal), { signal }))
      : this.#relume.load(source, { signal, onProgress });
    // Whoever uses it after a failure loads it anew.
    model.catch(() => this.#forget(source, random, model));
    const network = { model, users, loading };
    this.#networks[random ? 'random' : 'trained'].set(source, network);
    return network;
  }

  /** @param {string | File} source @param {boolean} random @param {Promise<Model>} model */
  #forget(source, random, model) {
    const networks = this.#networks[random ? 'random' : 'trained'];
    if (networks.get(source)?.model === model) networks.delete(source);
  }
}
