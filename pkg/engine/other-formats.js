// Files of other tools become model files, each format by a wasm module of its own, which is fetched with the first such file: in a worker,
// or on the thread of relume/low-level.

import { bytesOf } from './bytes.js';
import { CONVERSION_OPTIONS, conversionOptions } from './conversion-options.js';
import { RelumeError, reasonOf } from './error.js';
import { formatOfBytes } from './file-format.js';
import { call } from './guarded-call.js';
import { optionsOf, refuseUnknown } from './options.js';
import { compiled } from './wasm-builds.js';

/** @typedef {typeof import('../wasm/onnx/relume_wasm.js')} Glue */
/** @typedef {import('./conversion-options.js').CheckedOptions} CheckedOptions */
/** @typedef {import('./conversion-options.js').ConversionOptions} ConversionOptions */
/** @typedef {import('./types.js').Format} Format */
/** Where a format's wasm comes from. `hint`: what to look at where it does not come. @typedef {{ wasm: (format: Format) => Promise<BufferSource | WebAssembly.Module>, hint: string }} FormatSource */

// Written out, not put together from a variable: so bundlers find them.
const GLUE = { onnx: () => import('../wasm/onnx/relume_wasm.js'), checkpoint: () => import('../wasm/checkpoint/relume_wasm.js') };
const WASM = {
  onnx: () => new URL('../wasm/onnx/relume_wasm_bg.wasm', import.meta.url),
  checkpoint: () => new URL('../wasm/checkpoint/relume_wasm_bg.wasm', import.meta.url),
};

/** For a browser. @type {FormatSource} */
const FETCHED = {
  wasm: (format) => compiled(WASM[format]()),
  hint: "Are they served, and does the page's Content-Security-Policy allow script-src 'self' 'wasm-unsafe-eval'?",
};

/** On this thread. @type {Map<Format, Promise<Glue>>} */
const running = new Map();

/**
 * What relume/low-level gives.
 * @param {ArrayBuffer | ArrayBufferView} source
 * @param {ConversionOptions | undefined} options
 * @param {FormatSource} [wasm]
 */
export async function convertBytes(source, options, wasm) {
  const what = 'convert() takes the bytes of an ONNX file or a PyTorch checkpoint, such as a Uint8Array or what fs.readFile gives.';
  const description = optionsOf(options, 'convert()');
  const { input, size, classes, title, dtype, ...unknown } = description;
  refuseUnknown(unknown, 'convert()', CONVERSION_OPTIONS);
  const format = formatOfBytes(bytesOf(source, what));
  if (format === undefined) {
    throw new RelumeError(
      'invalid-model',
      'These bytes are neither an ONNX file nor a PyTorch checkpoint, and no other format is converted here.',
    );
  }
  const checked = conversionOptions(format, description, 'convert', 'Network');
  await start(format, wasm);
  // Again: the caller may have moved them meanwhile.
  return convert(format, bytesOf(source, what), checked, wasm);
}

/**
 * @param {Format} format
 * @param {Uint8Array} bytes
 * @param {CheckedOptions} options
 * @param {FormatSource} [source]
 * @returns {Promise<{ bytes: Uint8Array<ArrayBuffer>, notes: string[] }>}
 */
export async function convert(format, bytes, options, source) {
  const glue = await start(format, source);
  return call(glue, () => {
    const converted = glue.convert(bytes, options);
    try {
      return { bytes: /** @type {Uint8Array<ArrayBuffer>} */ (converted.file()), notes: converted.notes() };
    } finally {
      converted.free();
    }
  });
}

/**
 * @param {Format} format
 * @param {Uint8Array} bytes
 * @param {FormatSource} [source]
 * @returns {Promise<[height: number | undefined, width: number | undefined]>} undefined for what the file leaves open
 */
export async function pictureSize(format, bytes, source) {
  const glue = await start(format, source);
  const [height = 0, width = 0] = call(glue, () => glue.pictureSize(bytes));
  return [height || undefined, width || undefined];
}

/** Starts once a thread; what failed is tried again by whoever asks next. @param {Format} format @param {FormatSource} [source] */
function start(format, source = FETCHED) {
  const known = running.get(format);
  if (known) return known;
  const started = instantiate(format, source);
  running.set(format, started);
  started.catch(() => running.delete(format));
  return started;
}

/** @param {Format} format @param {FormatSource} source @returns {Promise<Glue>} */
async function instantiate(format, { wasm, hint }) {
  try {
    const [glue, module_or_path] = await Promise.all([GLUE[format](), wasm(format)]);
    await glue.default({ module_or_path });
    return glue;
  } catch (cause) {
    throw new RelumeError(
      'unreadable',
      `The module that reads such files, wasm/${format}/ in the package, cannot be loaded (${reasonOf(cause)}). ${hint}`,
      { cause },
    );
  }
}
