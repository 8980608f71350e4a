import { explainOptions } from './explain-options.js';
import { RelumeError } from './error.js';
import { AttributionMap } from './map.js';
import { signalOf } from './options.js';
import { imageOf } from './picture.js';
import { forgotten } from './remote-object.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./protocol.js').Tensor} Tensor */
/** @typedef {import('./protocol.js').Answer<'forward'>} Forwarded */

/** @typedef {import('./explain-options.js').ExplainOptions} ExplainOptions */

/** @typedef {{ index: number, label: string, logit: number, probability: number }} ClassScore */

/** One forward pass, kept: its scores, its activations, and backward passes for any number of maps. */
export class Trace {
  /** @type {Model} */
  model;
  /** One score a class, before any softmax. @type {Float32Array} */
  logits;
  /** The picture as the network saw it; undefined where numbers went in. @type {ImageData | undefined} */
  view;
  /** How long the forward pass took, with fitting the picture to the network's input. @type {number} */
  milliseconds;
  #engine;
  #place;

  /**
   * @param {Model} model
   * @param {Engine} engine
   * @param {import('./remote-object.js').RemoteObject<Forwarded>} place
   * @param {Forwarded} forwarded
   * @internal use `model.forward`
   */
  constructor(model, engine, place, { logits, view, milliseconds }) {
    this.model = model;
    this.logits = logits;
    this.view = view && imageOf(view);
    this.milliseconds = milliseconds;
    this.#engine = engine;
    this.#place = place;
    forgotten.register(this, place);
  }

  /**
   * The likeliest classes, likeliest first.
   * @param {number} [count] how many; all there are where there are fewer
   * @returns {Promise<ClassScore[]>}
   */
  async top(count = 5) {
    this.#place.assertOpen();
    if (!Number.isInteger(count) || count < 1) {
      throw new RelumeError('invalid-option', `top() takes how many classes to name, a whole number from 1; not ${count}.`);
    }
    const largest = this.logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = this.logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    return Array.from(this.logits, (logit, index) => ({
      index,
      label: this.model.info.classes[index] ?? String(index),
      logit,
      probability: Math.exp(logit - largest) / total,
    })).sort((a, b) => b.logit - a.logit || a.index - b.index).slice(0, count);
  }

  /**
   * What a layer put out: `[C, H, W]`.
   * @param {string} layer
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Tensor>}
   */
  async activation(layer, options) {
    this.#place.assertOpen();
    const signal = signalOf(options, 'activation()');
    if (typeof layer !== 'string') throw new RelumeError('invalid-target', `A layer is named by a string, not ${layer}.`);
    return this.#engine.run(
      async (turn) => turn.call('activation', { trace: await this.#place.in(turn), layer }),
      { doing: 'reading the activation', place: this.#place, signal });
  }

  /**
   * Sends one signal back from the target to the picture: a backward pass only.
   * @param {ExplainOptions} [options]
   * @returns {Promise<AttributionMap>}
   */
  async explain(options) {
    this.#place.assertOpen();
    const { method, target, signal, onProgress } = explainOptions(options);
    const explained = await this.#engine.run(
      async (turn) => turn.call('explain', { trace: await this.#place.in(turn), method, target }),
      { doing: 'explaining', place: this.#place, signal });
    onProgress?.({ done: 1, total: 1 });
    return new AttributionMap(this.#engine, explained, this.view);
  }

  /** Frees the run. Maps stay. */
  close() {
    this.#place.close();
  }
}
