/// <reference lib="esnext.disposable" preserve="true" />

import { classScores } from './class-scores.js';
import { explainOptions } from './explain-options.js';
import { RelumeError, asText } from '../engine/error.js';
import { AttributionMap } from './attribution-map.js';
import { signalOf } from '../engine/options.js';
import { forgotten } from '../pool/remote-object.js';
import { part } from './part.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('../engine/types.js').Tensor} Tensor */
/** @typedef {import('../worker/protocol.js').Answer<'forward'>} Forwarded */

/** @typedef {import('./class-scores.js').ClassScore} ClassScore */
/** @typedef {import('./crop.js').Crop} Crop */
/** @typedef {import('./explain-options.js').ExplainOptions} ExplainOptions */

/** One forward pass, kept: its scores, its activations, and backward passes for any number of maps. */
export class Trace {
  /** @type {Model} */
  model;
  /** One score a class, before any softmax. @type {Float32Array} */
  logits;
  /** The picture as the network saw it; undefined where numbers went in. @type {ImageData | undefined} */
  view;
  /** Which part of the picture that was, in the picture's own pixels; undefined where numbers went in. @type {Crop | undefined} */
  crop;
  /** The maps that `forward()` was asked for, in that order; empty if none were. @type {AttributionMap[]} */
  maps;
  /** How long the forward pass took, with fitting the picture to the network's input. @type {number} */
  milliseconds;
  #pool;
  #remote;

  /** How many numbers the picture has. */
  get #numbers() {
    return this.model.info.input.shape.reduce((product, side) => product * side, 1);
  }

  /** What a map keeps of it: not the run itself, which is closed when nobody holds it. */
  get #seen() {
    return { view: this.view, crop: this.crop };
  }

  /**
   * @param {Model} model
   * @param {WorkerPool} pool
   * @param {import('../pool/remote-object.js').RemoteObject<Forwarded>} remote
   * @param {Omit<Forwarded, 'view'> & { view: ImageData | undefined, crop: Crop | undefined, maps: AttributionMap[] }} forwarded
   * @internal use `model.forward`
   */
  constructor(model, pool, remote, { logits, view, milliseconds, crop, maps }) {
    this.model = model;
    this.logits = logits;
    this.view = view;
    this.crop = crop;
    this.maps = maps;
    this.milliseconds = milliseconds;
    this.#pool = pool;
    this.#remote = remote;
    forgotten.register(this, remote);
  }

  /**
   * The likeliest classes, likeliest first.
   * @param {number} [count] how many; all there are where there are fewer
   * @returns {Promise<ClassScore[]>}
   */
  async top(count = 5) {
    this.#remote.assertOpen();
    if (!Number.isInteger(count) || count < 1) {
      throw new RelumeError('invalid-option', `top() takes how many classes to name, a whole number from 1; not ${asText(count)}.`);
    }
    return classScores(this.logits, this.model.info.classes).slice(0, count);
  }

  /**
   * What a layer put out: `[C, H, W]`.
   * @param {string} layer
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Tensor>}
   */
  async activation(layer, options) {
    this.#remote.assertOpen();
    const signal = signalOf(options, 'activation()');
    if (typeof layer !== 'string') throw new RelumeError('invalid-target', `A layer is named by a string, not ${asText(layer)}.`);
    return this.#pool.run(async (turn) => turn.call('activation', { trace: await this.#remote.in(turn), layer }), {
      doing: 'reading the activation',
      remote: this.#remote,
      signal,
      short: true,
    });
  }

  /**
   * The map of a target: by a rule, which is one backward pass, or by another method. One of many steps is spread over the workers.
   * @param {ExplainOptions} [options]
   * @returns {Promise<AttributionMap>}
   * @example
   * const map = await trace.explain({ method: 'smoothgrad', rule: 'guided', samples: 20, onProgress: ({ done, total }) => … });
   */
  async explain(options) {
    this.#remote.assertOpen();
    return this.explainChecked(await explainOptions(options, this.model.info.classes));
  }

  /** @param {Awaited<ReturnType<typeof explainOptions>>} options @returns {Promise<AttributionMap>} @internal use `explain` */
  async explainChecked({ request, isRefined, signal, onProgress }) {
    if (isRefined) {
      let last;
      for await (const map of this.#refined(request, signal)) {
        onProgress?.(map.progress);
        last = map;
      }
      return /** @type {AttributionMap} */ (last);
    }
    const explained = await this.#pool.run(async (turn) => turn.call('explain', { ...request, trace: await this.#remote.in(turn) }), {
      doing: 'explaining',
      remote: this.#remote,
      signal,
    });
    onProgress?.({ done: 1, total: 1 });
    return new AttributionMap(this.#pool, explained, this.#seen, request.draw);
  }

  /**
   * The map of a method of many steps while it grows: each map is made of the steps so far, and the last is the one that `explain()` gives.
   * `map.progress` says how many are done. Whoever leaves the loop ends the work; so does the signal.
   * @param {ExplainOptions} options
   * @returns {AsyncGenerator<AttributionMap, void, void>}
   * @example
   * for await (const map of trace.refine({ method: 'integrated-gradients', steps: 64, signal })) await map.draw(canvas);
   */
  async *refine(options) {
    this.#remote.assertOpen();
    const { request, isRefined, signal, onProgress } = await explainOptions(options, this.model.info.classes, 'refine()');
    if (!isRefined) {
      throw new RelumeError(
        'invalid-option',
        `refine() takes a method of many steps; ${request.method.options.method} has one: explain() gives its map.`,
      );
    }
    for await (const map of this.#refined(request, signal)) {
      onProgress?.(map.progress);
      yield map;
    }
  }

  /**
   * @param {Pick<import('../worker/protocol.js').Request<'explain'>, 'method' | 'target'>} request
   * @param {AbortSignal | undefined} signal
   */
  async *#refined({ method, target }, signal) {
    const { refinedMaps } = await part(import('./refined-maps.js'));
    yield* refinedMaps(this.#pool, this.#remote, this.#seen, { method, target, numbers: this.#numbers }, signal);
  }

  /**
   * What becomes of the answer while the pixels that a map calls important are taken away (`deletion`), or come back into a blurred picture
   * (`insertion`), the most important first: Petsiuk, Das, Saenko 2018, arXiv 1806.07421.
   * @param {import('./curve.js').CurveOptions} options
   * @returns {Promise<import('./curve.js').Curve>}
   * @example
   * const { shares, values, area } = await trace.curve({ by: map, change: 'deletion', points: 50 });
   */
  async curve(options) {
    this.#remote.assertOpen();
    const { curveOf, curveOptions } = await part(import('./curve.js'));
    const { classes, input } = this.model.info;
    try {
      return await curveOf(this.#pool, this.#remote, input.shape[1] * input.shape[2], curveOptions(options, classes));
    } finally {
      // Held until here: a run that nobody holds is closed.
      void this.#remote;
    }
  }

  /** Frees the run. Maps stay. */
  close() {
    this.#remote.close();
  }

  /** The same, for `using`. */
  [Symbol.dispose]() {
    this.close();
  }
}
