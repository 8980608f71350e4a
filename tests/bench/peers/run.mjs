// Measures relume beside onnxruntime-web, TensorFlow.js, LiteRT.js and jax-js, in one headless Chromium, on the same networks,
// weights and picture: this repository's networks, and torchvision's where `make bench-networks` has written them. Every
// answer is checked before any time is taken, and the engines take turns.
//   node tests/bench/peers/run.mjs [--quick] [--only NETWORK] [--json FILE]
//   node tests/bench/peers/run.mjs --table FILE     prints Markdown tables of an earlier run
// Needs `npm ci` in this folder; `make bench-peers` sees to it.

/// <reference path="./globals.d.ts" />
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ALL_CNN_C, EFFICIENTNET, GALLERY, ROOT, SQUEEZENET } from '../../browser/support/fixtures.mjs';
import { written } from '../written-networks.mjs';
import { openIsolated } from './isolated.mjs';
import { WHAT, markdown, printed, summary } from './report.mjs';

/** @typedef {import('./page.js').Work} Work */
/** @typedef {import('./report.mjs').Row} Row */
/** @typedef {import('./report.mjs').Failure} Failure */
/** @typedef {Awaited<ReturnType<typeof openIsolated>>} Browser */
/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ page: Page, network: string, engine: string, threads: number, work: Work, turns: number, times: number[] }} Entrant */

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string', default: `${ROOT}target/bench/peers.json` },
    table: { type: 'string' },
  },
});
const EFFORT = options.quick ? { rounds: 2, runs: 4 } : { rounds: 5, runs: 8 };
/** Before the first turn; and in each turn, for what the others left in the processor's caches. */
const WARM_UPS = { first: 5, again: 2 };
/** In milliseconds: an answer that takes longer is measured once a turn, without warm-up. */
const SLOW = 2000;
/** In milliseconds: how long all turns of such an answer may take together. There is always one. */
const SLOW_TURNS = 20_000;
/** In milliseconds: who has not answered by then is noted, and its page closed, so that it takes no time from the others. */
const PATIENCE = 60_000;
/** Between turns: the threads of the last engine look for more work before they sleep. */
const REST = 150;
/** Largest difference from relume's answer, relative to its largest magnitude. */
const TOLERANCE = 1e-4;
/** For maps on a picture that was not chosen for them: where rounding tips a unit, they differ, but only there. */
const OVERALL_TOLERANCE = 5e-2;
const FOLDER = '/tests/bench/peers/';
const PHOTOGRAPH = '/tests/goldens/efficientnet-lite0.png';
/** `guided`: whether the peers' way back is written for its layers. The pictures are those of the goldens, where there are
 *  any. On another one a unit may lie so near to its tipping point that rounding decides whether it fires, and then two right
 *  maps differ by more than the tolerance (tests/goldens/choose_crop.py).
 *  @type {{ network: string, model: string, picture: string, guided: boolean, made: string }[]} `made`: what makes its file */
const NETWORKS = [
  { network: 'all-cnn-c', model: ALL_CNN_C, picture: `${GALLERY}/deer-0000.jpg`, guided: true, made: '' },
  { network: 'efficientnet-lite0', model: EFFICIENTNET, picture: PHOTOGRAPH, guided: true, made: 'make models' },
  { network: 'squeezenet-1.1', model: SQUEEZENET, picture: '/tests/goldens/squeezenet-1.1.png', guided: false, made: '' },
  ...['resnet18', 'resnext50_32x4d', 'mobilenet_v2', 'googlenet', 'vgg11'].map((network) => ({
    ...{ network, model: written(network), picture: PHOTOGRAPH, guided: false, made: 'make bench-networks' },
  })),
];

