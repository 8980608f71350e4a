// Methods of many steps, spread over the workers, compared with single passes in the same workers and round: node tests/bench/methods.mjs
// [--rounds 6] [--only WORD]. It prints the time to the first preview, and the time for all steps divided by that of as many passes shared among the
// workers. Then the three rules on a network whose layers are randomised one after another.

import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openBrowser } from '../browser/support/browser.mjs';
import { openBare } from '../browser/support/package.mjs';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '6' }, only: { type: 'string', default: '' } } });
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('usage: node tests/bench/methods.mjs [--rounds 6] [--only WORD], with one round or more');
  process.exit(2);
}

/** Each method's options, and whether a step has a backward pass. */
const METHODS = [
  { name: 'smoothgrad, 50 samples', options: { method: 'smoothgrad', samples: 50 }, hasBackward: true },
  { name: 'occlusion, 8×8 windows', options: { method: 'occlusion', window: [8, 8], stride: [8, 8] }, hasBackward: false },
].filter(({ name }) => name.includes(options.only));
/** Passes before and after each method, together as many as SmoothGrad has samples: with one worker both take about as long, and other work on the machine slows both alike. */
const PASSES = 25;

/** In the page. @param {{ options: any, hasBackward: boolean, rounds: number, passes: number }} what */
async function measure({ options: method, hasBackward, rounds: count, passes }) {
  const picture = await bare.file('/www/pictures/chelsea.png');
  const engines = [];
  for (const workers of [1, 2]) {
    const relume = await bare.Relume.start({ workers });
    const model = await relume.load('/www/models/squeezenet-1.1.safetensors');
    const trace = await model.forward(picture);
    // Warm-up: every worker loads the model and the picture.
    for (let i = 0; i < 10; i++) await Promise.all([trace.explain({ method: 'backprop' }), trace.explain({ method: 'backprop' })]);
    engines.push({ workers, model, trace });
  }
  const input = new Float32Array(3 * 227 * 227).map((_, i) => Math.sin(i));
  /** The mean time of a pass in its worker. Not the median, because the time of all steps includes the slow ones. @param {import('../../pkg/api/model.js').Model} model */
  const pass = async (model) => {
    let sum = 0;
    for (let i = 0; i < passes; i++) {
      const trace = await model.forward(input);
      sum += trace.milliseconds + (hasBackward ? (await trace.explain({ method: 'backprop' })).milliseconds : 0);
      trace.close();
    }
    return sum / passes;
  };
  const found = [];
  for (let round = 0; round < count; round++) {
    for (const { workers, model, trace } of engines) {
      const before = await pass(model);
      const began = performance.now();
      let [first, steps] = [NaN, NaN];
      for await (const { progress } of trace.refine(method)) {
        if (Number.isNaN(first)) first = performance.now() - began;
        steps = progress.total;
      }
      const all = performance.now() - began;
      const one = (before + (await pass(model))) / 2;
      found.push({ workers, first, all, steps, one });
    }
  }
  return found;
}

/** In the page: milliseconds for all layers of All-CNN-C, three rules, by so many workers; the first time is not counted. */
async function randomise(/** @type {number} */ workers) {
  const relume = await bare.Relume.start({ workers });
  const model = await relume.load('/www/models/all-cnn-c.safetensors');
  const picture = await bare.file('/www/pictures/cifar10/horse-0000.jpg');
  const rules = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
  const maps = rules.map((method) => ({ method, target: { class: 7 } }));
  const { maps: whole } = await model.forward(picture, { maps });
  const layers = model.info.layers.filter(({ parameters }) => parameters > 0).reverse();
  const times = [];
  for (let run = 0; run < 6; run++) {
    const began = performance.now();
    for (const { name } of layers) {
      const randomised = await model.randomised({ from: name, seed: 1 });
      const { maps: others } = await randomised.forward(picture, { maps });
      await Promise.all(others.map((map, i) => whole[i]?.compare(map)));
      randomised.close();
    }
    times.push(performance.now() - began);
  }
  relume.close();
  return { layers: layers.length, milliseconds: times.slice(1).sort((a, b) => a - b)[2] ?? NaN };
}

const median = (/** @type {number[]} */ numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;

const browser = await openBrowser();
const { page, context } = await openBare(browser);
console.log(
  `Methods of many steps, SqueezeNet 1.1, Chromium ${browser.version} on ${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`,
);
console.log('                          workers   steps   first, ms   all, ms   a pass, ms   all ÷ (passes ÷ workers)');
try {
  for (const { name, options: method, hasBackward } of METHODS) {
    const found = await page.evaluate(measure, { options: method, hasBackward, rounds, passes: PASSES });
    for (const workers of [1, 2]) {
      const own = found.filter((each) => each.workers === workers);
      const ratio = median(own.map(({ all, steps, one }) => (all * workers) / (steps * one)));
      const column = (/** @type {number} */ value, /** @type {number} */ width, digits = 0) => value.toFixed(digits).padStart(width);
      const of = (/** @type {'first' | 'all' | 'one' | 'steps'} */ what) => median(own.map((each) => each[what]));
      console.log(
        `${name.padEnd(26)}${column(workers, 7)}${column(of('steps'), 8)}${column(of('first'), 12)}${column(of('all'), 10)}${column(of('one'), 13, 1)}${column(ratio, 27, 2)}`,
      );
    }
  }
  if ('randomisation'.includes(options.only)) {
    for (const workers of [1, 2]) {
      const { layers, milliseconds } = await page.evaluate(randomise, workers);
      console.log(`randomisation of All-CNN-C's ${layers} layers, three rules, workers ${workers}: ${milliseconds.toFixed(0)} ms`);
    }
  }
} finally {
  await context.close();
  await browser.close();
}
