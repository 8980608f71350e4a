import { RelumeError, reasonOf } from '../engine/error.js';
import { ended, lacksEnd } from './jpeg-end.js';
import { pictureAt } from './picture-address.js';
import { part } from './part.js';

/** @typedef {import('../engine/types.js').Input} Input */
/** @typedef {import('../engine/types.js').Pixels} Pixels */

/**
 * Anything drawable; where a picture is to be fetched from, relative to the document; or numbers already normalised: `[3, H, W]` in
 * a row.
 * @typedef {ImageBitmapSource | string | URL | Float32Array} Picture
 */

const LARGEST = 64_000_000;
/** How wide browsers show an SVG that has no size. */
const SVG_WIDTH = 300;

/** @type {ImageBitmapOptions} */
const AS_IT_IS = { imageOrientation: 'from-image', colorSpaceConversion: 'default', premultiplyAlpha: 'none' };

/**
 * Reads a picture into a copy of our own.
 * @param {Picture} picture
 * @returns {Promise<Input>}
 */
export async function read(picture) {
  if (picture instanceof Float32Array) return { tensor: picture.slice() };
  if (typeof picture === 'string' || picture instanceof URL) return read(await pictureAt(picture));
  // Of another colour space, or of floats, it has to be converted, as a canvas does.
  const asItIs = picture instanceof ImageData && picture.data instanceof Uint8ClampedArray && (picture.colorSpace ?? 'srgb') === 'srgb';
  const pixels = asItIs ? { rgba: new Uint8Array(picture.data), width: picture.width, height: picture.height } : await decode(picture);
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
  try {
    if (source instanceof Blob && (await isSvg(source))) return await decodeSvg(source);
    if (source instanceof Blob && (await lacksEnd(source))) return await decodeUnended(source);
    const image = globalThis.HTMLImageElement && source instanceof HTMLImageElement ? source : undefined;
    const own = image && (await arrived(image));
    return await decodeDrawable(own ?? source, own);
  } catch (cause) {
    if (cause instanceof RelumeError) throw cause;
    if (cause instanceof TypeError) {
      throw invalid(
        'A picture is a File or Blob, an image, a canvas, an ImageBitmap or ImageData, its address, or a Float32Array of normalised numbers.',
        cause,
      );
    }
    // The browser's own words say no more than that.
    throw invalid('The picture cannot be decoded. Check that it is a picture in a format this browser can decode.', cause);
  }
}

