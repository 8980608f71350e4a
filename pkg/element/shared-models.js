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
/** By address. @type {Map<string, Shared>} */
const models = new Map();

/**
 * Borrows the model at this address; give it back when done.
 * @param {string} url absolute
 * @param {OnProgress} onProgress
 * @returns {{ model: Promise<Model>, giveBack: () => void }}
 */
export function borrow(url, onProgress) {
  const shared = models.get(url) ?? load(url);
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
        if (shared.users === 0) release(url, shared);
      });
    },
  };
}

/** @param {string} url */
function load(url) {
  // More workers would each fetch and hold the models; the elements wait for each other instead.
  engine ??= Relume.start({ workers: 1 });
  const loading = new AbortController();
  /** @type {Set<OnProgress>} */
  const watchers = new Set();
  const model = engine.then((relume) =>
    relume.load(url, {
      signal: loading.signal,
      onProgress: (at) => {
        for (const watch of watchers) watch(at);
      },
    }),
  );
  /** @type {Shared} */
  const shared = { model, watchers, users: 0, loading };
  models.set(url, shared);
  // What failed is tried again by whoever asks next.
  model.catch(() => forget(url, shared));
  return shared;
}

/** @param {string} url @param {Shared} shared */
function release(url, shared) {
  forget(url, shared);
  shared.loading.abort();
  shared.model.then(
    (model) => model.close(),
    () => undefined,
  );
}

/** @param {string} url @param {Shared} shared */
function forget(url, shared) {
  if (models.get(url) === shared) models.delete(url);
}
