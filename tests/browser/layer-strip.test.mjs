// The row of layers fades out where there is more to scroll to, and only there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('at its beginning, in its middle, at its end, and where all of it has room', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { viewport: { width: 390, height: 844 } });
  await explained(page);
  const strip = page.locator('#layers');
  await strip.scrollIntoViewIfNeeded();
  // When figure 3 shows its unit, the row goes to that unit's layer.
  await page.waitForSelector('#unit-figure[data-state="ready"]');
  for (const [share, more] of /** @type {const} */ ([
    [0, 'end'],
    [0.5, 'start end'],
    [1, 'start'],
  ])) {
    await strip.evaluate((row, at) => row.scrollTo({ left: at * (row.scrollWidth - row.clientWidth), behavior: 'instant' }), share);
    await page.waitForFunction((edges) => document.querySelector('#layers')?.getAttribute('data-more') === edges, more);
    const mask = await strip.evaluate((row) => getComputedStyle(row).maskImage);
    assert.match(mask, /linear-gradient/, more);
  }
  await page.setViewportSize({ width: 4000, height: 844 });
  // The figure has a greatest width, so the row is given more.
  await strip.evaluate((row) => {
    row.style.width = `${row.scrollWidth + 10}px`;
  });
  await page.waitForFunction(() => document.querySelector('#layers')?.getAttribute('data-more') === '');
  assert.equal(await strip.evaluate((row) => getComputedStyle(row).maskImage), 'none');
  assert.deepEqual(troubles, []);
  await context.close();
});