const BUILDS = ['flex-relaxed', 'flex'].filter((build) => {
  const built = existsSync(`${ROOT}pkg/wasm/${build}/relume_wasm_bg.wasm`);
  if (!built) console.log(`relume ${build} is left out: pkg/wasm has no such build, make engine makes it`);
  return built;
});
/** @type {{ engine: string, threads: number, works: Work[] }[]} */
const ENGINES = [
  ...BUILDS.map((build) => ({ engine: `relume ${build}`, threads: 1, works: /** @type {Work[]} */ (['forward', 'guided']) })),
  { engine: 'onnxruntime-web', threads: 1, works: ['forward', 'guided'] },
  { engine: 'onnxruntime-web', threads: 2, works: ['forward', 'guided'] },
  { engine: 'tfjs-wasm', threads: 1, works: ['forward', 'guided', 'gradient'] },
  { engine: 'tfjs-wasm', threads: 2, works: ['forward', 'guided'] },
  { engine: 'litert', threads: 1, works: ['forward'] },
  { engine: 'litert', threads: 2, works: ['forward'] },
  { engine: 'jax-js', threads: 1, works: ['forward', 'guided'] },
];

/** @param {number[]} found @param {number[]} expected @returns {number} the largest difference, relative to the largest magnitude */
function apart(found, expected) {
  if (found.length !== expected.length) return Infinity;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const most = found.reduce((so, value, i) => Math.max(so, Math.abs(value - (expected[i] ?? NaN))), 0);
  // NaN goes through a maximum, and is as far apart as can be.
  return largest > 0 && Number.isFinite(most) ? most / largest : Infinity;
}

/** @param {number[]} found @param {number[]} expected @returns {number} the root of the mean squared difference, relative to the numbers' own */
function apartOverall(found, expected) {
  if (found.length !== expected.length) return Infinity;
  const squares = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value ** 2, 0);
  const relative = Math.sqrt(squares(found.map((value, i) => value - (expected[i] ?? NaN))) / squares(expected));
  return Number.isFinite(relative) ? relative : Infinity;
}

/**
 * One work of one engine, if its answer is right: a wrong one ends everything, an engine that says it cannot is noted.
 * @param {Omit<Entrant, 'times' | 'turns'>} entrant
 * @param {boolean} chosen whether no unit tips on this picture
 * @param {Map<Work, number[]>} expected relume's answers; filled by the first engine, which is relume
 * @param {Failure[]} failures
 * @returns {Promise<Entrant | undefined>}
 */
async function admitted({ page, ...entrant }, chosen, expected, failures) {
  const { network, engine, threads, work } = entrant;
  const name = `${network}, ${engine}, ${threads} thread(s), ${WHAT[work]}`;
  const patience = new AbortController();
  const answer = await Promise.race([
    page.evaluate((asked) => peers.answer(asked), work),
    pause(PATIENCE, undefined, { signal: patience.signal }),
  ]);
  patience.abort();
  if (answer === undefined) {
    const why = `no answer within ${PATIENCE / 1000} seconds`;
    console.log(`${name}: failed: ${why}`);
    failures.push({ ...entrant, why });
    await page.close();
    return undefined;
  }
  if ('failed' in answer) {
    // What a library cannot do by itself is a finding; anything else is a mistake here.
    if (work !== 'gradient') throw new Error(`${name}: ${answer.failed}`);
    console.log(`${name}: failed: ${answer.failed}`);
    failures.push({ ...entrant, why: answer.failed });
    return undefined;
  }
  const same = work === 'gradient' ? 'guided' : work;
  const right = expected.get(same);
  if (right === undefined) expected.set(same, answer.numbers);
  else {
    const exactly = chosen || work === 'forward';
    const difference = (exactly ? apart : apartOverall)(answer.numbers, right);
    if (!(difference <= (exactly ? TOLERANCE : OVERALL_TOLERANCE)))
      throw new Error(`${name}: ${difference.toExponential(1)} apart from relume; nothing was timed`);
    console.log(`${name}: ${difference.toExponential(1)} apart from relume`);
  }
  // The second answer is timed, because a library may compile something for the first.
  const [milliseconds = 0] = await page.evaluate((asked) => peers.turn(asked, { warmUps: 0, runs: 1 }), work);
  const turns = milliseconds > SLOW ? Math.max(1, Math.floor(SLOW_TURNS / milliseconds)) : Infinity;
  return { page, ...entrant, turns, times: [] };
}

