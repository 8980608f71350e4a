// The page's live camera: how many frames a second it explains, and whether its memory stays the same.
//   node tests/bench/live.mjs [--seconds 10] [--rounds 3] [--only WORD] [--minutes N]
// The camera is one of Chromium's that films a moving test picture, 60 times a second. Each row is a network, how many workers there
// are, and which maps are drawn; --only keeps the rows with the word in them. With --minutes each row runs for so long, and a line for
// every half minute says what it takes: frames, JavaScript's heap, WebAssembly's memory, and what the system says of the processes.
// Other work on the machine lowers the frames a second, but hardly the processor's time for a frame.

import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { serve } from '../../scripts/serve.mjs';
import { processes } from './processes.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    minutes: { type: 'string' },
  },
});
const minutes = options.minutes === undefined ? undefined : Number(options.minutes);
const seconds = Number(options.seconds);
const rounds = minutes === undefined ? Number(options.rounds) : 1;
if (!(seconds > 0) || !(rounds >= 1) || (minutes !== undefined && !(minutes > 0))) {
  console.error('usage: node tests/bench/live.mjs [--seconds 10] [--rounds 3] [--only WORD] [--minutes N], each above 0');
  process.exit(2);
}

const ROWS = ['squeezenet-1.1', 'all-cnn-c']
  .flatMap((network) => [1, 2].flatMap((workers) => [['guided'], ['backprop', 'guided']].map((rules) => ({ network, workers, rules }))))
  .map((row) => ({ ...row, name: `${row.network}, ${row.workers} worker${row.workers > 1 ? 's' : ''}, ${row.rules.join(' + ')}` }))
  .filter(({ name }) => name.includes(options.only));
if (ROWS.length === 0) {
  console.error(`no row has "${options.only}" in it`);
  process.exit(2);
}

const pause = (/** @type {number} */ milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

const server = await serve();
const browser = await chromium.launch({
  executablePath: fileURLToPath(new URL('../browser/support/chromium.sh', import.meta.url)),
  chromiumSandbox: false, // root has none
  args: ['--disable-gpu', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream=fps=60', '--use-fake-ui-for-media-stream'],
});
const whole = await browser.newBrowserCDPSession();

/** In the page: fewer workers, and what their answers say of WebAssembly's memory. @param {number} workers */
function arrange(workers) {
  Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => workers });
  /** @type {Map<Worker, number>} */
  const memory = new Map();
  Object.assign(globalThis, {
    wasmMemory: () => [...memory.values()].reduce((sum, bytes) => sum + bytes, 0),
    Worker: class extends Worker {
      /** @param {[string | URL, WorkerOptions?]} how */
      constructor(...how) {
        super(...how);
        this.addEventListener('message', ({ data }) => memory.set(this, data.memory ?? 0));
      }
    },
  });
}

/** The page with its camera running. @param {typeof ROWS[number]} row */
async function open({ network, workers, rules }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addInitScript(arrange, workers);
  const page = await context.newPage();
  await page.goto(`${server.origin}/www/#network=${network}`);
  await page.waitForSelector('#status[data-kind=ready]', { timeout: 120_000 });
  await page.click('#live-begin');
  for (const rule of ['backprop', 'deconvnet', 'guided']) await page.setChecked(`#live-with-${rule}`, rules.includes(rule));
  await page.waitForFunction(() => Number(document.querySelector('#live')?.getAttribute('data-frames')) >= 50, null, { timeout: 120_000 });
  return { context, page };
}

/** @param {import('playwright-core').Page} page */
async function reading(page) {
  const [frames, at, used] = [Number(await page.getAttribute('#live', 'data-frames')), performance.now(), await processes(whole)];
  return { frames, at, ...used };
}

/** @typedef {Awaited<ReturnType<typeof reading>>} Reading */
/** @param {Reading} before @param {Reading} after */
function rates(before, after) {
  const frames = after.frames - before.frames;
  return { perSecond: (frames * 1000) / (after.at - before.at), processor: ((after.processor - before.processor) * 1000) / frames };
}

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;
const load = () => loadavg()[0]?.toFixed(1);
const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1).padStart(8);

/** @param {typeof ROWS[number]} row */
async function speed(row) {
  const { context, page } = await open(row);
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const before = await reading(page);
    await pause(seconds * 1000);
    found.push(rates(before, await reading(page)));
  }
  await context.close();
  const each = found.map(({ perSecond }) => perSecond.toFixed(1)).join(', ');
  const processor = median(found.map((rate) => rate.processor));
  console.log(
    `${row.name.padEnd(48)}${median(found.map(({ perSecond }) => perSecond))
      .toFixed(1)
      .padStart(6)} frames a second (${each}); processor ${processor.toFixed(1)} ms a frame; load ${load()}`,
  );
}

/** @param {typeof ROWS[number]} row @param {number} duration in minutes */
async function memory(row, duration) {
  const { context, page } = await open(row);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  console.log(`${row.name}\n minute  frames a second  heap, MB  wasm, MB  processes, MB`);
  const began = performance.now();
  let before = await reading(page);
  for (let half = 1; half <= 2 * duration; half++) {
    await pause(began + half * 30_000 - performance.now());
    const after = await reading(page);
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN;
    const wasm = await page.evaluate(() => /** @type {any} */ (globalThis).wasmMemory());
    const { resident } = await processes(whole);
    const rate = rates(before, after).perSecond.toFixed(1).padStart(17);
    console.log(
      `${(half / 2).toFixed(1).padStart(7)}${rate}  ${megabytes(heap)}  ${megabytes(wasm)}  ${megabytes(resident).padStart(13)}   load ${load()}`,
    );
    before = after;
  }
  await context.close();
}

try {
  console.log(`Chromium ${browser.version()} on ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`);
  for (const row of ROWS) await (minutes === undefined ? speed(row) : memory(row, minutes));
} finally {
  await browser.close();
  await server.close();
}
