// One engine in one page. How many threads a library runs is settled when it starts, so each has a page of its own for
// one and for two; all pages are in one browser and take turns.

import { normalised, pictureFrom } from '../../browser/pages/picture.js';
import { startJax } from './jax.js';
import { startLiteRt } from './litert.js';
import { readNetwork } from './network.js';
import { startOnnxRuntime } from './onnxruntime.js';
import { startRelume } from './relume.js';
import { startTfjs } from './tfjs.js';
import { Unsupported } from './unsupported.js';

/** @typedef {'forward' | 'guided' | 'gradient'} Work forward: the logits; guided: forward, and the top class's map;
 *   gradient: the same map by the library's own gradients, where it has them */
/** @typedef {{ version: string, planes?: (map: Float32Array) => Float32Array } & { [work in Work]?: () => Promise<Float32Array> }} Engine
 *   each from the call to the numbers in hand; `planes`: a map of this engine as [3, H, W] */
/** @typedef {{ engine: string, threads: number, model: string, picture: string, works: Work[] }} Request
 *   `picture`: exactly of the network's input size; `works`: what will be asked of it */

/** @type {Engine | undefined} */
let engine;

/** @param {string} address */
async function bytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.arrayBuffer();
}

/** @param {Request} request @returns {Promise<{ version: string } | { unsupported: string }>} the version that runs */
async function start({ engine: name, threads, model, picture, works }) {
  if (!crossOriginIsolated) throw new Error('without cross-origin isolation nothing here has a second thread');
  const file = await bytes(model);
  const network = readNetwork(file);
  const numbers = normalised(await pictureFrom(new Blob([await bytes(picture)])), network.input);
  const [library, build = ''] = name.split(' ');
  try {
    if (library === 'relume') engine = await startRelume(build, file, numbers);
    else if (library === 'onnxruntime-web') engine = await startOnnxRuntime(network, threads, numbers, works);
    else if (library === 'tfjs-wasm') engine = await startTfjs(network, threads, numbers, works);
    else if (library === 'jax-js') engine = await startJax(network, threads, numbers, works);
    else if (library === 'litert') engine = await startLiteRt(network, threads, numbers);
    else throw new Error(`no engine ${name}`);
  } catch (error) {
    if (error instanceof Unsupported) return { unsupported: error.message };
    throw error;
  }
  return { version: engine.version };
}

/** @param {Work} work */
function working(work) {
  const run = engine?.[work];
  if (!run) throw new Error(`this engine has no ${work}`);
  return run;
}

/**
 * The answer, to be checked before any time is taken.
 * @param {Work} work
 * @returns {Promise<{ numbers: number[] } | { failed: string }>}
 */
async function answer(work) {
  try {
    const found = await working(work)();
    return { numbers: Array.from(work !== 'forward' && engine?.planes ? engine.planes(found) : found) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

/** @param {Work} work @param {{ warmUps: number, runs: number }} effort @returns {Promise<number[]>} milliseconds */
async function turn(work, { warmUps, runs }) {
  const run = working(work);
  for (let i = 0; i < warmUps; i++) await run();
  const times = [];
  while (times.length < runs) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return times;
}

export const peers = { start, answer, turn };

Object.assign(globalThis, { peers });
