// Draws one map on one canvas. Only the newest wish is drawn: while a drawing is under way
// any number of later wishes (a slider being dragged) become one.

/** @typedef {import('./rules.js').RelumeMap} RelumeMap */
/** @typedef {import('./rules.js').Display} Display */

export class Painter {
  /** @type {{ map: RelumeMap, display: Display } | undefined} */
  #wish;
  #painting = false;
  #blanked = 0;
  #canvas;
  #onError;
  #onPaint;

  /** @param {HTMLCanvasElement} canvas @param {(error: unknown) => void} onError @param {() => void} [onPaint] after each drawing, and when it is blank */
  constructor(canvas, onError, onPaint = () => {}) {
    this.#canvas = canvas;
    this.#onError = onError;
    this.#onPaint = onPaint;
    this.blank();
  }

  /** @param {RelumeMap} map @param {Display} display */
  async paint(map, display) {
    this.#wish = { map, display };
    if (this.#painting) return;
    this.#painting = true;
    try {
      while (this.#wish) {
        const { map: next, display: look } = this.#wish;
        this.#wish = undefined;
        const blanked = this.#blanked;
        await next.draw(this.#canvas, drawOptions(look));
        if (blanked !== this.#blanked) continue;
        this.#canvas.dataset['blank'] = 'false';
        this.#onPaint();
      }
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#painting = false;
    }
  }

  /** Back to the skeleton. */
  blank() {
    this.#wish = undefined;
    this.#blanked++;
    this.#canvas.dataset['blank'] = 'true';
    this.#onPaint();
  }
}

/** The form's choices as a map takes them: colours belong to single planes; three planes are colours already. @param {Display} display */
export function drawOptions({ colors, ...planes }) {
  return planes.fold === 'rgb' ? planes : { ...planes, colors };
}

/** A picture as it is, on a canvas that takes its size. @param {HTMLCanvasElement} canvas @param {ImageData} pixels */
export function putPixels(canvas, pixels) {
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  canvas.dataset['blank'] = 'false';
}
