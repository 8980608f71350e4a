// A link to a picture, a class or a unit opens the page where its maps are, all of them in view.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ROOT } from './support/fixtures.mjs';
import { explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 400_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** How far the maps of a figure reach out of the window, above and below. @param {Page} page @param {string} figure */
async function outOfView(page, figure) {
  await explained(page);
  if (figure === 'unit') {
    await page.waitForSelector('#unit-figure[data-state="ready"]', { timeout: 60_000 });
    await page.waitForSelector('#unit-pictures[aria-busy="false"]');
  }
  await page.waitForTimeout(300);
  if (figure === 'trust') {
    // It is taller than a window: its beginning is what has to be in view.
    await page.waitForFunction(() => document.querySelector('#trust-layers')?.getAttribute('aria-busy') !== null, undefined, {
      timeout: 60_000,
    });
    await page.waitForTimeout(1000);
    return page.evaluate(() => {
      const { top } = document.getElementById('trust-figure')?.getBoundingClientRect() ?? { top: NaN };
      return { above: Math.max(0, -top), below: Math.max(0, top - innerHeight / 2) };
    });
  }
  return page.evaluate((name) => {
    const boxes = ['backprop', 'deconvnet', 'guided'].map((rule) => document.getElementById(`${name}-${rule}`)?.getBoundingClientRect());
    return {
      above: Math.max(0, ...boxes.map((box) => -(box?.top ?? NaN))),
      below: Math.max(0, ...boxes.map((box) => (box?.bottom ?? NaN) - innerHeight)),
    };
  }, figure);
}

/** @param {string} hash */
const figureOf = (hash) => (hash.includes('randomised=') ? 'trust' : hash.includes('unit=') ? 'unit' : 'map');

for (const viewport of [
  { width: 1280, height: 680 },
  { width: 390, height: 844 },
]) {
  test(`every link of the lesson, at ${viewport.width} × ${viewport.height}`, { timeout }, async () => {
    const lesson = await readFile(`${ROOT}docs/teaching.md`, 'utf8');
    const hashes = [...new Set([...lesson.matchAll(/localhost:8080\/www\/(#[^)\s]*=[^)\s]*)/g)].map(([, hash = '']) => hash))];
    const about = hashes.filter((hash) => /[#&](picture|class|unit)=/.test(hash));
    assert.ok(about.length > 10, `${about.length} links`);
    const { page, context, troubles } = await browser.open('/www/', { viewport });
    for (const hash of about) {
      await page.goto('about:blank');
      await page.goto(`${browser.origin}/www/${hash}`);
      assert.deepEqual(await outOfView(page, figureOf(hash)), { above: 0, below: 0 }, hash);
    }
    // In a page that is open already, too.
    for (const hash of ['#network=all-cnn-c&picture=ship-0000&unit=conv3:0@8,8', '#network=all-cnn-c&picture=frog-0000&class=7']) {
      await page.evaluate((to) => {
        location.hash = to;
      }, hash);
      await page.waitForTimeout(500);
      assert.deepEqual(await outOfView(page, figureOf(hash)), { above: 0, below: 0 }, `${hash} in the same tab`);
    }
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

test('a visitor who scrolls meanwhile is left alone; the line above the maps is in view where there is room', { timeout }, async () => {
  const { page, context } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000&class=7', {
    viewport: { width: 1280, height: 950 },
    before: (made) =>
      made.route('**/all-cnn-c.safetensors', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        await route.continue();
      }),
  });
  await page.waitForFunction(() => scrollY > 500);
  await page.mouse.move(600, 400);
  await page.mouse.wheel(0, -100_000);
  await page.waitForFunction(() => scrollY === 0);
  await explained(page);
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.goto('about:blank');
  await page.goto(`${browser.origin}/www/#network=all-cnn-c&picture=horse-0000&class=7`);
  assert.deepEqual(await outOfView(page, 'map'), { above: 0, below: 0 });
  const top = await page.evaluate(() => document.querySelector('#status')?.getBoundingClientRect().top ?? NaN);
  assert.ok(top >= 0 && top < 200, `${top}`);
  await context.close();
});
