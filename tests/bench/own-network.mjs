// A visitor's ONNX file on the page: from the drop to the form's first answer, from “Use this network” to the first map, and the
// memory of WebAssembly then. node tests/bench/own-network.mjs [--runs 5] [FILE…]; without files, those that `make bench-networks`
// has written, if it has.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { serve } from '../../scripts/serve.mjs';

const FOLDER = fileURLToPath(new URL('../../target/bench/networks/', import.meta.url));
const { values: options, positionals } = parseArgs({ options: { runs: { type: 'string', default: '5' } }, allowPositionals: true });
const runs = Number(options.runs);
const written = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.onnx')) : [];
const files = positionals.length > 0 ? positionals : written.map((name) => FOLDER + name);
if (!Number.isInteger(runs) || runs < 1) {
  console.error('usage: node tests/bench/own-network.mjs [--runs 5] [FILE…], with one run or more');
  process.exit(2);
}
if (files.length === 0) {
  console.log('own networks: not measured, as there are none; make bench-networks writes them');
  process.exit(0);
}

const server = await serve();
const browser = await chromium.launch({
  executablePath: fileURLToPath(new URL('../browser/support/chromium.sh', import.meta.url)),
  chromiumSandbox: false, // root has none
  args: ['--disable-gpu', '--disable-dev-shm-usage'],
});

/** In the page: keeps what the workers that still run say of WebAssembly's memory. */
function countMemory() {
  /** @type {Map<Worker, number>} */
  const memory = new Map();
  Object.assign(globalThis, {
    wasmMemory: () => [...memory.values()].reduce((sum, bytes) => sum + bytes, 0),
    Worker: class extends Worker {
      /** @param {[string | URL, WorkerOptions?]} how */
      constructor(...how) {
        super(...how);
        this.addEventListener('message', ({ data }) => memory.set(this, data.memory ?? 0));
        const end = this.terminate.bind(this);
        this.terminate = () => {
          memory.delete(this);
          end();
        };
      }
    },
  });
}

/** In the page: waits, and gives the time by its own clock, which the browser's protocol does not delay. @param {'answer' | 'maps'} what */
async function waitFor(what) {
  const reached = {
    answer: () => document.querySelector('#form-answer[aria-busy="false"] ol') !== null,
    maps: () =>
      /is loaded/.test(document.querySelector('#model-message')?.textContent ?? '') &&
      document.querySelector('#status')?.getAttribute('data-kind') === 'ready',
  };
  while (!reached[what]()) await new Promise(requestAnimationFrame);
  return performance.now();
}

/** @param {string} file */
async function run(file) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addInitScript(countMemory);
  const page = await context.newPage();
  try {
    await page.goto(`${server.origin}/www/`);
    await page.waitForSelector('#status[data-kind=ready]');
    await page.waitForFunction(() => document.querySelector('[inert]') === null);
    const memory = () => page.evaluate(() => /** @type {any} */ (globalThis).wasmMemory() / 1e6);
    const before = await memory();
    // The clock starts when the page has the file.
    await page.evaluate(() => {
      const chooser = document.querySelector('#model-file');
      chooser?.addEventListener('change', () => Object.assign(globalThis, { dropped: performance.now() }), { capture: true });
      const use = () => Object.assign(globalThis, { used: performance.now() });
      document.addEventListener('submit', use, { capture: true });
    });
    const answered = page.evaluate(waitFor, /** @type {const} */ ('answer'));
    await page.setInputFiles('#model-file', file);
    const answer = (await answered) - (await page.evaluate(() => /** @type {any} */ (globalThis).dropped));
    const form = await memory();
    const shown = page.evaluate(waitFor, /** @type {const} */ ('maps'));
    await page.click('#form-use');
    const maps = (await shown) - (await page.evaluate(() => /** @type {any} */ (globalThis).used));
    return { answer, maps, before, form, after: await memory() };
  } finally {
    await context.close();
  }
}

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;

try {
  console.log(`Own networks, Chromium ${browser.version()} on ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${runs} runs each`);
  for (const file of files) {
    /** @type {Awaited<ReturnType<typeof run>>[]} */
    const found = [];
    for (let i = 0; i < runs; i++) found.push(await run(file));
    const of = (/** @type {keyof typeof found[number]} */ what) => Math.round(median(found.map((each) => each[what])));
    console.log(
      `${basename(file)}, ${(statSync(file).size / 1e6).toFixed(0)} MB: drop to answer ${of('answer')} ms, use to maps ${of('maps')} ms; ` +
        `wasm ${of('before')} MB before, ${of('form')} MB with the form, ${of('after')} MB in use; load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
} finally {
  await browser.close();
  await server.close();
}
