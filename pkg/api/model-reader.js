import { RelumeError } from '../engine/error.js';
import { readerOf } from './model-source.js';

/** @typedef {import('./model-source.js').ModelSource} ModelSource */
/** @typedef {import('./model-source.js').Reading} Reading */
/** @typedef {import('../engine/conversion-options.js').ConversionOptions} ConversionOptions */

/** How much of a file tells what it is. */
const BEGINNING = 128;

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
      throw new RelumeError(
        'invalid-option',
        `load({ ${given} }) is for ONNX files and PyTorch checkpoints; this is neither. A model file says this itself.`,
      );
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
  const bytes = new Uint8Array(beginning);
  return isOnnx(bytes) ? 'onnx' : isCheckpoint(bytes) ? 'checkpoint' : undefined;
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

/**
 * What `torch.save` writes: a ZIP archive whose first entry is `…/data.pkl`, or, before PyTorch 1.6, pickles one after the other.
 * @param {Uint8Array} beginning
 */
function isCheckpoint(beginning) {
  const [p, k, three, four] = beginning;
  if (p === 0x50 && k === 0x4b && three === 3 && four === 4)
    return new TextDecoder('latin1').decode(beginning.subarray(30)).includes('/data.pkl');
  return p === 0x80 && k !== undefined && k <= 5 && beginning[8] !== 0x7b;
}
