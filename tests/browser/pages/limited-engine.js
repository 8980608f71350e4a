// What one worker gets in place of pkg/worker/start-engine.js where its engine is to run out of memory. Other workers
// start from the module that it gives on, which is the package's own. support/limited-engine.mjs serves it.

import { engineFor } from '../../../pkg/engine/engine.js';
import { FETCHED } from '../../../pkg/engine/wasm-builds.js';

/** @type {typeof import('../../../pkg/worker/start-engine.js').startEngine} */
export async function startEngine({ module, ...wanted }) {
  const engine = await engineFor(wanted, { ...FETCHED, wasm: async (build) => (await fetch(`/limited/${build}.wasm`)).arrayBuffer() });
  return { engine, module: module ?? (await FETCHED.wasm(engine.build)) };
}
