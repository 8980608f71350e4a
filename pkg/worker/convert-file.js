// Reads a file of another tool in a worker, from a Blob.

import { RelumeError, reasonOf } from '../engine/error.js';
import { convert, pictureSize } from '../engine/other-formats.js';

/** @template {import('./protocol.js').Operation} K @typedef {import('./protocol.js').Request<K>} Request */

/** The wasm's memory has addresses for no more in one place. */
const LARGEST = 2 ** 31;

/** @param {Request<'convert'>} request */
export async function convertFile({ format, file, options }) {
  const { bytes, notes } = await convert(format, await bytesOf(file), options);
  return { file: new Blob([bytes]), notes };
}

/** @param {Request<'pictureSize'>} request */
export async function pictureSizeOf({ format, file }) {
  return pictureSize(format, await bytesOf(file));
}

/** @param {Blob} file */
async function bytesOf(file) {
  if (file.size >= LARGEST)
    throw new RelumeError('invalid-model', `A file to convert has less than 2 GB, this one has ${file.size} bytes.`);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new RelumeError('unreadable', `The file cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}
