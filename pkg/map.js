import { RelumeError } from './error.js';
import { checkSignal, optionsOf, refuseUnknown } from './options.js';
import { imageOf } from './picture.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./protocol.js').Drawing} Drawing */
/** @typedef {import('./protocol.js').Explained} Explained */
/** @typedef {import('./protocol.js').Rule} Rule */
/** @typedef {import('./protocol.js').Shape} Shape */
/** @typedef {import('./protocol.js').Unit} Unit */
/** @typedef {import('./protocol.js').Warning} Warning */

/** @typedef {Drawing & { over?: boolean, signal?: AbortSignal }} DrawOptions `over`: laid on the picture, in grey */

/** An attribution: for each number of the input, how it speaks for the target. */
export class AttributionMap {
  /** `[3, H, W]` in a row, signed. @type {Float32Array} */
  data;
  /** @type {Shape} */
  shape;
  /** @type {Rule} */
  method;
  /** The unit that was explained, and its value. @type {Unit} */
  target;
  /** How many ReLUs the rule was applied at. @type {number} */
  relus;
  /** Why there is nothing to see, where that is so. @type {Warning | undefined} */
  warning;
  /** How long the backward pass took. @type {number} */
  milliseconds;
  #engine;
  #view;

  /** @param {Engine} engine @param {Explained} explained @param {ImageData | undefined} view @internal use `trace.explain` */
  constructor(engine, { data, shape, method, target, relus, warning, milliseconds }, view) {
    this.data = data;
    this.shape = shape;
    this.method = method;
    this.target = target;
    this.relus = relus;
    this.warning = warning;
    this.milliseconds = milliseconds;
    this.#engine = engine;
    this.#view = view;
  }

  /**
   * The map as a picture of the network's input size.
   * @param {DrawOptions} [options]
   * @returns {Promise<ImageData>}
   */
  async pixels(options) {
    const { over = false, signal, fold, sign, clip, colors, ...unknown } = optionsOf(options, 'Drawing a map');
    refuseUnknown(unknown, 'Drawing a map', 'fold, sign, clip, colors, over and signal');
    const checked = checkSignal(signal, 'Drawing a map');
    if (over && !this.#view) {
      throw new RelumeError('invalid-option', 'There is no picture to lay the map over: the network was given numbers.');
    }
    const { data, shape } = this;
    const drawing = {
      ...(fold !== undefined && { fold }),
      ...(sign !== undefined && { sign }),
      ...(clip !== undefined && { clip }),
      ...(colors !== undefined && { colors }),
    };
    const request = { data, shape, drawing, ...(over && this.#view ? { over: this.#view.data } : {}) };
    const { rgba } = await this.#engine.run((turn) => turn.call('draw', request), { doing: 'drawing the map', signal: checked });
    return imageOf({ rgba, width: shape[2], height: shape[1] });
  }

  /**
   * Draws the map on a canvas, which takes the map's size; CSS can show it larger.
   * @param {HTMLCanvasElement | OffscreenCanvas} canvas
   * @param {DrawOptions} [options]
   */
  async draw(canvas, options) {
    if (typeof canvas?.getContext !== 'function') {
      throw new RelumeError('invalid-option', `draw() takes a canvas to draw on, not ${canvas}. Did a selector find none?`);
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
