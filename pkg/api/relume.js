/// <reference lib="esnext.disposable" preserve="true" />

import { checkWanted } from '../engine/build-choice.js';
import { WorkerPool } from '../pool/worker-pool.js';
import { RelumeError, asText } from '../engine/error.js';
import { Model } from './model.js';
import { checkProgress, checkSignal, converted, optionsOf, refuseUnknown, signalOf } from '../engine/options.js';
import { checkRule } from '../engine/rules.js';
import { modelReader } from './model-reader.js';
import { part } from './part.js';

/** @typedef {import('../engine/types.js').Backend} Backend */
/** @typedef {import('../engine/types.js').Rule} Rule */
/** @typedef {import('../engine/conversion-options.js').ConversionOptions} ConversionOptions */
/** @typedef {import('../engine/run-limits.js').RunLimits} RunLimits */
/** @typedef {import('./model-source.js').ModelSource} ModelSource */
/** @typedef {import('./model-source.js').OnProgress} OnProgress */

/** How many workers there are at most unless told: more would hold more copies of a model than they save time. */
const USUAL = 4;
const MOST = 64;
/** Only `start` has it. */
const BY_START = Symbol('Relume.start');

/**
 * An engine in workers of its own. Calls that do not wait for each other, as of several maps asked for at once, are spread
 * over them.
 */
export class Relume {
  /** @type {Backend} */
  backend;
  #pool;

  /**
   * @param {symbol} by
   * @param {Backend} backend
   * @param {boolean} relaxed
   * @param {number} workers
   * @private use {@link Relume.start}
   */
  constructor(by, backend, relaxed, workers) {
    if (by !== BY_START) {
      throw new RelumeError('invalid-option', 'An engine is made by `await Relume.start()`, not by `new Relume()`.');
    }
    this.backend = backend;
    this.#pool = new WorkerPool({ backend, relaxed }, workers);
  }

  /**
   * A worker starts with the first call that needs it.
   * @param {{ backend?: Backend, relaxed?: boolean, workers?: number }} [options] `backend`: `flex` (the default) or `ndarray`, the second
   *   opinion. `relaxed: false` keeps to plain SIMD, which gives the same bits on every machine; relaxed SIMD is faster
   *   and rounds as the processor does. `workers`: how many at most; as many as the machine has cores, and no more than
   *   four, unless told. Each holds its own copy of the models it works on.
   * @returns {Promise<Relume>}
   */
  static async start(options) {
    const { backend = 'flex', relaxed = true, workers = usual(), ...unknown } = optionsOf(options, 'start()');
    refuseUnknown(unknown, 'start()', ['backend', 'relaxed', 'workers']);
    checkWanted(backend, relaxed, 'start');
    if (!Number.isInteger(workers) || workers < 1 || workers > MOST) {
      throw new RelumeError('invalid-option', `start({ workers }) is a whole number from 1 to ${MOST}, not ${asText(workers)}.`);
    }
    return new Relume(BY_START, backend, relaxed, workers);
  }

  /**
   * Loads a model file, an ONNX file of a classifier, or PyTorch weights of one of torchvision's networks: `load(file, { input: 'imagenet', classes: 'imagenet' })`.
   * @param {ModelSource} source a URL, a File or Blob, or bytes; read again should the engine have to start anew
   * @param {ConversionOptions & { signal?: AbortSignal, onProgress?: OnProgress, limits?: RunLimits }} [options] what an ONNX file does not say, and a model file does: how
   *   pictures were normalised in training (`input`), their `size` where the file leaves it open, the names of the `classes`. `limits`: what one pass may
   *   take; a file from a stranger can describe a network that would keep a worker busy for minutes
   * @returns {Promise<Model>}
   * @throws {RelumeError} `too-large` for a network beyond the limits, `invalid-model`, `unreadable` and others
   */
  async load(source, options) {
    const { signal, onProgress, limits, ...description } = optionsOf(options, 'load()');
    const { input, size, classes, title, dtype, ...unknown } = description;
    refuseUnknown(unknown, 'load()', ['signal', 'onProgress', 'limits', 'input', 'size', 'classes', 'title', 'dtype']);
    const reading = { signal: checkSignal(signal, 'load()'), onProgress: checkProgress(onProgress, 'load()') };
    this.#pool.warm();
    // As the source is now, whatever becomes of it.
    const reader = modelReader(source, description);
    // Few give any, and the worker knows what holds where none are given.
    const checked = limits === undefined ? undefined : (await part(import('../engine/run-limits.js'))).checkedLimits(limits, 'load');
    return Model.load(this.#pool, reader, reading, checked);
  }

  /**
   * What a signal `r` becomes in the backward pass through a ReLU whose input was `f`.
   * @param {Rule} rule
   * @param {ArrayLike<number>} f
   * @param {ArrayLike<number>} r as many numbers as `f`
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Float32Array>}
   */
  async reluBackward(rule, f, r, options) {
    const signal = signalOf(options, 'reluBackward()');
    const [numbers, gradients] = [f, r].map((values) =>
      converted(() => Float32Array.from(values), 'f and R are given as arrays of numbers.'),
    );
    const request = { rule: checkRule(rule), f: /** @type {Float32Array} */ (numbers), r: /** @type {Float32Array} */ (gradients) };
    const { data } = await this.#pool.run((turn) => turn.call('reluBackward', request), {
      doing: 'applying the rule',
      signal,
      short: true,
    });
    return data;
  }

  /** Which build of the engine runs, `flex-relaxed`, `flex` or `ndarray`; undefined until one has started. */
  build() {
    return this.#pool.build;
  }

  /** Bytes of wasm memory in use by all workers together, as of their last answers; 0 while none runs. */
  memory() {
    return this.#pool.memory;
  }

  /** Ends the workers. What came from this engine is closed with it; maps keep their numbers. */
  close() {
    this.#pool.close();
  }

  /** The same, for `using`. */
  [Symbol.dispose]() {
    this.close();
  }
}

function usual() {
  return Math.min(globalThis.navigator?.hardwareConcurrency || 1, USUAL);
}
