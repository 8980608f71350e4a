// Reads an ONNX file in a worker, from a Blob.

import { RelumeError, reasonOf } from '../engine/error.js';
import { convertOnnx, onnxPictureSize } from '../engine/onnx-file.js';

/** The wasm's memory has addresses for no more in one place. */
const LARGEST = 2 ** 31;

/** @param {Blob} file @param {import('../engine/conversion-options.js').CheckedOptions} options */
export async function convert(file, options) {
  const { bytes, notes } = await convertOnnx(await bytesOf(file), options);
  return { file: new Blob([bytes]), notes };
}

/** @param {Blob} file */
export async function pictureSize(file) {
  return onnxPictureSize(await bytesOf(file));
}

/** @param {Blob} file */
async function bytesOf(file) {
  if (file.size >= LARGEST) throw new RelumeError('invalid-model', `An ONNX file has less than 2 GB, this one has ${file.size} bytes.`);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new RelumeError('unreadable', `The ONNX file cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}
