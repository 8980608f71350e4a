import { abortable, cancelled } from '../pool/cancel.js';
import { RelumeError, reasonOf } from '../engine/error.js';

/** @typedef {string | URL | Blob | ArrayBuffer | ArrayBufferView} ModelSource */
/** Bytes so far, and in all where that is known. @typedef {(at: { loaded: number, total?: number }) => void} OnProgress */
/** @typedef {{ signal?: AbortSignal | undefined, onProgress?: OnProgress | undefined }} Reading */

const DOING = 'loading the model';
/** What an answer may announce and be given room for at once; a longer one gets it as it arrives. */
const LONGEST = 2 ** 28;

/**
 * Turns a source into a way to read it, again and again. What was fetched once, or given as bytes, is kept as a Blob, which
 * the browser may hold outside of the page's memory.
 * @param {ModelSource} source
 * @returns {(reading: Reading) => Promise<Uint8Array<ArrayBuffer>>}
 */
export function readerOf(source) {
  if (typeof source === 'string' || source instanceof URL) {
    const url = absolute(source);
    /** @type {Blob | undefined} */
    let kept;
    return async (reading) => {
      if (kept) return readBlob(kept, reading);
      const bytes = await download(url, reading);
      kept = new Blob([bytes]);
      return bytes;
    };
  }
  const blob = source instanceof Blob ? source : blobOf(source);
  return (reading) => readBlob(blob, reading);
}

/** Later calls must mean the same address even where the page's own has changed. @param {string | URL} source */
function absolute(source) {
  try {
    return new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  } catch (cause) {
    throw new RelumeError('unreadable', `"${source}" is not an address a model can be fetched from.`, { cause });
  }
}

/** @param {ArrayBuffer | ArrayBufferView} bytes */
function blobOf(bytes) {
  if (bytes instanceof ArrayBuffer) return new Blob([bytes]);
  if (!ArrayBuffer.isView(bytes)) {
    throw new RelumeError('invalid-option', 'A model is loaded from a URL, a File or Blob, or bytes (Uint8Array, ArrayBuffer).');
  }
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A Blob takes no shared memory.
  return new Blob([view.buffer instanceof ArrayBuffer ? /** @type {Uint8Array<ArrayBuffer>} */ (view) : view.slice()]);
}

/** @param {Blob} blob @param {Reading} reading */
async function readBlob(blob, { signal, onProgress }) {
  let buffer;
  try {
    buffer = await abortable(blob.arrayBuffer(), signal, DOING);
  } catch (cause) {
    if (cause instanceof RelumeError) throw cause;
    const name = blob instanceof File ? `The file "${blob.name}"` : 'The model';
    throw new RelumeError('unreadable', `${name} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  onProgress?.({ loaded: buffer.byteLength, total: buffer.byteLength });
  return new Uint8Array(buffer);
}

/** @param {string} url @param {Reading} reading */
async function download(url, { signal, onProgress }) {
  const request = new AbortController();
  const stop = () => request.abort();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) throw cancelled(DOING, signal);
    const response = await step(
      fetch(url, { signal: request.signal }),
      signal,
      `${url} cannot be reached` + ' (is the address right, and if it is on another origin, does that server allow it by CORS?)',
    );
    if (!response.ok) {
      throw new RelumeError('unreadable', `${url} answered ${response.status} ${response.statusText}`.trimEnd() + '.');
    }
    return await body(url, response, signal, onProgress);
  } finally {
    signal?.removeEventListener('abort', stop);
    // A download that ended early, for whatever reason, must not go on in the background.
    request.abort();
  }
}

/**
 * @param {string} url
 * @param {Response} response
 * @param {AbortSignal | undefined} signal
 * @param {OnProgress | undefined} onProgress
 */
async function body(url, response, signal, onProgress) {
  const broken = `The download of ${url} broke off`;
  // Without anybody to tell, the browser puts it together, and nothing is copied here.
  if (onProgress === undefined || response.body === null) return new Uint8Array(await step(response.arrayBuffer(), signal, broken));
  // The length counts what is sent: of a compressed answer it says nothing about the bytes that arrive here.
  const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
  let bytes = room(length > 0 && length <= LONGEST ? length : 0, url);
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await step(reader.read(), signal, broken);
    if (done) return loaded < bytes.length ? bytes.slice(0, loaded) : bytes;
    const needed = loaded + value.length;
    if (needed > bytes.length) {
      // Twice as much each time, but no more than was announced.
      const longer = room(Math.max(needed, Math.min(2 * bytes.length, length >= needed ? length : Infinity)), url);
      longer.set(bytes.subarray(0, loaded));
      bytes = longer;
    }
    bytes.set(value, loaded);
    loaded = needed;
    onProgress(length >= loaded ? { loaded, total: length } : { loaded });
  }
}

/** @param {number} size @param {string} url */
function room(size, url) {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new RelumeError('unreadable', `${url} is more than there is memory for: ${reasonOf(cause)}.`, { cause });
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @param {string} failure
 * @returns {Promise<T>}
 */
async function step(promise, signal, failure) {
  try {
    return await promise;
  } catch (cause) {
    if (signal?.aborted) throw cancelled(DOING, signal);
    throw new RelumeError('unreadable', `${failure}: ${reasonOf(cause)}.`, { cause });
  }
}
