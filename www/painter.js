// Draws one map on one canvas. While a drawing is under way, only the newest later request
// is kept: dragging a slider makes many.

/** @typedef {import('./types.js').AttributionMap} AttributionMap */
/** @typedef {import('./types.js').Display} Display */

export class Painter {
  /** @type {{ map: AttributionMap, display: Display } | undefined} */
  #requested;
  #painting = false;
  #blanked = 0;
  #canvas;
  #onError;
  #onPaint;

  /** @param {HTMLCanvasElement} canvas @param {(error: unknown) => void} onError @param {() => void} [onPaint] called after each drawing, and when the canvas is blanked */
  constructor(canvas, onError, onPaint = () => {}) {
    this.#canvas = canvas;
    this.#onError = onError;
    this.#onPaint = onPaint;
    this.blank();
  }

  /** @param {AttributionMap} map @param {Display} display */
  async paint(map, display) {
    this.#requested = { map, display };
    if (this.#painting) return;
    this.#painting = true;
    try {
      while (this.#requested) {
        const { map: next, display: look } = this.#requested;
        this.#requested = undefined;
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

  /** Shows the skeleton again. */
  blank() {
    this.#requested = undefined;
    this.#blanked++;
    this.#canvas.dataset['blank'] = 'true';
    this.#onPaint();
  }
}

/** The form's choices as a map's options. A map of three planes takes no colours: it is in colour already. @param {Display} display */
export function drawOptions({ colors, ...planes }) {
  return planes.fold === 'rgb' ? planes : { ...planes, colors };
}

/** Draws pixels unchanged, on a canvas that takes their size. @param {HTMLCanvasElement} canvas @param {ImageData} pixels */
export function putPixels(canvas, pixels) {
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  canvas.dataset['blank'] = 'false';
}
