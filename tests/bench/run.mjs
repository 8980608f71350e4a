// Measures the engine in headless Chromium: each network, each build, each step; medians, a table, a JSON file.
//   node tests/bench/run.mjs [--quick] [--json FILE] [--only WORD]
// Then comes the scale: one build, pictures of growing size and the paper's four networks. Last the page, with nothing cached.
// --quick measures a few runs of each instead of 30; --only keeps the networks and builds whose name holds the word, or
// with it the scale or the cold-load.

/// <reference path="./globals.d.ts" />
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser } from '../browser/support/browser.mjs';
import { EFFICIENTNET, ROOT, SQUEEZENET, seeded } from '../browser/support/fixtures.mjs';
import { coldLoads } from './cold-load.mjs';
import { printTable, printWaterfall, withMedians } from './cold-load-report.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string', default: `${ROOT}target/bench/bench.json` },
    only: { type: 'string', default: '' },
  },
});

/** NdArray is measured where it is built: make engine-ndarray. */
const BUILDS = /** @type {const} */ (['flex-relaxed', 'flex', 'ndarray']).filter(
  (build) => build !== 'ndarray' || existsSync(`${ROOT}pkg/wasm/ndarray/relume_wasm_bg.wasm`),
);
/** How time and memory grow with the picture, and with the network. */
const SCALE = /** @type {const} */ ([
  ['all-cnn-c', 32],
  ['all-cnn-c', 64],
  ['all-cnn-c', 128],
  ['all-cnn-c', 224],
  ['all-cnn-c', 448],
  ['strided-cnn-c', 32],
  ['model-c', 32],
  ['convpool-cnn-c', 32],
]);
const EFFORT = options.quick
  ? { runs: 5, slowRuns: 1, slow: 500, warmUps: 2, coldLoads: 1 }
  : { runs: 30, slowRuns: 5, slow: 1000, warmUps: 5, coldLoads: 5 };

/** @param {number[]} times @param {number} share */
function quantile(times, share) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  return below + (at % 1) * ((sorted[Math.ceil(at)] ?? NaN) - below);
}

/** @param {string[]} columns */
function line([network = '', build = '', what = '', ...numbers]) {
  console.log(network.padEnd(20) + build.padEnd(14) + what.padEnd(30) + numbers.map((number) => number.padStart(10)).join(''));
}

async function networks() {
  const all = [
    { network: 'all-cnn-c', path: await seeded('all-cnn-c') },
    { network: 'squeezenet-1.1', path: SQUEEZENET },
  ];
  if (existsSync(ROOT + EFFICIENTNET)) all.push({ network: 'efficientnet-lite0', path: EFFICIENTNET });
  else console.log('efficientnet-lite0 is left out: it is not there, make models fetches it');
  return all;
}

/** The download sizes, as scripts/size-limit.mjs finds and prints them. Being over the limit is its own check's business. */
function sizes() {
  const file = `${ROOT}target/bench/sizes.json`;
  rmSync(file, { force: true });
  spawnSync(process.execPath, [`${ROOT}scripts/size-limit.mjs`, '--json', file], { stdio: 'inherit' });
  if (!existsSync(file)) throw new Error('the download sizes could not be measured: is pkg/wasm/ complete?');
  return JSON.parse(readFileSync(file, 'utf8'));
}

const asked = (await networks())
  .flatMap(({ network, path }) => BUILDS.map((build) => ({ network, path, build })))
  .filter(({ network, build }) => `${network} ${build}`.includes(options.only));
mkdirSync(`${ROOT}target/bench`, { recursive: true });
const downloads = sizes();
console.log();

const browser = await openBrowser();
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, system: `${type()} ${release()}` };
console.log(`Chromium ${browser.version} on ${machine.cpu}, ${machine.cores} cores; one thread unless said, batch 1; milliseconds\n`);
line(['network', 'build', 'what', 'median', 'quartile', 'quartile', 'runs']);

/**
 * Everything that one page measures and reports.
 * @template T
 * @param {[network: string, build: string]} names
 * @param {(page: import('playwright-core').Page) => Promise<T>} measure
 */
async function measured([network, build], measure) {
  const { page, context, troubles } = await browser.open('/tests/bench/bench.html');
  await page.waitForFunction(() => 'bench' in globalThis);
  /** @type {{ what: string, median: number, quartiles: [number, number], runs: number, times: number[] }[]} */
  const rows = [];
  await page.exposeFunction('report', (/** @type {{ what: string, times: number[] }} */ { what, times }) => {
    const [median, low, high] = [0.5, 0.25, 0.75].map((share) => quantile(times, share));
    rows.push({ what, median: median ?? NaN, quartiles: [low ?? NaN, high ?? NaN], runs: times.length, times });
    line([network, build, what, ...[median, low, high].map((time) => (time ?? NaN).toFixed(1)), String(times.length)]);
  });
  const found = await measure(page);
  if (troubles.length > 0) throw new Error(troubles.join('\n'));
  await context.close();
  return { network, build, rows, ...found };
}

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

const results = [];
const scale = [];
try {
  for (const { network, path, build } of asked) {
    const found = await measured([network, build], (page) =>
      page.evaluate((request) => bench.measure(request, /** @type {any} */ (globalThis).report), {
        build,
        model: path,
        picture: '/www/pictures/chelsea.png',
        effort: EFFORT,
      }),
    );
    results.push(found);
    const [one = NaN, two = NaN] = found.memory;
    console.log(`${' '.repeat(20)}${megabytes(one)} of memory, ${megabytes(two)} by two workers\n`);
  }
  for (const [name, size] of SCALE.filter(([of]) => `${of} scale`.includes(options.only))) {
    const model = await seeded(name, size);
    const found = await measured([name, `${size}×${size}`], (page) =>
      page.evaluate((request) => bench.scale(request, /** @type {any} */ (globalThis).report), { model, effort: EFFORT }),
    );
    scale.push({ ...found, size });
    console.log(`${' '.repeat(20)}${megabytes(found.memory)} of memory\n`);
  }
} finally {
  await browser.close();
}

/** After the browser of the rows above has ended: it would hold memory and share the processor. */
async function cold() {
  const found = await coldLoads({ runs: EFFORT.coldLoads });
  printTable(found);
  printWaterfall(found);
  return withMedians(found);
}

const coldLoad = 'cold-load'.includes(options.only) ? await cold() : undefined;
const report = {
  date: new Date().toISOString(),
  chromium: browser.version,
  ...machine,
  quick: options.quick,
  results,
  scale,
  coldLoad,
  sizes: downloads,
};
mkdirSync(dirname(options.json), { recursive: true });
writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
console.log(`written: ${options.json}`);
