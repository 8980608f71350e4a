// An engine whose workers all hold the same model and run, and a look at what is posted to them.

import { Relume } from '../../../pkg/index.js';

/** @typedef {(operation: string, worker: Worker) => void} OnPost */

export const METHODS = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);

/** Everything posted to any worker, as it is posted. @type {{ worker: Worker, operation: string }[]} */
const asked = [];
/** @type {OnPost | undefined} */
let listener;

/** @type {((answer: any) => void) | undefined} */
let before;

const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ transfer) {
  asked.push({ worker: this, operation: message.operation });
  post.call(this, message, transfer);
  listener?.(message.operation, this);
};

const listen = Worker.prototype.addEventListener;
Worker.prototype.addEventListener = function (/** @type {string} */ type, /** @type {any} */ heard, /** @type {any} */ options) {
  listen.call(this, type, type === 'message' ? (/** @type {any} */ event) => {
    before?.(event.data.answer);
    heard(event);
  } : heard, options);
};

/** @param {((answer: any) => void) | undefined} next hears of every answer, just before the package does */
function beforeAnswer(next) {
  before = next;
}

/** The names of what was posted since the last time. */
function operations() {
  return asked.splice(0).map(({ operation }) => operation);
}

/** @param {OnPost | undefined} next hears of everything that is posted from now on */
function onPost(next) {
  listener = next;
}

/** @param {{ model: string, picture: Blob, workers: number }} options */
async function open({ model, picture, workers }) {
  const relume = await Relume.start({ workers });
  const network = await relume.load(model);
  const seen = await network.forward(picture);
  // The other workers have to start, to load the model and to run the picture, before they can help.
  for (let round = 0; round < 500; round++) {
    asked.length = 0;
    await Promise.all(Array.from({ length: 2 * workers }, () => seen.explain()));
    const ready = asked.every(({ operation }) => operation.startsWith('explain'));
    if (ready && new Set(asked.map(({ worker }) => worker)).size === workers) break;
  }
  asked.length = 0;
  return { relume, network, seen };
}

/** The three maps, asked for one after the other. @param {import('../../../pkg/index.js').Seen} seen */
async function three(seen) {
  const maps = [];
  for (const method of METHODS) maps.push((await seen.explain({ method })).data);
  asked.length = 0;
  return maps;
}

export const pool = { METHODS, open, operations, onPost, beforeAnswer, three };

Object.assign(globalThis, { pool });
