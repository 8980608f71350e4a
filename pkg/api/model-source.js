import { abortable, cancelled } from '../pool/cancel.js';
import { RelumeError, reasonOf } from '../engine/error.js';

/** @typedef {string | URL | Blob | ArrayBuffer | ArrayBufferView} ModelSource */
/** Bytes so far, and in all where that is known. @typedef {(at: { loaded: number, total?: number }) => void} OnProgress */
/** @typedef {{ signal?: AbortSignal | undefined, onProgress?: OnProgress | undefined }} Reading */

const DOING = 'loading the model';

/**
 * Turns a source into a way to get its file, again and again: each worker reads it for itself. What was fetched once, or given
 * as bytes, is kept as a Blob while the model is open, and not as bytes: a Blob is held by the browser, on disk if it is
 * large, and posting it to a worker copies nothing. Fetching it again instead might give another file, or none.
 * @param {ModelSource} source
 * @returns {(reading: Reading) => Promise<Blob>}
 */
export function readerOf(source) {
  if (typeof source === 'string' || source instanceof URL) {
    const url = absolute(source);
    /** @type {Blob | undefined} */
    let kept;
    return async (reading) => (kept ??= await download(url, reading));
  }
  const blob = source instanceof Blob ? source : blobOf(source);
  return async ({ onProgress }) => {
    onProgress?.({ loaded: blob.size, total: blob.size });
    return blob;
  };
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
 * The browser puts the file together, outside of JavaScript: what arrives is counted here, and never copied.
 * @param {string} url
 * @param {Response} response
 * @param {AbortSignal | undefined} signal
 * @param {OnProgress | undefined} onProgress
 */
async function body(url, response, signal, onProgress) {
  /** What `onProgress` threw: the caller's own, which ends the download. @type {{ error: unknown } | undefined} */
  let thrown;
  const whole =
    onProgress && response.body
      ? new Response(
          counted(response, response.body, onProgress, (error) => {
            thrown = { error };
          }),
        )
      : response;
  const blob = await step(abortable(whole.blob(), signal, DOING), signal, `The download of ${url} broke off`);
  if (thrown) throw thrown.error;
  return blob;
}

/**
 * @param {Response} response
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @param {OnProgress} onProgress
 * @param {(error: unknown) => void} onThrown
 */
function counted(response, stream, onProgress, onThrown) {
  // The length counts what is sent: of a compressed answer it says nothing about the bytes that arrive here.
  const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
  let loaded = 0;
  /** @type {TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>} */
  const counter = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      controller.enqueue(chunk);
      try {
        onProgress(length >= loaded ? { loaded, total: length } : { loaded });
      } catch (error) {
        onThrown(error);
        controller.terminate();
      }
    },
  });
  return stream.pipeThrough(counter);
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
