import { RelumeError } from '../engine/error.js';
import { readerOf } from './model-source.js';

/** @typedef {import('./model-source.js').ModelSource} ModelSource */
/** @typedef {import('./model-source.js').Reading} Reading */
/** @typedef {import('../engine/conversion-options.js').ConversionOptions} ConversionOptions */

/** How much of a file tells what it is. */
const BEGINNING = 16;

/**
 * Turns a source into a way to get its model file, again and again: one of another tool is converted, once.
 * @param {ModelSource} source
 * @param {ConversionOptions} description what a file of another tool does not say
 */
export function modelReader(source, description) {
  const readSource = readerOf(source);
  /** @type {import('./conversion.js').Conversion | undefined} */
  let conversion;

  /** @param {Reading} reading @returns {Promise<Blob>} */
  async function read(reading) {
    if (conversion) return conversion.file;
    const file = await readSource(reading);
    const format = await formatOf(file);
    if (format === undefined) {
      const [given] = Object.keys(description);
      if (given === undefined) return file;
      throw new RelumeError('invalid-option', `load({ ${given} }) is for ONNX files; this is not one. A model file says this itself.`);
    }
    const { convertFile, titleOf } = await import('./conversion.js');
    conversion = await convertFile(format, file, description, 'load', titleOf(source), reading.signal);
    return conversion.file;
  }

  return { read, notes: () => conversion?.notes ?? [] };
}

/**
 * Of which other tool's format a file is, by its beginning; undefined for a model file, and for anything else.
 * @param {Blob} file
 * @returns {Promise<import('../engine/other-formats.js').Format | undefined>}
 */
export async function formatOf(file) {
  const beginning = await file
    .slice(0, BEGINNING)
    .arrayBuffer()
    .catch(() => new ArrayBuffer(0));
  return isOnnx(new Uint8Array(beginning)) ? 'onnx' : undefined;
}

/**
 * Protocol buffers have no signature: the field `ir_version`, of one byte, then the producer, the graph or the operator sets. A safetensors
 * file begins with a length that may look like it, and then a brace.
 * @param {Uint8Array} beginning
 */
function isOnnx(beginning) {
  const [field, version = 0, next = 0] = beginning;
  const begins = field === 0x08 && version >= 1 && version <= 20 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(next);
  return begins && beginning[8] !== 0x7b;
}
