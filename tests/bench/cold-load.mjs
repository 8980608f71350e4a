// How long the page takes to its first map where nothing of it is cached: on a slow line, and on this machine alone.
//   node tests/bench/cold-load.mjs [--quick] [--runs N] [--site FOLDER]
// Part of `make bench`; by itself it prints the same. What is measured is the page as scripts/site.sh lays it out; --site
// measures another folder with www/ and pkg/ in it.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { serve } from '../../scripts/serve.mjs';
import { ROOT } from '../browser/support/fixtures.mjs';
import { printTable, printWaterfall } from './cold-load-report.mjs';
import { filesOf, host } from './host.mjs';
import { watchLoad } from './watch-load.js';

/** @typedef {import('./host.mjs').Asked} Asked */
/** @typedef {import('./line.mjs').Speed} Speed */
/** @typedef {Awaited<ReturnType<typeof coldLoads>>} ColdLoads */
/** Milliseconds since navigation started; of a request too. @typedef {Awaited<ReturnType<typeof once>>} Run */

const PAGE = '/www/';
/** @type {(Speed | undefined)[]} */
const SPEEDS = [{ name: '10 Mbit/s, 40 ms', megabits: 10, roundTrip: 40 }, undefined];

/** @param {{ runs: number, site?: string | undefined }} options */
export async function coldLoads({ runs, site }) {
  const root = site ? resolve(site) : await mkdtemp(join(tmpdir(), 'relume-site-'));
  if (!site) await promisify(execFile)(`${ROOT}scripts/site.sh`, [root]);
  const served = await serve(0, { root });
  const files = filesOf(served.origin);
  const hosts = await Promise.all(SPEEDS.map((speed) => host(files, speed)));
  const browser = await chromium.launch({
    executablePath: process.env.CHROME || '/usr/bin/chromium',
    chromiumSandbox: false, // root has none
    // Trusted as any certificate is: what comes with one that is not is never cached.
    args: ['--disable-gpu', '--disable-dev-shm-usage', `--ignore-certificate-errors-spki-list=${hosts.map(({ digest }) => digest)}`],
  });
  try {
    // Not measured: the host compresses, and the browser itself starts.
    for (const each of hosts) await once(browser, each);
    const lines = [];
    for (const [i, each] of hosts.entries()) {
      const measured = [];
      while (measured.length < runs) measured.push(await once(browser, each));
      lines.push({ line: SPEEDS[i]?.name ?? 'localhost', speed: SPEEDS[i], runs: measured });
    }
    return { page: PAGE, chromium: browser.version(), lines };
  } finally {
    await browser.close();
    for (const each of [...hosts, served]) await each.close();
    if (!site) await rm(root, { recursive: true });
  }
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {Awaited<ReturnType<typeof host>>} from
 */
async function once(browser, from) {
  // A context has a cache of its own, empty.
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    await context.addInitScript(watchLoad);
    const page = await context.newPage();
    from.take();
    await page.goto(from.origin + PAGE);
    await page.waitForFunction(() => coldLoad.allMaps || document.querySelector('#status[data-kind=error]'), null, {
      polling: 100,
      timeout: 120_000,
    });
    // Late shifts and paints are reported after the fact.
    await page.waitForTimeout(300);
    const { timeOrigin, ...times } = await page.evaluate(() => ({ ...coldLoad, timeOrigin: performance.timeOrigin }));
    if (!times.guidedMap || !times.allMaps) throw new Error(`the page drew no map: ${await page.innerText('#status')}`);
    const requests = from.take().map((asked) => ({ ...asked, start: asked.start - timeOrigin, end: asked.end - timeOrigin }));
    return { ...times, requests };
  } finally {
    await context.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, runs: { type: 'string' }, site: { type: 'string' } },
  });
  const found = await coldLoads({ runs: Number(values.runs ?? (values.quick ? 1 : 5)), site: values.site });
  printTable(found);
  printWaterfall(found);
}
