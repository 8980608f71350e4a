import { RelumeError } from '../engine/error.js';

/**
 * Loads a picture from an address. One of the page's own origin comes as a file, which is read more strictly than an image: one that is
 * cut off is refused.
 * @param {string | URL} address relative to the document
 * @returns {Promise<Blob | HTMLImageElement>}
 */
export async function pictureAt(address) {
  const url = absolute(address);
  if (url.origin === globalThis.location?.origin || !globalThis.Image) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return response.blob();
    if (!globalThis.Image) throw unreadable(url, response && `the server said ${response.status}`);
  }
  const image = new Image();
  // Without it the pixels of a picture from elsewhere may not be read, whatever its server allows.
  image.crossOrigin = 'anonymous';
  image.src = url.href;
  try {
    await image.decode();
    return image;
  } catch (cause) {
    throw unreadable(url, 'is the address right, and if it is on another origin, does that server allow it by CORS?', cause);
  }
}

/** @param {string | URL} address */
function absolute(address) {
  try {
    return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (cause) {
    throw new RelumeError('unreadable', `"${address}" is not an address a picture can be fetched from.`, { cause });
  }
}

/** @param {URL} url @param {string} [why] @param {unknown} [cause] */
function unreadable({ protocol, href }, why = 'it cannot be reached', cause) {
  const what = protocol === 'data:' ? 'The picture in a data: address' : `The picture ${href}`;
  return new RelumeError('unreadable', `${what} cannot be loaded or decoded (${why}).`, { cause });
}
