import { RelumeError, reasonOf } from '../engine/error.js';
import { BEGINNING, formatOfBytes } from '../engine/file-format.js';
import { readerOf } from './model-source.js';
import { part } from './part.js';

/** @typedef {import('./model-source.js').ModelSource} ModelSource */
/** @typedef {import('./model-source.js').Reading} Reading */
/** @typedef {import('../engine/conversion-options.js').ConversionOptions} ConversionOptions */

/**
 * Turns a source into a way to get its model file, again and again: one of another tool is converted, once.
 * @param {ModelSource} source
 * @param {ConversionOptions} description what a file of another tool does not say
 */
export function modelReader(source, description) {
  const readSource = readerOf(source);
  const [given] = Object.entries(description).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  /** @type {import('./conversion.js').Conversion | undefined} */
  let conversion;

  /** @param {Reading} reading @returns {Promise<Blob>} */
  async function read(reading) {
    if (conversion) return conversion.file;
    const file = await readSource(reading);
    const format = await formatOf(file);
    if (format === undefined) {
      if (given === undefined) return file;
      throw new RelumeError(
        'invalid-option',
        `load({ ${given} }) is for ONNX files and PyTorch checkpoints; this is neither. A model file says this itself.`,
      );
    }
    const { convertFile, titleOf } = await part(import('./conversion.js'));
    conversion = await convertFile(format, file, description, 'load', titleOf(source), reading.signal);
    return conversion.file;
  }

  return { read, notes: () => conversion?.notes ?? [] };
}

/**
 * Of which other tool's format a file is, by its beginning; undefined for a model file, and for anything else.
 * @param {Blob} file
 * @returns {Promise<import('../engine/types.js').Format | undefined>}
 */
export async function formatOf(file) {
  try {
    return formatOfBytes(new Uint8Array(await file.slice(0, BEGINNING).arrayBuffer()));
  } catch (cause) {
    const name = file instanceof File ? `The file "${file.name}"` : 'The file';
    throw new RelumeError('unreadable', `${name} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}
