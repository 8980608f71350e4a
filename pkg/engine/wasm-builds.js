// The files of each build of the engine, and how one is started: in the worker, or on the thread of relume/low-level.

import { RelumeError, reasonOf } from './error.js';

/** @typedef {import('./types.js').Build} Build */
/** @typedef {typeof import('../wasm/flex/relume_wasm.js')} Glue */

/**
 * Where the wasm of a build comes from. `hint`: what to look at where it does not come.
 * @typedef {{ wasm: (build: Build) => Promise<BufferSource | WebAssembly.Module>, hint: string }} WasmSource
 */

// Not part of the package: only who builds it has it, so neither a bundler nor the compiler may look for it.
/** @type {string} */
const NDARRAY = '../wasm/ndarray/relume_wasm.js';
/** @type {string} */
const NDARRAY_WASM = '../wasm/ndarray/relume_wasm_bg.wasm';

// Written out, not put together from a variable: so bundlers find them.
const GLUE = {
  'flex-relaxed': () => import('../wasm/flex-relaxed/relume_wasm.js'),
  flex: () => import('../wasm/flex/relume_wasm.js'),
  ndarray: () => import(/* webpackIgnore: true */ /* @vite-ignore */ NDARRAY),
};
const WASM = {
  'flex-relaxed': () => new URL('../wasm/flex-relaxed/relume_wasm_bg.wasm', import.meta.url),
  flex: () => new URL('../wasm/flex/relume_wasm_bg.wasm', import.meta.url),
  ndarray: () => new URL(/* webpackIgnore: true */ /* @vite-ignore */ NDARRAY_WASM, import.meta.url),
};

/** For a browser: fetched, and compiled while it arrives. @satisfies {WasmSource} */
export const FETCHED = {
  wasm: (/** @type {Build} */ build) => compiled(WASM[build]()),
  hint: "Are they served, and does the page's Content-Security-Policy allow script-src 'self' 'wasm-unsafe-eval'?",
};

/** @param {URL} url */
export async function compiled(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${response.statusText}`.trimEnd());
  const type = response.headers.get('content-type') ?? '';
  if (type.toLowerCase() === 'application/wasm') return WebAssembly.compileStreaming(response);
  console.warn(
    `relume: the server sends ${url} as "${type}". Sent as "application/wasm", the engine would compile while it arrives; ` +
      'so it compiles only afterwards, and the page is ready later.',
  );
  return WebAssembly.compile(await response.arrayBuffer());
}

/** @typedef {{ glue: Glue, memory: WebAssembly.Memory }} Started */

/** On this thread. @type {Map<Build, Promise<Started>>} */
const running = new Map();

/**
 * Starts a build. Each starts once a thread: asked again, the same one answers.
 * @param {Build} build
 * @param {WasmSource} source
 * @returns {Promise<Started>}
 */
export function start(build, source) {
  const known = running.get(build);
  if (known) return known;
  const started = instantiate(build, source);
  running.set(build, started);
  // What failed is tried again by whoever asks next.
  started.catch(() => running.delete(build));
  return started;
}

/** @param {Build} build @param {WasmSource} source @returns {Promise<Started>} */
async function instantiate(build, { wasm, hint }) {
  try {
    // Together: the glue is small, but asking for it takes as long.
    const [glue, module_or_path] = await Promise.all([GLUE[build](), wasm(build)]);
    const { memory } = await glue.default({ module_or_path });
    return { glue, memory };
  } catch (cause) {
    throw new RelumeError(
      'unreadable',
      `The engine's files, wasm/${build}/ of the package, cannot be loaded (${reasonOf(cause)}). ` +
        (build === 'ndarray' ? 'NdArray is built only when asked for: make engine-ndarray, in a copy of the source.' : hint),
      { cause },
    );
  }
}
