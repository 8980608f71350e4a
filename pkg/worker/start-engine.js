// Starts the engine of a worker: from the module that another worker of the pool compiled, or from the package's files.

import { engineFor } from '../engine/engine.js';
import { FETCHED } from '../engine/wasm-builds.js';

/** @typedef {import('../low-level.js').Engine} Engine */
/** @template {import('./protocol.js').Operation} K @typedef {import('./protocol.js').Request<K>} Request */

/**
 * @param {Request<'start'>} request
 * @returns {Promise<{ engine: Engine, module: WebAssembly.Module }>} `module`: what the next worker can start from
 */
export async function startEngine({ module, ...wanted }) {
  if (module) {
    try {
      return { engine: await engineFor(wanted, { ...FETCHED, wasm: async () => module }), module };
    } catch (error) {
      // The site has been updated since: this worker's JavaScript belongs to another wasm than the one that was compiled.
      if (!(/** @type {Error} */ (error).cause instanceof WebAssembly.LinkError)) throw error;
    }
  }
  /** @type {WebAssembly.Module | undefined} */
  let compiled;
  const engine = await engineFor(wanted, {
    ...FETCHED,
    async wasm(build) {
      compiled = await FETCHED.wasm(build);
      return compiled;
    },
  });
  return { engine, module: /** @type {WebAssembly.Module} */ (/** @type {unknown} */ (compiled)) };
}
