// The strip of small maps: there while one chooses and the maps are out of view, and never in the way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { look } from './support/canvas.mjs';
import { WITH_ALL_CNN_C, explained, predictions } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 120_000;
const PHONE = { width: 390, height: 844 };
/** A window of 1280 × 900 at 200 %. */
const ENLARGED = { width: 640, height: 450 };

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Scrolls an element to the middle of the window, or elsewhere. @param {Page} page @param {string} selector @param {ScrollLogicalPosition} [block] */
async function scrollTo(page, selector, block = 'center') {
  await page.locator(selector).evaluate((element, where) => element.scrollIntoView({ block: where, behavior: 'instant' }), block);
  await page.waitForTimeout(200);
}

/** Whether the copies are what figure 2 shows. @param {Page} page */
async function copied(page) {
  for (const [copy, canvas] of [
    ['#strip-view', '#view'],
    ['#strip-backprop', '#map-backprop'],
    ['#strip-deconvnet', '#map-deconvnet'],
    ['#strip-guided', '#map-guided'],
  ])
    assert.equal((await look(page, copy ?? '')).digest, (await look(page, canvas ?? '')).digest, copy);
}

for (const viewport of [PHONE, ENLARGED, { width: 1280, height: 700 }])
  test(`${viewport.width} × ${viewport.height}: it is there while one chooses, and nowhere else`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { viewport });
    assert.equal(await page.isVisible('#maps-strip'), false, 'before there are maps');
    await explained(page);
    for (const [selector, there] of /** @type {const} */ ([
      ['#opening-wipe', false],
      ['#view', false],
      ['#predictions', true],
      ['#clip', true],
      ['#gallery', true],
      ['#trust', false],
    ])) {
      await scrollTo(page, selector);
      assert.equal(await page.isVisible('#maps-strip'), there, selector);
    }
    await scrollTo(page, '#predictions');
    await copied(page);
    const before = (await look(page, '#strip-guided')).digest;
    const [, second] = await predictions(page);
    await page.click(`#predictions [data-class="${second}"]`);
    await explained(page);
    assert.notEqual((await look(page, '#strip-guided')).digest, before);
    await copied(page);
    // Within the window, and not wider.
    const box = await page.locator('#maps-strip').boundingBox();
    assert.ok(
      box && box.y === 0 && box.x >= 0 && box.x + box.width <= viewport.width && box.height < viewport.height / 3,
      JSON.stringify(box),
    );
    await page.click('#strip-back');
    await page.waitForFunction(() => {
      const { top, bottom } = /** @type {Element} */ (document.querySelector('#map-backprop')).getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
    await page.waitForSelector('#maps-strip', { state: 'hidden' });
    assert.deepEqual(troubles, []);
    await context.close();
  });

test('nothing moves when it comes; it can be put away and brought back; a guess is not betrayed', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { viewport: PHONE });
  await explained(page);
  await scrollTo(page, '#maps-strip-on');
  const place = () => page.locator('#maps-strip-on').evaluate((element) => element.getBoundingClientRect().top + scrollY);
  assert.equal(await page.isVisible('#maps-strip'), true);
  const before = await place();
  await page.click('#strip-close');
  assert.equal(await page.isVisible('#maps-strip'), false);
  assert.equal(await page.isChecked('#maps-strip-on'), false);
  assert.equal(await place(), before);
  await scrollTo(page, '#predictions');
  assert.equal(await page.isVisible('#maps-strip'), false, 'it stays away');
  await page.focus('#maps-strip-on');
  await page.keyboard.press('Space');
  await scrollTo(page, '#predictions');
  assert.equal(await page.isVisible('#maps-strip'), true);
  await page.check('#guess-on');
  await scrollTo(page, '#predictions');
  assert.equal(await page.isVisible('#maps-strip'), false);
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const viewport of [PHONE, ENLARGED])
  test(`${viewport.width} × ${viewport.height}: what has the keyboard’s focus is never below it`, { timeout }, async () => {
    // Else the browser scrolls to the focus slowly, and the page is measured on the way.
    const { page, context, troubles } = await browser.open('/www/', { viewport, reducedMotion: 'reduce' });
    await explained(page);
    await scrollTo(page, '#maps-strip-on');
    let covered = 0;
    let seen = 0;
    for (const key of ['Tab', 'Shift+Tab']) {
      await page.focus(key === 'Tab' ? '#networks input:checked' : '#display-reset');
      for (let stop = 0; stop < 30; stop++) {
        await page.keyboard.press(key);
        await page.waitForTimeout(60);
        const found = await page.evaluate(() => {
          const strip = /** @type {HTMLElement} */ (document.querySelector('#maps-strip'));
          const box = document.activeElement?.getBoundingClientRect();
          if (strip.hidden || !box) return undefined;
          return { id: document.activeElement?.id, below: box.top < strip.getBoundingClientRect().bottom && box.bottom > 0 };
        });
        if (!found) continue;
        seen++;
        if (found.below) covered++;
      }
    }
    assert.ok(seen > 10, `the strip was there at ${seen} stops`);
    assert.equal(covered, 0);
    assert.deepEqual(troubles, []);
    await context.close();
  });
