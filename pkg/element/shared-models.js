// One engine with one worker for all elements of a page, and one copy of each model.

import { Relume } from '../api/relume.js';

/** @typedef {import('../api/model.js').Model} Model */
/** @typedef {import('../api/model-source.js').OnProgress} OnProgress */

/**
 * A model while somebody uses it.
 * @typedef {object} Shared
 * @property {Promise<Model>} model
 * @property {Set<OnProgress>} watchers who wants to hear how far the download is
 * @property {number} users
 * @property {AbortController} loading
 */

/** @type {Promise<Relume> | undefined} */
let engine;
/** By address and limits. @type {Map<string, Shared>} */
const models = new Map();

/** @typedef {import('../engine/run-limits.js').RunLimits} RunLimits */

/**
 * Borrows the model at this address; give it back when done.
 * @param {string} key one for each address with each limits
 * @param {string} url absolute
 * @param {RunLimits | undefined} limits
 * @param {OnProgress} onProgress
 * @returns {{ model: Promise<Model>, giveBack: () => void }}
 */
export function borrow(key, url, limits, onProgress) {
  const shared = models.get(key) ?? load(key, url, limits);
  shared.users++;
  shared.watchers.add(onProgress);
  let mine = true;
  return {
    model: shared.model,
    giveBack() {
      if (!mine) return;
      mine = false;
      shared.users--;
      shared.watchers.delete(onProgress);
      // An element that is moved within the page is taken out and put in again.
      setTimeout(() => {
        if (shared.users === 0) release(key, shared);
      });
    },
  };
}

/** @param {string} key @param {string} url @param {RunLimits | undefined} limits */
function load(key, url, limits) {
  // More workers would each fetch and hold the models; the elements wait for each other instead.
  engine ??= Relume.start({ workers: 1 });
  const loading = new AbortController();
  /** @type {Set<OnProgress>} */
  const watchers = new Set();
  const model = engine.then((relume) =>
    relume.load(url, {
      ...(limits && { limits }),
      signal: loading.signal,
      onProgress: (at) => {
        for (const watch of watchers) watch(at);
      },
    }),
  );
  /** @type {Shared} */
  const shared = { model, watchers, users: 0, loading };
  models.set(key, shared);
  // What failed is tried again by whoever asks next.
  model.catch(() => forget(key, shared));
  return shared;
}

/** @param {string} key @param {Shared} shared */
function release(key, shared) {
  forget(key, shared);
  shared.loading.abort();
  shared.model.then(
    (model) => model.close(),
    () => undefined,
  );
}

/** @param {string} key @param {Shared} shared */
function forget(key, shared) {
  if (models.get(key) === shared) models.delete(key);
}
