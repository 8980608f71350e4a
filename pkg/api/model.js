/// <reference lib="esnext.disposable" preserve="true" />

import { abortable } from '../pool/cancel.js';
import { cropOf } from './crop.js';
import { explainOptions, mapsOptions } from './explain-options.js';
import { regionOf } from './receptive-field.js';
import { AttributionMap } from './attribution-map.js';
import { part } from './part.js';
import { imageOf, movable, read } from './picture.js';
import { RemoteObject, forgotten } from '../pool/remote-object.js';
import { Trace } from './trace.js';
import { checkSignal, optionsOf } from '../engine/options.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('../pool/worker-pool.js').Turn} Turn */
/** @typedef {import('./picture.js').Picture} Picture */
/** @typedef {import('../engine/types.js').Input} Input */
/** @typedef {import('../engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('./explain-options.js').ExplainOptions} ExplainOptions */
/** @typedef {import('./explain-options.js').ForwardOptions} ForwardOptions */
/** @typedef {import('./model-source.js').Reading} Reading */
/** @typedef {import('../engine/types.js').Randomised} Randomised */
/** @typedef {import('../engine/run-limits.js').CheckedLimits} CheckedLimits */
/** @typedef {{ read(reading: Reading): Promise<Blob>, notes(): string[] }} ModelReader */
/** @typedef {import('../worker/protocol.js').Answer<'load'>} Loaded */

const RUNNING = 'running the network';

/** Read as it is now, whatever becomes of it while the options are checked. @param {Picture} picture */
function begun(picture) {
  const reading = read(picture);
  // It is waited for later, and refused there.
  reading.catch(() => undefined);
  return reading;
}

/** A network, loaded. */
export class Model {
  /** What the model says about itself: name, input, classes, layers. @type {ModelInfo} */
  info;
  /** How long the engine took to read the file, without the download. @type {number} */
  loadMilliseconds;
  /** What relume assumed, changed or left out when it read a file of another tool, a sentence each. @type {string[]} */
  notes;
  #pool;
  #remote;
  #reader;
  #limits;

  /**
   * @param {WorkerPool} pool
   * @param {RemoteObject<Loaded>} remote
   * @param {Loaded} loaded
   * @param {ModelReader} reader
   * @param {CheckedLimits | undefined} limits
   * @internal
   */
  constructor(pool, remote, { info, milliseconds }, reader, limits) {
    this.#pool = pool;
    this.#remote = remote;
    this.#reader = reader;
    this.#limits = limits;
    this.info = info;
    this.loadMilliseconds = milliseconds;
    this.notes = reader.notes();
    forgotten.register(this, remote);
  }

  /**
   * @param {WorkerPool} pool
   * @param {ModelReader} reader
   * @param {Reading} reading
   * @param {CheckedLimits | undefined} limits
   * @param {Randomised} [randomised]
   * @internal use `relume.load`
   */
  static async load(pool, reader, reading, limits, randomised) {
    /** @param {Turn} turn @param {Blob} file */
    const post = (turn, file) => (/** @type {number} */ handle) => turn.call('load', { handle, file, randomised, limits });
    const remote = new RemoteObject('model', async (turn) => post(turn, await reader.read({ signal: turn.signal })));
    const file = await reader.read(reading);
    try {
      const loaded = await pool.run((turn) => remote.put(turn, post(turn, file)), { doing: 'loading the model', signal: reading.signal });
      return new Model(pool, remote, loaded, reader, limits);
    } catch (error) {
      remote.close();
      throw error;
    }
  }