/**
 * @param {Browser} browser
 * @param {typeof NETWORKS[number]} asked
 * @param {Record<string, string>} versions
 * @param {Failure[]} failures
 * @returns {Promise<Row[]>}
 */
async function measured(browser, { network, model, picture, guided }, versions, failures) {
  /** @type {Map<Work, number[]>} */
  const expected = new Map();
  /** @type {Entrant[]} */
  const entrants = [];
  /** @type {Page[]} */
  const pages = [];
  for (const { engine, threads, works: all } of ENGINES) {
    const works = guided || engine.startsWith('relume') ? all : all.filter((work) => work === 'forward');
    const page = await browser.open(`${FOLDER}page.html`);
    pages.push(page);
    const started = await page.evaluate((asked) => peers.start(asked), { engine, threads, model, picture, works });
    if ('unsupported' in started) {
      console.log(`${network}, ${engine}, ${threads} thread(s): failed: ${started.unsupported}`);
      failures.push(...works.map((work) => ({ network, engine, threads, work, why: started.unsupported })));
      continue;
    }
    if (started.version) versions[engine] = started.version;
    /** @type {Entrant[]} */
    const admittedHere = [];
    for (const work of works) {
      const entrant = page.isClosed() ? undefined : await admitted({ page, network, engine, threads, work }, guided, expected, failures);
      if (entrant) admittedHere.push(entrant);
    }
    // Closed for one of its works, a page can do none.
    if (!page.isClosed()) entrants.push(...admittedHere);
  }

  /** @param {Entrant} entrant @param {{ warmUps: number, runs: number }} effort */
  const turn = ({ page, work }, effort) => page.evaluate((asked) => peers.turn(asked.work, asked.effort), { work, effort });
  for (const entrant of entrants) if (entrant.turns === Infinity) await turn(entrant, { warmUps: WARM_UPS.first, runs: 0 });
  for (let round = 0; round < EFFORT.rounds; round++) {
    for (const entrant of entrants) {
      if (round >= entrant.turns) continue;
      await pause(REST);
      const effort = entrant.turns < Infinity ? { warmUps: 0, runs: 1 } : { warmUps: WARM_UPS.again, runs: EFFORT.runs };
      entrant.times.push(...(await turn(entrant, effort)));
    }
  }
  for (const page of pages) await page.close();
  return entrants.map(({ page, times, turns, ...entrant }) => ({ ...entrant, what: WHAT[entrant.work], ...summary(times) }));
}

async function measure() {
  if (BUILDS.length === 0) throw new Error('there is no relume to measure: make engine');
  const networks = NETWORKS.filter(({ network }) => network.includes(options.only)).filter(({ network, model, made }) => {
    const there = existsSync(ROOT + model);
    if (!there) console.log(`${network} is left out: it is not there, ${made} makes it`);
    return there;
  });
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, system: `${type()} ${release()}` };
  const browser = await openIsolated();
  console.log(`Chromium ${browser.version} on ${machine.cpu}, ${machine.cores} cores; batch 1; milliseconds\n`);
  /** @type {Record<string, string>} */
  const versions = { relume: JSON.parse(readFileSync(`${ROOT}pkg/package.json`, 'utf8')).version };
  /** @type {Row[]} */
  const rows = [];
  /** @type {Failure[]} */
  const failures = [];
  try {
    for (const network of networks) rows.push(...(await measured(browser, network, versions, failures)));
  } finally {
    await browser.close();
  }
  const report = { date: new Date().toISOString(), chromium: browser.version, ...machine, quick: options.quick, versions, rows, failures };
  console.log();
  printed(report);
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nwritten: ${options.json}`);
}

if (options.table === undefined) await measure();
else console.log(markdown(JSON.parse(readFileSync(options.table, 'utf8'))));
