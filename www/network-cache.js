// The networks of one engine. Each is loaded once for all who use it at the same time, and closed when the last of them is done.

/** @import { Model, Relume } from './types.js' */
/** @typedef {(at: { loaded: number, total?: number }) => void} OnProgress */
/** One use of a network: `close` ends it. @typedef {{ model: Promise<Model>, close(): void }} CachedNetwork */

export class NetworkCache {
  #relume;
  /** @type {Map<string | File, { model: Promise<Model>, users: Set<OnProgress>, loading: AbortController }>} */
  #networks = new Map();

  /** @param {Relume} relume */
  constructor(relume) {
    this.#relume = relume;
  }

  /** @param {string | File} source @param {OnProgress} [onProgress] @returns {CachedNetwork} */
  use(source, onProgress) {
    const network = this.#networks.get(source) ?? this.#load(source);
    /** @type {OnProgress} */
    const user = (at) => onProgress?.(at);
    network.users.add(user);
    return {
      model: network.model,
      close: () => {
        if (!network.users.delete(user) || network.users.size > 0) return;
        this.#forget(source, network.model);
        network.loading.abort();
        network.model.then(
          (model) => model.close(),
          () => undefined,
        );
      },
    };
  }

  /** @param {string | File} source */
  #load(source) {
    const loading = new AbortController();
    /** @type {Set<OnProgress>} */
    const users = new Set();
    const model = this.#relume.load(source, {
      signal: loading.signal,
      onProgress: (at) => {
        for (const user of users) user(at);
      },
    });
    // Whoever uses it after a failure loads it anew.
    model.catch(() => this.#forget(source, model));
    const network = { model, users, loading };
    this.#networks.set(source, network);
    return network;
  }

  /** @param {string | File} source @param {Promise<Model>} model */
  #forget(source, model) {
    if (this.#networks.get(source)?.model === model) this.#networks.delete(source);
  }
}