  /**
   * The same network, whose layers from `from` to the last have lost what they learned: the numbers within each of their tensors are shuffled
   * (Adebayo and others 2018, arXiv 1810.03292). The same seed gives the same network everywhere. Close it when done.
   * @param {{ from: string, seed?: number, signal?: AbortSignal }} options `from`: a layer with weights (`info.layers[i].parameters` is not 0);
   *   `seed`: a whole number below 2³², 1 unless told
   * @returns {Promise<Model>}
   * @throws {import('../engine/error.js').RelumeError} `invalid-target` if no layer with weights has this name
   */
  async randomised(options) {
    this.#remote.assertOpen();
    const { signal, ...which } = optionsOf(options, 'randomised()');
    const reading = { signal: checkSignal(signal, 'randomised()') };
    const { checkedRandomised } = await part(import('../engine/randomised.js'));
    return Model.load(this.#pool, this.#reader, reading, this.#limits, checkedRandomised({ ...which }, 'randomised()'));
  }

  /**
   * Runs a picture forward. The run is kept, and serves any number of maps: close it when done.
   * @param {Picture} picture
   * @param {ForwardOptions} [options] with `maps`, these come along as `trace.maps`: one call, one worker, nothing waits in between.
   *   For one picture after the other, as from a camera, where another worker has the next picture meanwhile
   * @returns {Promise<Trace>}
   */
  async forward(picture, options) {
    this.#remote.assertOpen();
    const reading = begun(picture);
    const { requests, signal } = await mapsOptions(options, this.info.classes);
    return this.#forward(reading, requests, signal);
  }

  /**
   * @param {Promise<Input>} reading
   * @param {Awaited<ReturnType<typeof mapsOptions>>['requests']} requests
   * @param {AbortSignal | undefined} signal
   */
  async #forward(reading, requests, signal) {
    const { remote, put, crop } = await this.#run(reading, signal);
    try {
      // All are asked for in one go, so that the worker need not wait for the page in between.
      const [forwarded, ...explained] = await this.#pool.run(
        async (turn) => {
          const run = put(turn, await this.#remote.in(turn));
          const maps = requests.map(async (request) => turn.call('explain', { ...request, trace: await remote.in(turn) }));
          return Promise.all(/** @type {const} */ ([run, ...maps]));
        },
        { doing: RUNNING, remote: this.#remote, signal },
      );
      const view = forwarded.view && imageOf(forwarded.view);
      const maps = explained.map((each, i) => new AttributionMap(this.#pool, each, { view, crop }, requests[i]?.draw));
      return new Trace(this, this.#pool, remote, { ...forwarded, view, crop, maps });
    } catch (error) {
      remote.close();
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
    this.#remote.assertOpen();
    const reading = begun(picture);
    const checked = await explainOptions(options, this.info.classes);
    const { request, isRefined, signal, onProgress } = checked;
    if (isRefined) {
      const trace = await this.#forward(reading, [], signal);
      try {
        return await trace.explainChecked(checked);
      } finally {
        trace.close();
      }
    }
    const { remote, put, crop } = await this.#run(reading, signal);
    try {
      // Both are asked for in one go, so that the worker need not wait for the page in between.
      const [{ view }, explained] = await this.#pool.run(
        async (turn) => {
          const forwarded = put(turn, await this.#remote.in(turn));
          return Promise.all([forwarded, remote.in(turn).then((trace) => turn.call('explain', { ...request, trace }))]);
        },
        { doing: RUNNING, remote: this.#remote, signal },
      );
      onProgress?.({ done: 1, total: 1 });
      return new AttributionMap(this.#pool, explained, { view: view && imageOf(view), crop }, request.draw);
    } finally {
      remote.close();
    }
  }

  /**
   * A run of a picture, still in no worker: and what puts it into one the first time, on the model's handle.
   * @param {Promise<Input>} reading
   * @param {AbortSignal | undefined} signal
   */
  async #run(reading, signal) {
    const input = await abortable(reading, signal, 'reading the picture');
    const model = this.#remote;
    const crop = 'rgba' in input ? cropOf(this.info.input, input) : undefined;
    // What is sent moves away; the numbers that went into the network come back, and are kept.
    /** @type {Float32Array} */
    let tensor = new Float32Array();
    /** @type {Uint8Array | undefined} */
    let view;
    /** @param {Turn} turn @param {number} on @param {Input} given */
    const post = (turn, on, given) => (/** @type {number} */ handle) =>
      turn.call('forward', { handle, model: on, input: given }, movable(given));
    // Anew from what the network was given, whatever has become of the picture: so it gives the same numbers.
    const remote = new RemoteObject(
      'trace',
      async (turn) => post(turn, await model.in(turn), { tensor: tensor.slice(), ...(view && { view }) }),
      model,
    );
    const put = async (/** @type {Turn} */ turn, /** @type {number} */ on) => {
      const forwarded = await remote.put(turn, post(turn, on, input));
      tensor = forwarded.tensor;
      view = forwarded.view?.rgba;
      return forwarded;
    };
    return { remote, put, crop };
  }

  /**
   * A picture that a class, a unit or, for a channel without `at`, its mean answers to strongly, while it grows from noise: gradient ascent, by Simonyan, Vedaldi,
   * Zisserman 2013, arXiv 1312.6034, section 2. The first picture is the noise, the last has all steps. Whoever leaves the loop ends the work; so does the signal.
   * @param {import('./visualise.js').VisualiseOptions} options
   * @returns {AsyncGenerator<import('./visualise.js').VisualisedPicture, void, void>}
   * @throws {import('../engine/error.js').RelumeError} `invalid-target` also for `top`, and where no signal reaches the picture
   * @example
   * for await (const { pixels } of model.visualise({ target: 'tiger cat', jitter: 8, blur: 0.5, signal })) context.putImageData(pixels, 0, 0);
   */
  async *visualise(options) {
    this.#remote.assertOpen();
    const signal = checkSignal(optionsOf(options, 'visualise()').signal, 'visualise()');
    // It can end already while its part of the package is fetched.
    const { visualisedPictures } = await abortable(part(import('./visualise.js')), signal, 'visualising');
    yield* visualisedPictures(this.#pool, this.#remote, this.info.classes, options);
  }

  /**
   * The pixels that a unit can see: no other pixel of the picture changes it.
   * @param {string} layer
   * @param {[y: number, x: number]} at its row and column in the layer
   * @returns {import('./receptive-field.js').Region}
   */
  receptiveField(layer, at) {
    return regionOf(this.info, layer, at);
  }

  /** Frees the model and all its runs. Maps stay. */
  close() {
    this.#remote.close();
  }

  /** The same, for `using`. */
  [Symbol.dispose]() {
    this.close();
  }
}
