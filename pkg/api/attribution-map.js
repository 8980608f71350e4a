import { RelumeError, asText } from '../engine/error.js';
import { drawOptions, isOver, nothingToLayOver } from '../engine/draw-options.js';
import { checkSignal, optionsOf } from '../engine/options.js';
import { cancelled } from '../pool/cancel.js';
import { imageOf } from './picture.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('../engine/types.js').Drawing} Drawing */
/** @typedef {import('../engine/types.js').Rule} Rule */
/** @typedef {import('../engine/types.js').Shape} Shape */
/** @typedef {import('../engine/types.js').Signal} Signal */
/** @typedef {import('../engine/types.js').Unit} Unit */
/** @typedef {import('../engine/types.js').Warning} Warning */

/** @template {import('../worker/protocol.js').Operation} K @typedef {import('../worker/protocol.js').Answer<K>} Answer */
/** @typedef {{ drawing: Drawing, over: boolean }} Look */

/** @typedef {Drawing & { over?: boolean, signal?: AbortSignal }} DrawOptions `over`: laid on the picture, in grey */

const DOING = 'drawing the map';

/** An attribution: for each number of the input, how it speaks for the target. */
export class AttributionMap {
  /** `[3, H, W]` in a row, signed. Changes to this array affect later drawings, but not the drawing that came with the map. @type {Float32Array} */
  data;
  /** @type {Shape} */
  shape;
  /** @type {Rule} */
  method;
  /** The unit that was explained, and its value. @type {Unit} */
  target;
  /** How many ReLUs the rule was applied at. @type {number} */
  relus;
  /**
   * Why there is nothing to see (`zero-gradient`), or how much of the way the method did not change because its activations are not
   * ReLUs (`plain-gradient`). @type {Warning | undefined}
   */
  warning;
  /** The signal at the layers that were asked for, in that order; empty if none were. @type {Signal[]} */
  signals;
  /** How long the backward pass took. @type {number} */
  milliseconds;
  #pool;
  #view;
  /** The drawing that came with the map. @type {{ look: string, rgba: Uint8Array } | undefined} */
  #drawn;

  /**
   * @param {WorkerPool} pool
   * @param {Answer<'explain'>} explained
   * @param {ImageData | undefined} view
   * @param {Look | undefined} look how it was drawn at once
   * @internal use `trace.explain`
   */
  constructor(pool, { data, shape, method, target, relus, warning, signals, milliseconds, rgba }, view, look) {
    this.data = data;
    this.shape = shape;
    this.method = method;
    this.target = target;
    this.relus = relus;
    this.warning = warning;
    this.signals = signals ?? [];
    this.milliseconds = milliseconds;
    this.#pool = pool;
    this.#view = view;
    this.#drawn = rgba && { look: JSON.stringify(look), rgba };
  }

  /**
   * The map as a picture of the network's input size.
   * @param {DrawOptions} [options]
   * @returns {Promise<ImageData>}
   */
  async pixels(options) {
    const { signal: given, ...looks } = optionsOf(options, 'Drawing a map');
    const { drawing, over: wanted } = drawOptions(looks, 'Drawing a map', 'signal');
    const over = isOver(wanted, 'Drawing a map');
    const signal = checkSignal(given, 'Drawing a map');
    if (over && !this.#view) throw nothingToLayOver();
    if (signal?.aborted) throw cancelled(DOING, signal);
    const { data, shape } = this;
    if (this.#drawn?.look === JSON.stringify({ drawing, over })) {
      return imageOf({ rgba: this.#drawn.rgba.slice(), width: shape[2], height: shape[1] });
    }
    const request = { data, shape, drawing, ...(over && this.#view ? { over: this.#view.data } : {}) };
    const { rgba } = await this.#pool.run((turn) => turn.call('draw', request), { doing: DOING, signal, short: true });
    return imageOf({ rgba, width: shape[2], height: shape[1] });
  }

  /**
   * Draws the map on a canvas, which takes the map's size; CSS can show it larger.
   * @param {HTMLCanvasElement | OffscreenCanvas} canvas
   * @param {DrawOptions} [options]
   */
  async draw(canvas, options) {
    if (typeof canvas?.getContext !== 'function') {
      throw new RelumeError('invalid-option', `draw() takes a canvas to draw on, not ${asText(canvas)}. Did a selector find none?`);
    }
    const pixels = await this.pixels(options);
    // Setting the size clears a canvas, even to the size it has.
    if (canvas.width !== pixels.width) canvas.width = pixels.width;
    if (canvas.height !== pixels.height) canvas.height = pixels.height;
    const context = /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ (canvas.getContext('2d'));
    if (!context) throw new RelumeError('invalid-option', 'The canvas is already used for something other than 2D drawing.');
    context.putImageData(pixels, 0, 0);
  }
}
