import { RelumeError, reasonOf } from '../engine/error.js';

/** @typedef {import('../engine/types.js').Input} Input */
/** @typedef {import('../engine/types.js').Pixels} Pixels */

/**
 * Anything drawable, or numbers already normalised: `[3, H, W]` in a row.
 * @typedef {ImageBitmapSource | Float32Array} Picture
 */

const LARGEST = 64_000_000;

/** @type {ImageBitmapOptions} */
const AS_IT_IS = { imageOrientation: 'from-image', colorSpaceConversion: 'default', premultiplyAlpha: 'none' };

/**
 * Reads a picture into a copy of our own.
 * @param {Picture} picture
 * @returns {Promise<Input>}
 */
export async function read(picture) {
  if (picture instanceof Float32Array) return { tensor: picture.slice() };
  // Of another colour space, or of floats, it has to be converted, as a canvas does.
  const asItIs = picture instanceof ImageData && picture.data instanceof Uint8ClampedArray && (picture.colorSpace ?? 'srgb') === 'srgb';
  const pixels = asItIs
    ? { rgba: new Uint8Array(picture.data), width: picture.width, height: picture.height }
    : await decode(picture);
  checkSize(pixels);
  return pixels;
}

/**
 * The buffers of an input, which may move to the worker.
 * @param {Input} input
 * @returns {Transferable[]}
 */
export function movable(input) {
  return [('rgba' in input ? input.rgba : input.tensor).buffer];
}

/** The same bytes, to look at or to put on a canvas. @param {Pixels} pixels */
export function imageOf({ rgba, width, height }) {
  const bytes = new Uint8ClampedArray(/** @type {ArrayBuffer} */ (rgba.buffer), rgba.byteOffset, rgba.byteLength);
  return new ImageData(bytes, width, height);
}

/** @param {ImageBitmapSource} source @returns {Promise<Pixels>} */
async function decode(source) {
  let bitmap;
  try {
    // An image that is still arriving has no pixels yet.
    if (globalThis.HTMLImageElement && source instanceof HTMLImageElement) await source.decode();
    // Where the size is known, no memory is asked for what will be refused.
    const size = sizeOf(source);
    if (size) checkSize(size);
    bitmap = await createImageBitmap(source, AS_IT_IS);
  } catch (cause) {
    if (cause instanceof RelumeError) throw cause;
    if (cause instanceof TypeError) {
      throw invalid('A picture is a File or Blob, an image, a canvas, an ImageBitmap or ImageData, or a Float32Array of normalised numbers.', cause);
    }
    throw invalid(`The picture cannot be decoded: ${reasonOf(cause)}. Is it a picture, and of a kind this browser knows?`, cause);
  }
  try {
    checkSize(bitmap);
    return pixelsOf(bitmap);
  } finally {
    bitmap.close();
  }
}

/**
 * The size in pixels of what is to be drawn, where that can be told without decoding it.
 * @param {any} source
 * @returns {{ width: number, height: number } | undefined}
 */
function sizeOf(source) {
  const { naturalWidth, naturalHeight, videoWidth, videoHeight, width, height } = Object(source);
  if (naturalWidth !== undefined) return { width: naturalWidth, height: naturalHeight };
  if (videoWidth !== undefined) return { width: videoWidth, height: videoHeight };
  return typeof width === 'number' && typeof height === 'number' ? { width, height } : undefined;
}

/** @param {{ width: number, height: number }} size */
function checkSize({ width, height }) {
  if (width === 0 || height === 0) throw invalid(`The picture is empty: ${width}×${height} pixels.`);
  if (width * height > LARGEST) {
    throw invalid(`The picture has ${width}×${height} pixels; at most ${LARGEST / 1e6} million are taken. Make it smaller first.`);
  }
}

/** @param {ImageBitmap} bitmap @returns {Pixels} */
function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  const context = surface(width, height).getContext('2d', { colorSpace: 'srgb', willReadFrequently: true });
  if (!context) throw invalid(`The browser has no canvas of ${width}×${height} pixels to read the picture with.`);
  try {
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return { rgba: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height };
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError') {
      throw invalid('The picture comes from another origin, and the browser does not let its pixels be read. '
        + 'Have that server allow it (CORS) and load it with crossorigin="anonymous", or serve it from the page\'s own origin.', cause);
    }
    throw invalid(`The picture's ${width}×${height} pixels cannot be read: ${reasonOf(cause)}.`, cause);
  }
}

/** @param {number} width @param {number} height */
function surface(width, height) {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

/** @param {string} message @param {unknown} [cause] */
function invalid(message, cause) {
  return new RelumeError('invalid-picture', message, { cause });
}