/** @param {ImageBitmapSource} source @param {HTMLImageElement | undefined} image the same, if it is one @returns {Promise<Pixels>} */
async function decodeDrawable(source, image) {
  const orientation = source instanceof Blob ? await orientationOf(source) : 1;
  // Where the size is known, no memory is asked for what will be refused.
  const size = sizeOf(source);
  if (size) checkSize(size);
  let bitmap;
  try {
    bitmap = await createImageBitmap(source, orientation > 1 ? { ...AS_IT_IS, imageOrientation: 'none' } : AS_IT_IS);
  } catch (error) {
    if (!image || !(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
    return unsized(image);
  }
  try {
    checkSize(bitmap);
    if (image && !isAlike(bitmap, image)) return unsized(image);
    return pixelsOf(bitmap, bitmap.width, bitmap.height, orientation);
  } finally {
    bitmap.close();
  }
}

/** The orientation that the browser does not apply itself. @param {Blob} blob */
async function orientationOf(blob) {
  if ((await blob.slice(8, 12).text()) !== 'WEBP') return 1;
  return (await part(import('./webp-orientation.js'))).webpOrientation(blob);
}

/** A JPEG that lacks its end marker: refused, unless it lacks nothing else. @param {Blob} blob @returns {Promise<Pixels>} */
async function decodeUnended(blob) {
  const [first, second] = await Promise.all((await ended(blob)).map((whole) => decodeDrawable(whole, undefined)));
  if (!first || !second || !first.rgba.every((value, i) => value === second.rgba[i]))
    throw invalid('The picture is cut off: the file ends before the picture does.');
  return first;
}

/** Whether a bitmap has the proportions of its image, whose natural size may be rounded, as with `srcset` for dense screens. @param {ImageBitmap} bitmap @param {HTMLImageElement} image */
function isAlike({ width, height }, { naturalWidth, naturalHeight }) {
  const ratio = width / height;
  return ratio > (naturalWidth - 1) / (naturalHeight + 1) && ratio < (naturalWidth + 1) / (naturalHeight - 1 || Number.MIN_VALUE);
}

/**
 * An SVG without a size of its own: Chromium makes no bitmap of it, Firefox one of the wrong proportions. On a canvas both draw it
 * as they show it.
 * @param {HTMLImageElement} image
 */
function unsized(image) {
  return pixelsOf(image, SVG_WIDTH, Math.max(1, Math.round((SVG_WIDTH * image.naturalHeight) / image.naturalWidth)));
}

/**
 * The image with its pixels. One that has not arrived is loaded a second time, from the browser's cache if it is on its way: one that
 * is `loading="lazy"` and far away would never be fetched, and nobody would say so if the caller changed or removed it meanwhile.
 * @param {HTMLImageElement} image
 */
async function arrived(image) {
  const own = image.complete ? image : copyOf(image);
  await own.decode();
  return own;
}

/** The same image, to be loaded at once. @param {HTMLImageElement} image */
function copyOf(image) {
  const copy = image.ownerDocument.createElement('img');
  const picture = image.parentElement instanceof HTMLPictureElement ? image.parentElement : undefined;
  // In a <picture> the sources before it are asked first.
  picture?.ownerDocument
    .createElement('picture')
    .append(...[...picture.querySelectorAll('source')].map((source) => source.cloneNode()), copy);
  for (const name of ['crossorigin', 'referrerpolicy', 'sizes', 'srcset', 'src']) {
    const value = image.getAttribute(name);
    if (value !== null) copy.setAttribute(name, value);
  }
  return copy;
}

/** @param {Blob} blob */
async function isSvg(blob) {
  if (blob.type !== '') return blob.type.startsWith('image/svg');
  return /^\s*<(\?xml|svg|!DOCTYPE svg|!--)/i.test(await blob.slice(0, 256).text());
}

/** Browsers decode an SVG as an image only. @param {Blob} blob @returns {Promise<Pixels>} */
async function decodeSvg(blob) {
  if (!globalThis.Image) throw invalid('An SVG can be read only in a page, not in a worker.');
  const image = new Image();
  const url = URL.createObjectURL(new Blob([blob], { type: 'image/svg+xml' }));
  image.src = url;
  try {
    await image.decode();
    return await decodeDrawable(image, image);
  } finally {
    URL.revokeObjectURL(url);
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
    throw invalid(
      `The picture has ${width}×${height} pixels; at most ${LARGEST / 1e6} million are allowed. Make the picture smaller first.`,
    );
  }
}

/**
 * @param {CanvasImageSource} drawable
 * @param {number} width
 * @param {number} height
 * @param {number} [orientation] how it is to be turned, as Exif says it
 * @returns {Pixels}
 */
function pixelsOf(drawable, width, height, orientation = 1) {
  const [across, down] = orientation > 4 ? [height, width] : [width, height];
  const context = surface(across, down).getContext('2d', { colorSpace: 'srgb', willReadFrequently: true });
  if (!context) throw invalid(`The browser has no canvas of ${across}×${down} pixels to read the picture with.`);
  try {
    context.setTransform(...turned(orientation, across, down));
    context.drawImage(drawable, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, across, down);
    return { rgba: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width: across, height: down };
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError') {
      throw invalid(
        'The picture comes from another origin, and the browser does not let its pixels be read. ' +
          'Have that server allow it (CORS) and load it with crossorigin="anonymous", or serve it from the page\'s own origin.',
        cause,
      );
    }
    throw invalid(`The picture's ${width}×${height} pixels cannot be read: ${reasonOf(cause)}.`, cause);
  }
}

/**
 * What brings a picture of this orientation upright, as a canvas takes it.
 * @param {number} orientation 1 to 8
 * @param {number} width of the upright picture
 * @param {number} height
 * @returns {[number, number, number, number, number, number]}
 */
function turned(orientation, width, height) {
  switch (orientation) {
    case 2:
      return [-1, 0, 0, 1, width, 0];
    case 3:
      return [-1, 0, 0, -1, width, height];
    case 4:
      return [1, 0, 0, -1, 0, height];
    case 5:
      return [0, 1, 1, 0, 0, 0];
    case 6:
      return [0, 1, -1, 0, width, 0];
    case 7:
      return [0, -1, -1, 0, width, height];
    case 8:
      return [0, -1, 1, 0, 0, height];
    default:
      return [1, 0, 0, 1, 0, 0];
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
