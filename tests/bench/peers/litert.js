// LiteRT.js, the successor of TensorFlow.js for running networks, with its CPU kernels in WebAssembly, in the page itself.

import { channelsLast } from './channels-last.js';
import { forwardFile } from './tflite-operators.js';

/** @typedef {import('./page.js').Engine} Engine */

const MODULES = '/tests/bench/peers/node_modules/';
const FOLDER = `${MODULES}@litertjs/core/`;

/**
 * @param {import('./network.js').Network} network
 * @param {number} threads
 * @param {Float32Array} input
 * @returns {Promise<Engine>}
 */
export async function startLiteRt(network, threads, input) {
  const { Tensor, loadAndCompile, loadLiteRt } = await import(`${FOLDER}dist/index.js`);
  const { Builder } = await import(`${MODULES}flatbuffers/mjs/flatbuffers.js`);
  await loadLiteRt(`${FOLDER}wasm/`, { threads: threads > 1 });
  const model = await loadAndCompile(forwardFile(network, Builder), { accelerator: 'wasm', cpuOptions: { numThreads: threads } });
  const { version } = await (await fetch(`${FOLDER}package.json`)).json();
  const [channels, height, width] = network.input.shape;
  const pixels = channelsLast(input, channels, height * width);
  return {
    version,
    async forward() {
      const picture = new Tensor(pixels, [1, height, width, channels]);
      const [logits] = await model.run(picture);
      const numbers = (await logits.data()).slice();
      picture.delete();
      logits.delete();
      return numbers;
    },
  };
}
