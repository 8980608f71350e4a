// A page that is left and kept by the browser, frozen with its workers, for whoever comes back: it goes on where it was.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { explained } from './support/page.mjs';

const timeout = 180_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser(undefined, { backForwardCache: true });
});
after(() => browser?.close());

/** Leaves the page for a while and comes back. @param {import('playwright-core').Page} page */
async function leaveAndComeBack(page) {
  const there = page.url();
  await page.goto(`${browser.origin}/tests/browser/pages/study.html`);
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  // Of a page that is thawed no load is heard.
  await page.goBack({ waitUntil: 'commit', timeout: 10_000 }).catch(() => undefined);
  assert.equal(page.url(), there);
}

/** A trace whose maps are asked for forty at a time; each says whether its numbers are right. @param {import('playwright-core').Page} page */
async function prepare(page) {
  await page.waitForFunction(() => 'bare' in globalThis);
  await page.evaluate(async (model) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const network = await relume.load(model);
    const trace = await network.forward(await bare.file('/www/pictures/chelsea.png'));
    const expected = (await trace.explain({ target: { class: 3 } })).data;
    const explains = () =>
      Promise.all(Array.from({ length: 40 }, async () => bare.same((await trace.explain({ target: { class: 3 } })).data, expected)));
    Object.assign(globalThis, { explains });
  }, ALL_CNN_C);
}

test('left in the middle of its calls: all of them are answered', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  await prepare(page);
  // A browser that is busy throws a page away instead of keeping it.
  let kept = 0;
  for (let attempt = 0; attempt < 10 && kept < 3; attempt++) {
    await page.evaluate(() => {
      const scope = /** @type {any} */ (globalThis);
      scope.calls = scope.explains();
    });
    await leaveAndComeBack(page);
    const answers = await page.evaluate(async () => {
      const { calls, explains } = /** @type {any} */ (globalThis);
      return calls && [...(await calls), ...(await explains())];
    });
    if (answers === undefined) {
      await prepare(page);
      continue;
    }
    kept += 1;
    assert.deepEqual(answers, Array(80).fill(true));
  }
  assert.ok(kept > 0, 'the browser never kept the page');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the page itself, left while it computes and come back to: it explains, and can be used', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c');
  await explained(page);
  await page.click('#predictions li:nth-child(2) button');
  await leaveAndComeBack(page);
  await explained(page);
  await page.click('#sample-deer-0001');
  await explained(page, 'A deer');
  assert.deepEqual(troubles, []);
  await context.close();
});
