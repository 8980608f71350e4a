import { abortable } from './abort.js';
import { regionOf } from './field.js';
import { movable, read } from './picture.js';
import { Place, forgotten } from './place.js';
import { Seen } from './seen.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./engine.js').Turn} Turn */
/** @typedef {import('./map.js').AttributionMap} AttributionMap */
/** @typedef {import('./picture.js').Picture} Picture */
/** @typedef {import('./protocol.js').Input} Input */
/** @typedef {import('./protocol.js').ModelInfo} ModelInfo */
/** @typedef {import('./seen.js').ExplainOptions} ExplainOptions */
/** @typedef {import('./source.js').Reading} Reading */
/** @typedef {import('./protocol.js').Answer<'load'>} Loaded */

/** A network, loaded. */
export class Model {
  /** What the model says about itself: name, input, classes, layers. @type {ModelInfo} */
  info;
  /** How long the engine took to read the file, without the download. @type {number} */
  loadMilliseconds;
  #engine;
  #place;

  /** @param {Engine} engine @param {Place<Loaded>} place @param {Loaded} loaded @internal */
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
    const place = new Place('model', async (turn) => post(turn, await read({ signal: turn.signal })));
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
   * @returns {Promise<Seen>}
   */
  async forward(picture, { signal } = {}) {
    this.#place.assertOpen();
    const input = await abortable(read(picture), signal, 'reading the picture');
    const model = this.#place;
    /** @type {Float32Array} */
    let tensor;
    /** @param {Turn} turn @param {number} on @param {Input} given */
    const post = (turn, on, given) => (/** @type {number} */ handle) => turn.call('forward', { handle, model: on, input: given }, movable(given));
    // Anew from what the network was given, whatever has become of the picture: so it gives the same numbers.
    const place = new Place('run', async (turn) => post(turn, await model.in(turn), { tensor: tensor.slice() }), model);
    try {
      const forwarded = await this.#engine.run(
        async (turn) => place.put(turn, post(turn, await model.in(turn), input)), { doing: 'running the network', place: model, signal });
      ({ tensor } = forwarded);
      return new Seen(this, this.#engine, place, forwarded);
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
  async explain(picture, options = {}) {
    const seen = await this.forward(picture, options);
    try {
      return await seen.explain(options);
    } finally {
      seen.close();
    }
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
