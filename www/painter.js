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

  /** @param {HTMLCanvasElement} canvas @param {(error: unknown) => void} onError */
  constructor(canvas, onError) {
    this.#canvas = canvas;
    this.#onError = onError;
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
        // Colours belong to single planes; three planes are colours already.
        const { colors, ...planes } = look;
        await next.draw(this.#canvas, look.fold === 'rgb' ? planes : { ...planes, colors });
        if (blanked === this.#blanked) this.#canvas.dataset['blank'] = 'false';
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
  }
}
