// TensorFlow.js with its WebAssembly backend, in the page itself, as its guide shows it. For one thread it runs the build
// without threads, which is what a page without special headers gets.

import { channelsFirst, channelsLast } from './channels-last.js';
import { foldedBatchNorm } from './fold-batch-norm.js';
import { differentiable, operators } from './tfjs-operators.js';
import { forward, guided } from './passes.js';

/** @typedef {import('./page.js').Engine} Engine */

const FOLDER = '/tests/bench/peers/node_modules/@tensorflow/';

/** A script that is no module, and leaves the global object `tf`. @param {string} address @returns {Promise<void>} */
function script(address) {
  return new Promise((loaded, failed) => {
    const element = Object.assign(document.createElement('script'), { src: address });
    element.onload = () => loaded();
    element.onerror = () => failed(new Error(`${address} was not loaded`));
    document.head.append(element);
  });
}

/**
 * @param {import('./network.js').Network} given
 * @param {number} threads
 * @param {Float32Array} input
 * @param {import('./page.js').Work[]} works
 * @returns {Promise<Engine>}
 */
export async function startTfjs(given, threads, input, works) {
  await script(`${FOLDER}tfjs/dist/tf.min.js`);
  await script(`${FOLDER}tfjs-backend-wasm/dist/tf-backend-wasm.min.js`);
  const { tf } = /** @type {any} */ (globalThis);
  tf.wasm.setWasmPaths(`${FOLDER}tfjs-backend-wasm/dist/`);
  if (threads > 1) {
    // It takes at most half of the cores that the browser names, whatever it is told: on two cores it would run one
    // thread. So the page names twice the cores.
    Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads });
    tf.wasm.setThreadsCount(threads);
  } else tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend of TensorFlow.js did not start');
  const running = threads > 1 ? tf.wasm.getThreadsCount() : 1;
  if (running !== threads) throw new Error(`TensorFlow.js runs ${running} threads, not ${threads}`);

  const network = foldedBatchNorm(given);
  const on = operators(tf, network, works.includes('guided'));
  const [channels, height, width] = network.input.shape;
  // Channels last, as every model of its own takes a picture.
  const pixels = channelsLast(input, channels, height * width);
  /** @param {(x: any) => any} work @returns {() => Promise<Float32Array>} */
  const runs = (work) => async () => {
    const result = tf.tidy(() => work(tf.tensor4d(pixels, [1, height, width, channels])));
    const data = await result.data();
    result.dispose();
    return data;
  };
  const gradient = () => {
    const byTfjs = differentiable(tf, on, network);
    return tf.grad((/** @type {any} */ x) => tf.max(forward(network, byTfjs, x)));
  };
  return {
    version: tf.version.tfjs,
    forward: runs((x) => forward(network, on, x)),
    ...(works.includes('guided') && { guided: runs((x) => guided(network, on, x)) }),
    ...(works.includes('gradient') && { gradient: runs(gradient()) }),
    planes: (map) => channelsFirst(map, channels, height * width),
  };
}
