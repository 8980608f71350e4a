// Draws one map on one canvas. While a drawing is under way, only the newest later request
// is kept: dragging a slider makes many.

/** @typedef {import('./types.js').AttributionMap} AttributionMap */
/** @typedef {import('./types.js').Display} Display */

export class Painter {
  /** @type {{ map: AttributionMap, display: Display, scale: number | undefined } | undefined} */
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

  /** @param {AttributionMap} map @param {Display} display @param {number} [scale] the one that several maps share; the map's own unless told */
  async paint(map, display, scale) {
    this.#requested = { map, display, scale };
    if (this.#painting) return;
    this.#painting = true;
    try {
      while (this.#requested) {
        const { map: next, display: look, scale: shared } = this.#requested;
        this.#requested = undefined;
        const blanked = this.#blanked;
        await next.draw(this.#canvas, { ...drawOptions(look), scale: shared });
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
export function drawOptions({ colors, scale: _, ...planes }) {
  return planes.fold === 'rgb' ? planes : { ...planes, colors };
}

/**
 * The scale of maps that are drawn together, where they are to share one. Its code comes once it is asked for.
 * @param {(AttributionMap | undefined)[]} maps @param {Display} display @returns {Promise<number | undefined>}
 */
export async function sharedScaleOf(maps, display) {
  const there = maps.filter((map) => map !== undefined);
  if (display.scale !== 'shared' || there.length === 0) return undefined;
  const { sharedScale } = await import('../pkg/index.js');
  return sharedScale(there, drawOptions(display));
}

/** Draws pixels unchanged, on a canvas that takes their size. @param {HTMLCanvasElement} canvas @param {ImageData} pixels */
export function putPixels(canvas, pixels) {
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  canvas.dataset['blank'] = 'false';
}
