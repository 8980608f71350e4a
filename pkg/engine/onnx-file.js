// ONNX files become model files, by a wasm module of its own, which is fetched with the first of them: in a worker, or on the thread of
// relume/low-level.

import { bytesOf } from './bytes.js';
import { CONVERSION_OPTIONS, conversionOptions } from './conversion-options.js';
import { RelumeError, reasonOf } from './error.js';
import { call } from './guarded-call.js';
import { optionsOf, refuseUnknown } from './options.js';
import { compiled } from './wasm-builds.js';

/** @typedef {typeof import('../wasm/onnx/relume_wasm.js')} Glue */
/** @typedef {import('./conversion-options.js').CheckedOptions} CheckedOptions */
/** @typedef {import('./conversion-options.js').ConversionOptions} ConversionOptions */
/** Where its wasm comes from. `hint`: what to look at where it does not come. @typedef {{ wasm: () => Promise<BufferSource | WebAssembly.Module>, hint: string }} OnnxSource */

/** For a browser. @type {OnnxSource} */
export const FETCHED_ONNX = {
  wasm: () => compiled(new URL('../wasm/onnx/relume_wasm_bg.wasm', import.meta.url)),
  hint: "Are they served, and does the page's Content-Security-Policy allow script-src 'self' 'wasm-unsafe-eval'?",
};

/** @type {Promise<Glue> | undefined} */
let running;

/**
 * What relume/low-level gives.
 * @param {ArrayBuffer | ArrayBufferView} source
 * @param {ConversionOptions} options
 * @param {OnnxSource} [wasm]
 */
export async function convertBytes(source, options, wasm) {
  const bytes = bytesOf(source, 'convertOnnx() takes the bytes of an ONNX file, such as a Uint8Array or what fs.readFile gives.');
  const description = optionsOf(options, 'convertOnnx()');
  const { input, size, classes, title, dtype, ...unknown } = description;
  refuseUnknown(unknown, 'convertOnnx()', CONVERSION_OPTIONS);
  return convertOnnx(bytes, conversionOptions(description, 'convertOnnx', 'Network'), wasm);
}

/**
 * @param {Uint8Array} bytes
 * @param {CheckedOptions} options
 * @param {OnnxSource} [source]
 * @returns {Promise<{ bytes: Uint8Array<ArrayBuffer>, notes: string[] }>}
 */
export async function convertOnnx(bytes, options, source) {
  const glue = await start(source);
  return call(glue, () => {
    const converted = glue.convertOnnx(bytes, options);
    try {
      return { bytes: /** @type {Uint8Array<ArrayBuffer>} */ (converted.file()), notes: converted.notes() };
    } finally {
      converted.free();
    }
  });
}

/**
 * @param {Uint8Array} bytes
 * @param {OnnxSource} [source]
 * @returns {Promise<[height: number | undefined, width: number | undefined]>} undefined for what the file leaves open
 */
export async function onnxPictureSize(bytes, source) {
  const glue = await start(source);
  const [height = 0, width = 0] = call(glue, () => glue.onnxPictureSize(bytes));
  return [height || undefined, width || undefined];
}

/** Starts once a thread; what failed is tried again by whoever asks next. @param {OnnxSource} [source] */
function start(source = FETCHED_ONNX) {
  running ??= instantiate(source);
  running.catch(() => {
    running = undefined;
  });
  return running;
}

/** @param {OnnxSource} source @returns {Promise<Glue>} */
async function instantiate({ wasm, hint }) {
  try {
    const [glue, module_or_path] = await Promise.all([import('../wasm/onnx/relume_wasm.js'), wasm()]);
    await glue.default({ module_or_path });
    return glue;
  } catch (cause) {
    throw new RelumeError(
      'unreadable',
      `What reads ONNX files, wasm/onnx/ of the package, cannot be loaded (${reasonOf(cause)}). ${hint}`,
      { cause },
    );
  }
}
