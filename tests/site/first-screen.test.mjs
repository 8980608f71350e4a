// The first screen: how much JavaScript it needs, that a browser fetches no more, and that the rest comes afterwards.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LIMIT, firstScreen } from '../../scripts/first-screen.mjs';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from '../browser/support/browser.mjs';
import { keepSaved, savedFiles } from '../browser/support/downloads.mjs';
import { lacks } from '../browser/support/engine.mjs';
import { ROOT } from '../browser/support/fixtures.mjs';
import { explained } from '../browser/support/page.mjs';
import { run } from '../package/support/install.mjs';

const timeout = 180_000;

/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relume-site-'));
  await run(ROOT, 'scripts/site.sh', folder);
  browser = await openBrowser(serve(0, { root: folder, folders: ['.'] }));
});
after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('the modules of the first screen are at most 60 kB with brotli', () => {
  const modules = firstScreen(folder);
  const total = modules.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(modules.length > 20, `${modules.length} modules`);
  assert.ok(total <= LIMIT, `${total} bytes`);
});

test('a browser fetches no other module before the first maps, and all figures afterwards', { timeout }, async () => {
  /** @type {string[]} */
  const asked = [];
  const { page, context, troubles } = await browser.open('/www/', {
    // What the page is: its own thread. The worker's modules come from a worker.
    before: async (made) => {
      made.on('request', (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.endsWith('.js')) asked.push(pathname.slice(1));
      });
      await made.addInitScript(() => {
        Object.assign(globalThis, { early: undefined });
        addEventListener('DOMContentLoaded', () => {
          const opening = /** @type {HTMLElement} */ (document.querySelector('#opening'));
          new MutationObserver(() => {
            if (opening.dataset['state'] !== 'ready') return;
            const names = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname.slice(1));
            /** @type {any} */ (globalThis).early ??= names.filter((name) => name.endsWith('.js'));
          }).observe(opening, { attributeFilter: ['data-state'] });
        });
      });
    },
  });
  await explained(page);
  const early = /** @type {string[]} */ (await page.evaluate(() => /** @type {any} */ (globalThis).early));
  const counted = new Set(firstScreen(folder).map(({ module }) => module));
  assert.ok(early.length > 20, `${early.length} modules`);
  // The worker's own are fetched in advance by the page; opened-as-file.js is for pages from the disk and does nothing here.
  const others = early.filter((name) => !counted.has(name) && !/^pkg\/(worker|engine|wasm)\/|opened-as-file\.js$/.test(name));
  assert.deepEqual(others, []);
  for (const figure of ['rule-scheme', 'signal-figure', 'unit-figure', 'survey-strip', 'patch-figure', 'pooling-figure', 'export-panel'])
    assert.ok(asked.includes(`www/${figure}.js`) && !early.includes(`www/${figure}.js`), figure);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what the site has is the same without its comments: a figure further down, and a saved file', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000', { before: keepSaved });
  await explained(page);
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#unit-figure[data-state="ready"]', { timeout: 60_000 });
  const [file = ''] = (await savedFiles(page, () => page.click('#export-file'), 1)).values();
  const path = join(folder, 'saved.html');
  await writeFile(path, file);
  assert.deepEqual(troubles, []);
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('#status[data-ready]', { timeout: 60_000 });
  await context.close();
});

test('code that cannot be fetched is named at its figure, and the others work', { timeout }, async () => {
  const { page, context } = await browser.open('/www/', {
    before: (made) => made.route('**/www/unit-figure.js', (route) => route.abort()),
  });
  await explained(page);
  assert.equal(
    await page.innerText('#unit-figure [role=alert]'),
    'The code of this figure could not be fetched. Reload the page to try again.',
  );
  await page.locator('#pooling-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#pooling-figure[data-state="ready"]', { timeout: 60_000 });
  await context.close();
});

for (const width of [1280, 390])
  test(`${width} px, a slow line: the page does not move by 0.02`, { skip: lacks('layout-shift'), timeout }, async () => {
    const { page, context, troubles } = await browser.open('/www/', {
      viewport: { width, height: 844 },
      before: async (made) => {
        // A line with 300 ms for each answer.
        await made.route('**/*', async (route) => {
          await new Promise((wait) => setTimeout(wait, 300));
          await route.continue();
        });
        await made.addInitScript(() => {
          Object.assign(globalThis, { shift: 0 });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) /** @type {any} */ (globalThis).shift += /** @type {any} */ (entry).value;
          }).observe({ type: 'layout-shift', buffered: true });
        });
      },
    });
    await explained(page);
    await page.waitForTimeout(500);
    const shift = await page.evaluate(() => /** @type {any} */ (globalThis).shift);
    assert.ok(shift < 0.02, `layout shift of ${shift}`);
    assert.deepEqual(troubles, []);
    await context.close();
  });
