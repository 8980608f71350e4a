// What a visitor marked on a picture: the lines that the brush went along, in the picture's own pixels. So the marks stay where they
// are on the picture when another network sees another part of it, or sees it smaller.

/** @import { Crop } from '../pkg/api/crop.js' */
/** In pixels of the picture. @typedef {{ x: number, y: number }} Point */
/** `radius`: in pixels of the picture; `erase`: takes marks away. @typedef {{ from: Point, to: Point, radius: number, erase: boolean }} Stroke */

export class GuessMarks {
  /** @type {Stroke[]} */
  #strokes = [];
  /** The part of the picture that the network sees, and in how many pixels. @type {{ crop: Crop, width: number, height: number } | undefined} */
  #view;
  /** Of each pixel that the network sees, row by row: 1 if it is marked. */
  mask = new Uint8Array(0);

  /** Where a point of the view, in shares of its width and height, is in the picture. @param {number} x @param {number} y @returns {Point} */
  inPicture(x, y) {
    if (!this.#view) return { x: 0, y: 0 };
    const { crop } = this.#view;
    return { x: crop.x + x * crop.width, y: crop.y + y * crop.height };
  }

  /** A length in pixels of the picture, from its share of the view's shorter side. @param {number} share */
  length(share) {
    return this.#view ? share * Math.min(this.#view.crop.width, this.#view.crop.height) : 0;
  }

  /** Another network looks at the same picture, or the first one. @param {Crop} crop @param {number} width @param {number} height in pixels of the network's input */
  setView(crop, width, height) {
    this.#view = { crop, width, height };
    this.mask = new Uint8Array(width * height);
    for (const stroke of this.#strokes) this.#apply(stroke);
  }

  /** @param {Stroke} stroke */
  add(stroke) {
    this.#strokes.push(stroke);
    this.#apply(stroke);
  }

  clear() {
    this.#strokes = [];
    this.mask.fill(0);
  }

  /** A pixel counts if its centre lies within the brush. @param {Stroke} stroke */
  #apply({ from, to, radius, erase }) {
    if (!this.#view) return;
    const { crop, width, height } = this.#view;
    const [across, down] = [crop.width / width, crop.height / height];
    const [left, right] = span(from.x, to.x, radius, crop.x, across, width);
    const [top, bottom] = span(from.y, to.y, radius, crop.y, down, height);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const centre = { x: crop.x + (column + 0.5) * across, y: crop.y + (row + 0.5) * down };
        if (distance(centre, from, to) <= radius) this.mask[row * width + column] = erase ? 0 : 1;
      }
    }
  }
}

/** The first and the last pixel that a brush can reach. @param {number} a @param {number} b @param {number} radius @param {number} start @param {number} size of a pixel @param {number} count */
function span(a, b, radius, start, size, count) {
  const first = Math.floor((Math.min(a, b) - radius - start) / size);
  const last = Math.ceil((Math.max(a, b) + radius - start) / size);
  return /** @type {const} */ ([Math.max(0, first), Math.min(count - 1, last)]);
}

/** Of a point from a line between two others. @param {Point} point @param {Point} from @param {Point} to */
function distance(point, from, to) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const square = x * x + y * y;
  const along = square === 0 ? 0 : ((point.x - from.x) * x + (point.y - from.y) * y) / square;
  const at = Math.max(0, Math.min(1, along));
  return Math.hypot(point.x - from.x - at * x, point.y - from.y - at * y);
}
