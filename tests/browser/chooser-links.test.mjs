// Figures 3 and 5 show a picture that is chosen far above: beside it a link leads to the choice.

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

for (const figure of ['unit', 'pooling'])
  test(`${figure} figure: from its picture to the choice of pictures`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, {
      viewport: { width: 390, height: 844 },
      reducedMotion: 'reduce',
    });
    await explained(page);
    const link = page.locator(`.picture:has(#${figure}-view) a`);
    await link.scrollIntoViewIfNeeded();
    await page.waitForSelector(`#${figure}-figure[data-state="ready"]`, { timeout: 60_000 });
    // Beside the picture: right below it, and no wider.
    const [picture, below] = await Promise.all([page.locator(`#${figure}-view`).boundingBox(), link.boundingBox()]);
    assert.ok(picture && below && below.y - picture.y - picture.height < 40 && below.width <= picture.width);
    await link.click();
    await page.waitForFunction(() => {
      const top = document.querySelector('#picture-choice')?.getBoundingClientRect().top ?? NaN;
      return top >= 0 && top < 200;
    });
    await page.click('#sample-ship-0000');
    await explained(page, 'A ship');
    assert.deepEqual(troubles, []);
    await context.close();
  });
