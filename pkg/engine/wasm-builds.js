// The files of each build of the engine, and how one is started: in the worker, or on the thread of relume/low-level.

import { RelumeError, reasonOf } from './error.js';

/** @typedef {import('./types.js').Build} Build */
/** @typedef {typeof import('../wasm/flex/relume_wasm.js')} Glue */

/** Not part of the package: only who builds it has it, so neither a bundler nor the compiler may look for it. @type {string} */
const NDARRAY = '../wasm/ndarray/relume_wasm.js';

// Written out, not put together from a variable: so bundlers find them.
const GLUE = {
  'flex-relaxed': () => import('../wasm/flex-relaxed/relume_wasm.js'),
  flex: () => import('../wasm/flex/relume_wasm.js'),
  ndarray: () => import(/* webpackIgnore: true */ /* @vite-ignore */ NDARRAY),
};

/**
 * Starts a build. Each starts once a thread: asked again, the same one answers.
 * @param {Build} build
 * @param {(build: Build) => Promise<BufferSource>} [read] gets the wasm where it cannot be fetched
 * @returns {Promise<{ glue: Glue, memory: WebAssembly.Memory }>}
 */
export async function start(build, read) {
  try {
    const glue = await GLUE[build]();
    const { memory } = await glue.default(read && { module_or_path: await read(build) });
    return { glue, memory };
  } catch (cause) {
    throw new RelumeError(
      'unreadable',
      `The engine's files, wasm/${build}/ of the package, cannot be loaded (${reasonOf(cause)}). ` +
        (build === 'ndarray'
          ? 'NdArray is built only when asked for: make engine-ndarray, in a copy of the source.'
          : read
            ? 'Is the package complete?'
            : "Are they served, and does the page's Content-Security-Policy allow script-src 'self' 'wasm-unsafe-eval'?"),
      { cause },
    );
  }
}
