// Figure 1 on the page, part a: from the picture to one number and back, sketched at first and then with the network on show.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {Page} page */
const ready = (page) => page.waitForSelector('#scheme[data-state="ready"]', { timeout: 60_000 });

/** The red plane of a canvas. @param {Page} page @param {string} id @returns {Promise<number[]>} */
const reds = (page, id) =>
  page.evaluate((at) => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(at));
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
  }, id);

test('it shows figure 3’s unit, with all activations but that one set to zero, and follows it', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.locator('#scheme').scrollIntoViewIfNeeded();
  await ready(page);
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#unit-figure[data-state="ready"]');
  const [layer, channel] = /^(\S+), channel (\d+)/.exec(await page.innerText('#unit-line'))?.slice(1) ?? [];
  assert.ok(
    (await page.innerText('#scheme-line')).startsWith(`Here the layer is ${layer} and the feature map its channel ${channel}.`),
    await page.innerText('#scheme-line'),
  );
  const map = await reds(page, 'scheme-channel');
  assert.deepEqual(map, await reds(page, 'activation'));
  const one = await reds(page, 'scheme-one');
  const kept = one.flatMap((value, i) => (value > 0 ? [i] : []));
  assert.equal(kept.length, 1);
  assert.equal(one[kept[0] ?? NaN], map[kept[0] ?? NaN]);
  assert.equal(one.length, map.length);
  assert.deepEqual(await reds(page, 'scheme-map'), await reds(page, 'unit-guided'));
  assert.deepEqual(await reds(page, 'scheme-view'), await reds(page, 'view'));

  await page.click('#channels button >> nth=3');
  await page.waitForFunction(() => document.querySelector('#unit-pictures')?.getAttribute('aria-busy') === 'false');
  await page.locator('#scheme').scrollIntoViewIfNeeded();
  await page.waitForFunction((before) => !document.querySelector('#scheme-line')?.textContent?.includes(`channel ${before}.`), channel);
  assert.deepEqual(await reds(page, 'scheme-channel'), await reds(page, 'activation'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('before the network is there the parts are sketched, and the page says so', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/', {
    before: (made) =>
      made.route('**/models/**', () => {
        /* never comes */
      }),
  });
  await page.waitForSelector('#rule-figure[data-checked]');
  assert.match(await page.innerText('#scheme-line'), /^Only sketched here/);
  assert.equal(await page.locator('#scheme .sketch:visible').count(), 4);
  for (const id of ['view', 'channel', 'one', 'map'])
    assert.equal(await page.locator(`#scheme-${id}`).evaluate((canvas) => getComputedStyle(canvas).opacity), '0', id);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what could not be computed stays sketched, and the page says why', { timeout }, async () => {
  const { page, context } = await browser.open(WITH_ALL_CNN_C, {
    before: (made) =>
      made.route('**/pkg/api/trace.js', async (route) => {
        const response = await route.fetch();
        const code = (await response.text()).replace(
          'async activation(',
          'async activation() { throw new Error("no room"); }\n  async other(',
        );
        await route.fulfill({ response, body: code });
      }),
  });
  await explained(page);
  await page.locator('#scheme').scrollIntoViewIfNeeded();
  await page.waitForSelector('#scheme[data-state="failed"]');
  assert.match(await page.innerText('#scheme-line'), /only sketched here: they could not be computed\. No room\./);
  await context.close();
});
