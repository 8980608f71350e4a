/**
 * ONNX files and PyTorch checkpoints become model files of relume, in the browser: to look at before one is loaded, or to be saved.
 * `relume.load()` reads them, too, and keeps nothing.
 * @module
 */

import { convertFile, pictureSizeOf, titleOf } from './api/conversion.js';
import { formatOf } from './api/model-reader.js';
import { readerOf } from './api/model-source.js';
import { CONVERSION_OPTIONS, INPUT_PRESETS, conversionOptions } from './engine/conversion-options.js';
import { RelumeError } from './engine/error.js';
import { checkProgress, checkSignal, optionsOf, refuseUnknown, signalOf } from './engine/options.js';

export { INPUT_PRESETS };

/** @typedef {import('./api/conversion.js').Conversion} Conversion */
/** @typedef {import('./api/model-source.js').ModelSource} ModelSource */
/** @typedef {import('./engine/conversion-options.js').ConversionOptions} ConversionOptions */
/** @typedef {import('./engine/conversion-options.js').InputPreset} InputPreset */
/** @typedef {import('./engine/conversion-options.js').Normalisation} Normalisation */

/**
 * Reads an ONNX file of a classifier, or weights of one of torchvision's networks as `torch.save` writes them, and gives a model file, which
 * `relume.load()` takes.
 * @param {ModelSource} source a URL, a File or Blob, or bytes
 * @param {ConversionOptions & { signal?: AbortSignal, onProgress?: import("./api/model-source.js").OnProgress }} [options]
 * @returns {Promise<Conversion>}
 * @throws {RelumeError} `invalid-model`: neither an ONNX file nor a checkpoint, a damaged one, or weights of a network that is not known. `unsupported-operator`: one that relume does not compute, with its node.
 *   `invalid-option`: an option that does not fit, or one that the file needs. `not-finite`: a number that f16 cannot store. `unreadable`
 * @example
 * const { file, notes } = await convert(picked, { input: 'imagenet', classes: 'imagenet' });
 * const model = await relume.load(file);
 */
export async function convert(source, options) {
  const { signal, onProgress, ...description } = optionsOf(options, 'convert()');
  const { input, size, classes, title, dtype, ...unknown } = description;
  refuseUnknown(unknown, 'convert()', [...CONVERSION_OPTIONS, 'signal', 'onProgress']);
  const reading = { signal: checkSignal(signal, 'convert()'), onProgress: checkProgress(onProgress, 'convert()') };
  // What cannot be meant is refused before anything is fetched. Whether `input` is needed, the file tells.
  conversionOptions('checkpoint', description, 'convert', '');
  const { file, format } = await fileOf(source, reading);
  return convertFile(format, file, description, 'convert', titleOf(source), reading.signal);
}

/**
 * The size of the pictures that the network in a file takes; undefined for a side that the file leaves open, which `size` then says.
 * @param {ModelSource} source
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<[height: number | undefined, width: number | undefined]>}
 * @throws {RelumeError} `invalid-model` or `unreadable`
 */
export async function pictureSize(source, options) {
  const signal = signalOf(options, 'pictureSize()');
  const { file, format } = await fileOf(source, { signal });
  return pictureSizeOf(format, file, signal);
}

/** @param {ModelSource} source @param {import('./api/model-source.js').Reading} reading */
async function fileOf(source, reading) {
  const file = await readerOf(source)(reading);
  const format = await formatOf(file);
  if (format === undefined)
    throw new RelumeError(
      'invalid-model',
      'This is neither an ONNX file nor a PyTorch checkpoint, and no other format is converted in the browser.',
    );
  return { file, format };
}
