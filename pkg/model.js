import { abortable } from './abort.js';
import { explainOptions } from './explain-options.js';
import { regionOf } from './field.js';
import { AttributionMap } from './map.js';
import { imageOf, movable, read } from './picture.js';
import { RemoteObject, forgotten } from './remote-object.js';
import { signalOf } from './options.js';
import { Trace } from './trace.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./engine.js').Turn} Turn */
/** @typedef {import('./picture.js').Picture} Picture */
/** @typedef {import('./protocol.js').Input} Input */
/** @typedef {import('./protocol.js').ModelInfo} ModelInfo */
/** @typedef {import('./explain-options.js').ExplainOptions} ExplainOptions */
/** @typedef {import('./source.js').Reading} Reading */
/** @typedef {import('./protocol.js').Answer<'load'>} Loaded */

const RUNNING = 'running the network';

/** A network, loaded. */
export class Model {
  /** What the model says about itself: name, input, classes, layers. @type {ModelInfo} */
  info;
  /** How long the engine took to read the file, without the download. @type {number} */
  loadMilliseconds;
  #engine;
  #place;

  /** @param {Engine} engine @param {RemoteObject<Loaded>} place @param {Loaded} loaded @internal */
  constructor(engine, place, { info, milliseconds }) {
    this.#engine = engine;
    this.#place = place;
    this.info = info;
    this.loadMilliseconds = milliseconds;
    forgotten.register(this, place);
  }

  /**
   * @param {Engine} engine
   * @param {(reading: Reading) => Promise<Uint8Array<ArrayBuffer>>} read
   * @param {Reading} reading
   * @internal use `relume.load`
   */
  static async load(engine, read, reading) {
    /** @param {Turn} turn @param {Uint8Array<ArrayBuffer>} bytes */
    const post = (turn, bytes) => (/** @type {number} */ handle) => turn.call('load', { handle, bytes }, [bytes.buffer]);
    const place = new RemoteObject('model', async (turn) => post(turn, await read({ signal: turn.signal })));
    const bytes = await read(reading);
    try {
      return new Model(engine, place, await engine.run((turn) => place.put(turn, post(turn, bytes)), { doing: 'loading the model', signal: reading.signal }));
    } catch (error) {
      place.close();
      throw error;
    }
  }

  /**
   * Runs a picture forward. The run is kept, and serves any number of maps: close it when done.
   * @param {Picture} picture
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Trace>}
   */
  async forward(picture, options) {
    this.#place.assertOpen();
    const signal = signalOf(options, 'forward()');
    const { place, put } = await this.#run(picture, signal);
    try {
      const forwarded = await this.#engine.run(
        async (turn) => put(turn, await this.#place.in(turn)), { doing: RUNNING, place: this.#place, signal });
      return new Trace(this, this.#engine, place, forwarded);
    } catch (error) {
      place.close();
      throw error;
    }
  }

  /**
   * Runs a picture forward and one signal back. For several maps of one picture, `forward` once and `explain` that.
   * @param {Picture} picture
   * @param {ExplainOptions} [options]
   * @returns {Promise<AttributionMap>}
   */
  async explain(picture, options) {
    this.#place.assertOpen();
    const { method, target, signal, onProgress } = explainOptions(options);
    const { place, put } = await this.#run(picture, signal);
    try {
      // Both are asked for in one go, so that the worker need not wait for the page in between.
      const [{ view }, explained] = await this.#engine.run(async (turn) => {
        const forwarded = put(turn, await this.#place.in(turn));
        return Promise.all([forwarded, place.in(turn).then((trace) => turn.call('explain', { trace, method, target }))]);
      }, { doing: RUNNING, place: this.#place, signal });
      onProgress?.({ done: 1, total: 1 });
      return new AttributionMap(this.#engine, explained, view && imageOf(view));
    } finally {
      place.close();
    }
  }

  /**
   * A run of a picture: its place, and what puts it there the first time, on the model's handle.
   * @param {Picture} picture
   * @param {AbortSignal | undefined} signal
   */
  async #run(picture, signal) {
    const input = await abortable(read(picture), signal, 'reading the picture');
    const model = this.#place;
    // What is sent moves away; the numbers that went into the network come back, and are kept.
    /** @type {Float32Array} */
    let tensor = new Float32Array();
    /** @param {Turn} turn @param {number} on @param {Input} given */
    const post = (turn, on, given) => (/** @type {number} */ handle) => turn.call('forward', { handle, model: on, input: given }, movable(given));
    // Anew from what the network was given, whatever has become of the picture: so it gives the same numbers.
    const place = new RemoteObject('trace', async (turn) => post(turn, await model.in(turn), { tensor: tensor.slice() }), model);
    const put = async (/** @type {Turn} */ turn, /** @type {number} */ on) => {
      const forwarded = await place.put(turn, post(turn, on, input));
      tensor = forwarded.tensor;
      return forwarded;
    };
    return { place, put };
  }

  /**
   * The pixels that a unit can see: no other pixel of the picture changes it.
   * @param {string} layer
   * @param {[y: number, x: number]} at its row and column in the layer
   * @returns {import('./field.js').Region}
   */
  receptiveField(layer, at) {
    return regionOf(this.info, layer, at);
  }

  /** Frees the model and all its runs. Maps stay. */
  close() {
    this.#place.close();
  }
}
