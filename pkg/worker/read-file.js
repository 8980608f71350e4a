// The bytes of a model file, in the worker that is about to load it.

import { RelumeError, reasonOf } from '../engine/error.js';

/** @param {Blob} file @returns {Promise<Uint8Array<ArrayBuffer>>} in one buffer, which nobody else holds */
export async function readFile(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    const name = file instanceof File ? `The file "${file.name}"` : 'The model';
    throw new RelumeError('unreadable', `${name} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}
