// Hours of mixed work in Chromium, with a report every minute: node tests/soak/run.mjs [--minutes 60] [--explains 10000] [--seed 1]
// One tab has the package at work (work.js), another the page, where pictures, networks and classes are chosen. It fails, at the end,
// if any answer was wrong, any call was left waiting, or the page said that something went wrong. Memory is reported, not judged: what
// it should be depends on the browser. Other work on the machine makes everything slower, and nothing wrong.

import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { processes } from '../bench/processes.mjs';
import { openBrowser } from '../browser/support/browser.mjs';
import { ALL_CNN_C } from '../browser/support/fixtures.mjs';
import { heapOf } from '../browser/support/heap.mjs';
import { openBare } from '../browser/support/package.mjs';
import { WITH_ALL_CNN_C, explained } from '../browser/support/page.mjs';
import { seededNumbers } from '../browser/pages/seeded-numbers.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    explains: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
});
const [minutes, explains, seed] = [values.minutes, values.explains, values.seed].map(Number);
if (minutes === undefined || !(minutes > 0) || !Number.isInteger(explains) || !Number.isInteger(seed)) {
  console.error('usage: node tests/soak/run.mjs [--minutes 60] [--explains 10000] [--seed 1]');
  process.exit(2);
}

/** What a call may settle as. */
const EXPECTED = ['right', 'cancelled', 'refused', 'crashed'];
const FILES = { model: ALL_CNN_C, other: '/www/models/model-c.safetensors', picture: '/www/pictures/chelsea.png' };
const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1).padStart(8);

const browser = await openBrowser();
const { page, context, troubles } = await openBare(browser);
const started = page.context().browser();
if (!started) throw new Error('no browser');
const whole = await started.newBrowserCDPSession();
await page.evaluate(async ([from, files]) => {
  const { begin } = await import(/** @type {any} */ ('/tests/soak/work.js'));
  Object.assign(globalThis, { soak: await begin(from, files) });
}, /** @type {const} */ ([seed, FILES]));
const site = await browser.open(WITH_ALL_CNN_C);
await explained(site.page);
const heaps = await Promise.all([heapOf(page), heapOf(site.page)]);
const numbers = seededNumbers(Number(seed));

/** Chooses something on the page, and waits for its maps. */
async function choose() {
  const { page: shown } = site;
  const what = numbers.pick(['picture', 'picture', 'class', 'network', 'look']);
  if (what === 'picture') {
    const samples = shown.locator('button[id^="sample-"]:visible');
    await samples.nth(numbers.below(Math.min(8, await samples.count()))).click();
  }
  if (what === 'class') await shown.locator('#predictions button').nth(numbers.below(3)).click();
  if (what === 'network') await shown.click(`input[name=network][value="${numbers.pick(['all-cnn-c', 'model-c', 'squeezenet-1.1'])}"]`);
  if (what === 'look') await shown.check(`input[name=sign][value=${numbers.pick(['both', 'positive', 'magnitude'])}]`, { force: true });
  await shown.waitForSelector('#networks:not([aria-busy="true"])');
  await explained(shown);
}

/** @type {Record<string, number>} */
const total = {};
let chosen = 0;

/** @param {string} when @param {Record<string, number>} tally */
async function report(when, tally) {
  for (const [how, count] of Object.entries(tally)) total[how] = (total[how] ?? 0) + count;
  const [heap, siteHeap] = await Promise.all(heaps.map((ask) => ask()));
  const { memory, workers } = await page.evaluate(() => {
    const { soak } = /** @type {any} */ (globalThis);
    return { memory: soak.memory(), workers: soak.workers() };
  });
  const { resident } = await processes(whole);
  const others = Object.entries(tally).filter(([how]) => !EXPECTED.includes(how));
  console.log(
    `${when.padStart(8)}` +
      EXPECTED.map((how) => String(tally[how] ?? 0).padStart(10)).join('') +
      `${String(chosen).padStart(8)}  ${megabytes(heap ?? NaN)}  ${megabytes(siteHeap ?? NaN)}  ${megabytes(memory)}  ${megabytes(resident)}` +
      `${String(workers).padStart(9)}   load ${loadavg()[0]?.toFixed(1)}${others.length > 0 ? `   ERRORS ${JSON.stringify(others)}` : ''}`,
  );
}

/** @param {(soak: any, argument: number) => Promise<Record<string, number>>} work @param {number} argument */
const inPage = (work, argument) =>
  page.evaluate(`(${work})(globalThis.soak, ${argument})`).then((tally) => /** @type {Record<string, number>} */ (tally));

console.log(`Chromium ${browser.version} on ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores; seed ${seed}`);
console.log('    when     right cancelled   refused   crashed  chosen  heap, MB  page, MB  wasm, MB  processes, MB  workers');
let failure = 0;
try {
  await report('start', {});
  const began = performance.now();
  if (explains) await report('explains', await inPage((soak, count) => soak.explains(count), explains));
  console.log(`${explains} explains over four workers took ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (let minute = 1; minute <= minutes; minute++) {
    const until = performance.now() + 60_000;
    const mixed = inPage((soak, milliseconds) => soak.mixed(milliseconds), 58_000);
    while (performance.now() < until - 5000) {
      await choose();
      chosen += 1;
    }
    await report(`${minute} min`, await mixed);
  }
} catch (error) {
  console.error(error);
  failure = 1;
}
const wrong = Object.entries(total).filter(([how]) => !EXPECTED.includes(how));
const all = [...troubles, ...site.troubles];
// One worker is ended a minute, and takes one call with it at most.
if ((total['crashed'] ?? 0) > minutes) wrong.push(['calls lost beyond one for each worker ended', total['crashed'] ?? 0]);
console.log(`in all ${JSON.stringify(total)}; ${chosen} choices on the page; ${all.length} errors on the consoles`);
for (const trouble of all.slice(0, 10)) console.log(trouble);
if (wrong.length > 0 || all.length > 0) failure = 1;
if (wrong.length > 0) console.error(`not as it should be: ${JSON.stringify(wrong)}`);
await context.close();
await browser.close();
process.exit(failure);
