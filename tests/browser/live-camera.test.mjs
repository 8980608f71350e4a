// The camera as a moving picture, with a camera of Chromium's that films a moving test picture.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { WITH_ALL_CNN_C, choose, explained, troubled } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */

const timeout = 180_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** The page may use the camera; the streams that it opens are kept, to ask whether they have ended. @param {BrowserContext} context */
async function withCamera(context) {
  await context.grantPermissions(['camera']);
  await context.addInitScript(() => {
    const opened = /** @type {MediaStream[]} */ ([]);
    Object.assign(globalThis, { opened });
    if (!navigator.mediaDevices) return; // in a frame that may not use any
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      opened.push(stream);
      return stream;
    };
  });
}

/** @param {Page} page @param {number} count */
const frames = (page, count) =>
  page.waitForFunction((least) => Number(document.querySelector('#live')?.getAttribute('data-frames')) >= least, count, {
    timeout: 60_000,
  });

/** Of each stream that was opened, whether its tracks are live. @param {Page} page @returns {Promise<string[]>} */
const tracks = (page) =>
  page.evaluate(() =>
    /** @type {any} */ (globalThis).opened.flatMap((/** @type {MediaStream} */ stream) =>
      stream.getTracks().map(({ readyState }) => readyState),
    ),
  );

/** @param {Page} page @param {string} id */
const shot = (page, id) => page.evaluate((name) => /** @type {HTMLCanvasElement} */ (document.getElementById(name)).toDataURL(), id);

test('frames and their maps follow the camera, until it is stopped', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: withCamera });
  await explained(page);
  await page.click('#live-begin');
  await frames(page, 3);
  const first = [await shot(page, 'live-view'), await shot(page, 'live-guided')];
  assert.equal(
    await page.evaluate(() => /** @type {HTMLCanvasElement} */ (document.querySelector('#live-view')).width),
    32,
    'as the network sees it',
  );
  await frames(page, 20);
  const later = [await shot(page, 'live-view'), await shot(page, 'live-guided')];
  assert.notEqual(later[0], first[0], 'the picture moves');
  assert.notEqual(later[1], first[1], 'and so does its map');
  assert.match(await page.innerText('#live-line'), /^\w+, (< )?[\d.]+ %\. [\d.]+ frames a second\.$/);
  // The other camera is a stream of its own, and the first has ended.
  await page.click('#live-turn');
  await page.waitForFunction(() => /** @type {any} */ (globalThis).opened.length === 2);
  await frames(page, 2);
  assert.deepEqual(await tracks(page), ['ended', 'live']);
  // Another network takes over while it runs.
  await choose(page, 'model-c');
  const now = Number(await page.getAttribute('#live', 'data-frames'));
  await frames(page, now + 3);
  await page.click('#live-end');
  assert.equal(await page.isVisible('#live'), false);
  assert.deepEqual(await tracks(page), ['ended', 'ended']);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'live-begin');
  await page.waitForTimeout(300);
  assert.equal(await page.getAttribute('#live', 'data-frames'), '0', 'no late frame');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('stopped with its frame, that is the picture of figure 2', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: withCamera });
  await explained(page);
  await page.click('#live-begin');
  await frames(page, 3);
  await page.click('#live-keep');
  await explained(page, 'Your camera’s picture');
  assert.equal(await page.isVisible('#live'), false);
  assert.deepEqual(await tracks(page), ['ended']);
  assert.equal(await page.getAttribute('#own-choice', 'data-chosen'), 'true');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('where the camera is not allowed the page says so, and goes on', { timeout }, async () => {
  const { page, context } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.click('#live-begin');
  assert.match(await troubled(page), /^The camera is blocked for this page\./);
  assert.equal(await page.isVisible('#live'), false);
  await page.click('#sample-airplane-0001');
  await page.waitForSelector('#status[data-kind="ready"]');
  await context.close();
});
