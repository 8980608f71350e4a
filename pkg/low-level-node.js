// relume/low-level in Node, which does not fetch files: the same, but for where the wasm comes from.

import { readFile } from 'node:fs/promises';
import { engineFor } from './engine/engine.js';

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
