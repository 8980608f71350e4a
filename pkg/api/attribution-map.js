import { RelumeError, asText } from '../engine/error.js';
import { asDrawn, drawOptions, isOver, nothingToLayOver } from '../engine/draw-options.js';
import { checkSignal, optionsOf, signalOf } from '../engine/options.js';
import { cancelled } from '../pool/cancel.js';
import { part } from './part.js';
import { imageOf } from './picture.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('../engine/types.js').Drawing} Drawing */
/** @typedef {import('../engine/types.js').Cam} Cam */
/** @typedef {import('../engine/types.js').MapSimilarity} MapSimilarity */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('../engine/types.js').Shape} Shape */
/** @typedef {import('../engine/types.js').Signal} Signal */
/** @typedef {import('../engine/types.js').Unit} Unit */
/** @typedef {import('../engine/types.js').UsualDrawing} UsualDrawing */
/** @typedef {import('../engine/types.js').Warning} Warning */

/** @template {import('../worker/protocol.js').Operation} K @typedef {import('../worker/protocol.js').Answer<K>} Answer */
/** @typedef {{ drawing: Drawing, over: boolean }} Look */
/** What the network saw of a picture, and which part of it that was. @typedef {{ view: ImageData | undefined, crop: import('./crop.js').Crop | undefined }} Seen */

/** @typedef {Drawing & { over?: boolean, signal?: AbortSignal }} DrawOptions `over`: laid on the picture, in grey */

const DOING = 'drawing the map';

/** Whose workers draw a map; of anything else undefined. @type {(map: unknown) => WorkerPool | undefined} @internal */
export let poolOf;

/** An attribution: for each number of the input, how it speaks for the target. */
export class AttributionMap {
  /** `[3, H, W]` in a row, signed; `[1, H, W]` by Grad-CAM. Changes to this array affect later drawings, but not the drawing that came with the map. @type {Float32Array} */
  data;
  /** @type {Shape} */
  shape;
  /** @type {Method} */
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
  /** By Grad-CAM and Guided Grad-CAM: Grad-CAM at the size of its layer. @type {Cam | undefined} */
  cam;
  /**
   * By integrated gradients: the sum of the map so far, and what that of the whole map should be, the target's value in the picture less that in the
   * baseline. @type {{ sum: number, difference: number } | undefined}
   */
  completeness;
  /**
   * The fold, sign and colours that it is drawn with where none of the three is told; undefined for a difference, which is drawn as most maps are.
   * @type {UsualDrawing | undefined}
   */
  drawing;
  /** How many of the method's steps it is made of. @type {{ done: number, total: number }} */
  progress;
  /** How long its passes took, in all workers together. @type {number} */
  milliseconds;
  #pool;
  #seen;
  /** The drawing that came with the map. @type {{ look: string, rgba: Uint8Array } | undefined} */
  #drawn;

  static {
    poolOf = (map) => (map instanceof AttributionMap ? map.#pool : undefined);
  }

  /**
   * @param {WorkerPool} pool
   * @param {Answer<'explain'> & { completeness?: { sum: number, difference: number } }} explained
   * @param {Seen} seen
   * @param {Look | undefined} look how it was drawn at once
   * @param {{ done: number, total: number }} [progress]
   * @internal use `trace.explain`
   */
  constructor(pool, explained, seen, look, progress = { done: 1, total: 1 }) {
    const { data, shape, method, target, relus, warning, signals, cam, completeness, drawing, milliseconds, rgba } = explained;
    this.data = data;
    this.shape = shape;
    this.method = method;
    this.target = target;
    this.relus = relus;
    this.warning = warning;
    this.signals = signals ?? [];
    this.cam = cam;
    this.completeness = completeness;
    this.drawing = drawing;
    this.progress = progress;
    this.milliseconds = milliseconds;
    this.#pool = pool;
    this.#seen = seen;
    this.#drawn = rgba && { look: JSON.stringify(look), rgba };
  }

  /**
   * How alike this map and another one of the same shape are; nothing where a map, or the sums of its channels, are the same number everywhere.
   * @param {AttributionMap} other
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<MapSimilarity | undefined>}
   */
  async compare(other, options) {
    const signal = signalOf(options, 'compare()');
    this.#assertSameShape(other, 'compare()');
    const request = { a: this.data, b: other.data, shape: this.shape };
    const { similarity } = await this.#pool.run((turn) => turn.call('compareMaps', request), {
      doing: 'comparing maps',
      signal,
      short: true,
    });
    return similarity;
  }

  /**
   * This map less another one of the same shape, to be drawn or read as any map; the target is this map's.
   * @param {AttributionMap} other
   * @returns {AttributionMap}
   */
  minus(other) {
    this.#assertSameShape(other, 'minus()');
    const { method, shape, target, relus, milliseconds } = this;
    const data = this.data.map((value, i) => value - (other.data[i] ?? NaN));
    return new AttributionMap(this.#pool, { data, shape, method, target, relus, milliseconds }, this.#seen, undefined, this.progress);
  }

  /** @param {AttributionMap} other @param {string} call as in "compare()" */
  #assertSameShape(other, call) {
    if (!(other instanceof AttributionMap)) throw new RelumeError('invalid-option', `${call} takes another map, not ${asText(other)}.`);
    if (String(other.shape) !== String(this.shape)) {
      throw new RelumeError('shape-mismatch', `Maps of one shape can be compared, not of [${this.shape}] and [${other.shape}].`);
    }
  }

  /**
   * The box around the largest strong region of the map, in the picture's own pixels: where the thing is, by Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034,
   * section 3.2. Undefined where the map is the same everywhere.
   * @param {import('./bounding-box.js').BoxOptions} [options]
   * @returns {Promise<import('./bounding-box.js').MapBox | undefined>}
   * @example
   * const { x, y, width, height, share } = (await map.box({ quantile: 0.8 })) ?? {};
   */
  async box(options) {
    const { boxOf } = await part(import('./bounding-box.js'));
    return boxOf(this.#pool, this, this.#seen.crop, options);
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
    const { view } = this.#seen;
    if (over && !view) throw nothingToLayOver();
    if (signal?.aborted) throw cancelled(DOING, signal);
    const { data, shape } = this;
    if (this.#drawn?.look === JSON.stringify({ drawing, over })) {
      return imageOf({ rgba: this.#drawn.rgba.slice(), width: shape[2], height: shape[1] });
    }
    const request = { data, shape, drawing: asDrawn(drawing, this.drawing), ...(over && view ? { over: view.data } : {}) };
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
