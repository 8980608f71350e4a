// What is measured: the wall time of the package's calls as a page sees them, the way to the worker and back included.

import { Relume } from '../../pkg/index.js';
import { normalised } from '../browser/pages/picture.js';

/** @typedef {import('../../pkg/index.js').Build} Build */
/** @typedef {{ what: string, times: number[] }} Row */
/** @typedef {{ runs: number, slowRuns: number, slow: number, warmUps: number }} Effort
 *   `slow`: milliseconds from which on a row gets only `slowRuns` */

const RULES = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);

/**
 * @param {string} what
 * @param {Effort} effort
 * @param {() => Promise<number>} once measures itself, so that it can put things in place and away
 * @returns {Promise<Row>}
 */
async function row(what, { runs, slowRuns, slow, warmUps }, once) {
  let last = await once();
  const isSlow = last > slow;
  for (let i = 1; i < warmUps && !isSlow; i++) last = await once();
  const times = [];
  while (times.length < (isSlow ? slowRuns : runs)) times.push(await once());
  return { what, times };
}

/** @template T @param {() => Promise<T>} work @returns {Promise<[milliseconds: number, result: T]>} */
async function timed(work) {
  const began = performance.now();
  const result = await work();
  return [performance.now() - began, result];
}

/**
 * Every row of one network on one build of the engine.
 * @param {{ build: Build, model: string, picture: string, effort: Effort }} options
 * @param {(row: Row) => void} report
 */
async function measure({ build, model, picture, effort }, report) {
  const relume = await start(build, 1);
  const bytes = await (await fetch(model)).arrayBuffer();
  report(
    await row('load', effort, async () => {
      const [time, loaded] = await timed(() => relume.load(bytes));
      loaded.close();
      return time;
    }),
  );

  const network = await relume.load(bytes);
  if (relume.build() !== build) throw new Error(`${relume.build()} was started, not ${build}`);
  // A photograph as the network takes it: activations and ReLUs as they are in real use, and no time for the picture.
  const fitted = await network.forward(await (await fetch(picture)).blob());
  const input = normalised(/** @type {ImageData} */ (fitted.view), network.info.input);
  fitted.close();

  report(
    await row('forward', effort, async () => {
      const [time, trace] = await timed(() => network.forward(input));
      trace.close();
      return time;
    }),
  );
  for (const method of RULES) {
    report(await row(`forward + ${method}`, effort, async () => (await timed(() => network.explain(input, { method })))[0]));
  }
  // The run is kept: a second map of the same picture is a way back alone.
  const trace = await network.forward(input);
  for (const method of RULES) {
    report(await row(`${method} again, same picture`, effort, async () => (await timed(() => trace.explain({ method })))[0]));
  }
  const memory = relume.memory();
  relume.close();
  return { memory: [memory, await together(build, bytes, input, effort, report)] };
}

/**
 * Three maps of one picture asked for at once, by one worker and by two.
 * @param {Build} build
 * @param {ArrayBuffer} bytes
 * @param {Float32Array} input
 * @param {Effort} effort
 * @param {(row: Row) => void} report
 * @returns {Promise<number>} bytes of memory that two workers took
 */
async function together(build, bytes, input, effort, report) {
  let memory = 0;
  for (const workers of [1, 2]) {
    const relume = await start(build, workers);
    const network = await relume.load(bytes);
    const trace = await network.forward(input);
    report(
      await row(
        `three rules, ${workers} worker${workers > 1 ? 's' : ''}`,
        effort,
        async () => (await timed(() => Promise.all(RULES.map((method) => trace.explain({ method })))))[0],
      ),
    );
    memory = relume.memory();
    relume.close();
  }
  return memory;
}

/** @param {Build} build @param {number} workers */
function start(build, workers) {
  return Relume.start({ backend: build === 'ndarray' ? 'ndarray' : 'flex', relaxed: build === 'flex-relaxed', workers });
}

/**
 * The rows that show how time and memory grow: forward, and forward + guided.
 * @param {{ model: string, effort: Effort }} options
 * @param {(row: Row) => void} report
 */
async function scale({ model, effort }, report) {
  const relume = await Relume.start({ workers: 1 });
  const network = await relume.load(model);
  const [channels, height, width] = network.info.input.shape;
  const input = Float32Array.from({ length: channels * height * width }, (_, i) => ((i * 7919) % 1009) / 504.5 - 1);
  report(
    await row('forward', effort, async () => {
      const [time, trace] = await timed(() => network.forward(input));
      trace.close();
      return time;
    }),
  );
  report(await row('forward + guided', effort, async () => (await timed(() => network.explain(input)))[0]));
  const memory = relume.memory();
  relume.close();
  return { memory };
}

export const bench = { measure, scale };

Object.assign(globalThis, { bench });
