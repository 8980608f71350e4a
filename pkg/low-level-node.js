// relume/low-level in Node, which does not fetch files: the same, but for where the wasm comes from.

import { readFile } from 'node:fs/promises';
import { engineFor } from './engine/engine.js';
import { convertBytes } from './engine/other-formats.js';

export { RelumeError } from './engine/error.js';

/**
 * @param {import('./low-level.js').OpenOptions} [options]
 * @returns {Promise<import('./low-level.js').Engine>}
 */
export function open(options) {
  return engineFor(options, {
    wasm: (build) => readFile(new URL(`./wasm/${build}/relume_wasm_bg.wasm`, import.meta.url)),
    hint: 'Is the package complete?',
  });
}

/**
 * @param {ArrayBuffer | ArrayBufferView} bytes
 * @param {import('./low-level.js').ConversionOptions} [options]
 * @returns {Promise<{ bytes: Uint8Array, notes: string[] }>}
 */
export function convert(bytes, options) {
  return convertBytes(bytes, options, {
    wasm: (format) => readFile(new URL(`./wasm/${format}/relume_wasm_bg.wasm`, import.meta.url)),
    hint: 'Is the package complete?',
  });
}
