// onnxruntime-web with its WebAssembly provider, in the page itself: its default, and without the messages that its
// `proxy` in a worker costs. Its build for WebAssembly alone, which is its smallest.

import { forwardFile, guidedFile } from './onnx-operators.js';

/** @typedef {import('./page.js').Engine} Engine */

const FOLDER = '/tests/bench/peers/node_modules/onnxruntime-web/dist/';

/**
 * @param {import('./network.js').Network} network
 * @param {number} threads
 * @param {Float32Array} input
 * @param {import('./page.js').Work[]} works
 * @returns {Promise<Engine>}
 */
export async function startOnnxRuntime(network, threads, input, works) {
  const ort = await import(`${FOLDER}ort.wasm.min.mjs`);
  ort.env.wasm.wasmPaths = FOLDER;
  ort.env.wasm.numThreads = threads;
  const shape = [1, ...network.input.shape];
  /** @param {Uint8Array} file @returns {Promise<() => Promise<Float32Array>>} */
  const runs = async (file) => {
    const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'], graphOptimizationLevel: 'all' });
    const [output] = session.outputNames;
    return async () => {
      const results = await session.run({ input: new ort.Tensor('float32', input, shape) });
      return results[output].data;
    };
  };
  return {
    version: ort.env.versions.web,
    ...(works.includes('forward') && { forward: await runs(forwardFile(network)) }),
    ...(works.includes('guided') && { guided: await runs(guidedFile(network)) }),
  };
}
