// Figure 6 of the page: from the moment one looks at it to the first randomised network's maps, to all sets of layers by one seed, and to all
// networks. node tests/bench/trust.mjs [--runs 3] [--only WORD]. The networks are loaded before, so nothing is downloaded meanwhile.

import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openBrowser } from '../browser/support/browser.mjs';
import { explained } from '../browser/support/page.mjs';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string', default: '' } } });
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error('usage: node tests/bench/trust.mjs [--runs 3] [--only WORD], with one run or more');
  process.exit(2);
}
const NETWORKS = [
  { network: 'all-cnn-c', address: '#network=all-cnn-c&picture=horse-0000&class=7' },
  { network: 'squeezenet-1.1', address: '#network=squeezenet-1.1&picture=chelsea' },
].filter(({ network }) => network.includes(options.only));

/** In the page: goes to the figure, and gives the milliseconds to each stage; `stops`: how many sets of layers there are. */
async function watch() {
  const part = /** @type {HTMLElement} */ (document.querySelector('#trust-layers'));
  const progress = /** @type {HTMLProgressElement} */ (document.querySelector('#trust-progress'));
  const stops = Number(/** @type {HTMLInputElement} */ (document.querySelector('#trust-step')).max);
  const began = performance.now();
  part.scrollIntoView({ behavior: 'instant' });
  const reached = async (/** @type {number} */ share) => {
    while (progress.value < share - 1e-9) await new Promise(requestAnimationFrame);
    return performance.now() - began;
  };
  return { stops, first: await reached(1 / (3 * stops)), seed: await reached(1 / 3), all: await reached(1) };
}

const median = (/** @type {number[]} */ numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
const seconds = (/** @type {number[]} */ times) => `${(median(times) / 1000).toFixed(2)} s`.padStart(10);

const browser = await openBrowser();
console.log(`Figure 6, Chromium ${browser.version} on ${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
console.log(
  `${'network'.padEnd(20)}${'layers'.padStart(8)}${'first'.padStart(10)}${'one seed'.padStart(10)}${'all'.padStart(10)}   median of ${runs}`,
);
try {
  for (const { network, address } of NETWORKS) {
    /** @type {Awaited<ReturnType<typeof watch>>[]} */
    const found = [];
    for (let run = 0; run < runs; run++) {
      const { page, context, troubles } = await browser.open(`/www/${address}`);
      await explained(page);
      found.push(await page.evaluate(watch));
      if (troubles.length > 0) throw new Error(troubles.join('\n'));
      await context.close();
    }
    const of = (/** @type {'first' | 'seed' | 'all'} */ stage) => seconds(found.map((each) => each[stage]));
    console.log(`${network.padEnd(20)}${String(found[0]?.stops).padStart(8)}${of('first')}${of('seed')}${of('all')}`);
  }
} finally {
  await browser.close();
}
