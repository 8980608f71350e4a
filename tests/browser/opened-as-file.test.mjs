// The page opened by a double click: it says at once why nothing is computed, and what to do.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { launcher } from './support/engine.mjs';
import { ROOT } from './support/fixtures.mjs';
import { openBrowser } from './support/browser.mjs';

const timeout = 60_000;
const browsers = launcher();
after(() => browsers.close());

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let served;
before(async () => {
  served = await openBrowser();
});
after(() => served?.close());

test('from the disk', { timeout }, async () => {
  const browser = await browsers.browser();
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(pathToFileURL(`${ROOT}www/index.html`).href);
  await page.waitForSelector('#opened-as-file', { state: 'visible' });
  const notice = await page.innerText('#opened-as-file');
  assert.match(notice, /opened as a file.*make run.*any other static server/);
  const box = await page.locator('#opened-as-file').boundingBox();
  assert.ok(box && box.y + box.height <= 844, 'to be seen without scrolling');
  // Nothing pretends to be on its way.
  const text = await page.innerText('body');
  assert.doesNotMatch(text, /Starting the engine|is about to compute|Waiting for/);
  assert.equal(await page.getAttribute('#status', 'data-kind'), 'error');
  await context.close();
});

test('from a server it is not to be seen', { timeout }, async () => {
  const { page, context, troubles } = await served.open('/www/');
  await page.waitForSelector('#status[data-kind="ready"]', { timeout });
  assert.equal(await page.isVisible('#opened-as-file'), false);
  assert.deepEqual(troubles, []);
  await context.close();
});
