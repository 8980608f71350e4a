// The terms of the page: each has its sentence, by pointer, touch and keyboard, and none leaves the window.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { explained } from './support/page.mjs';

const timeout = 180_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

for (const width of [1280, 320])
  test(`${width} px: each term opens one sentence beside it, within the window`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open('/www/', { viewport: { width, height: 700 } });
    await explained(page);
    const terms = page.locator('button.term');
    const count = await terms.count();
    assert.ok(count >= 12, `${count} terms`);
    const names = await terms.evaluateAll((all) => all.map((each) => /** @type {HTMLElement} */ (each).dataset['term']));
    const sentences = await page.evaluate(async () => Object.keys((await import(`${location.origin}/www/terms.js`)).TERMS));
    assert.deepEqual([...names].sort(), sentences.sort(), 'each sentence has its term, and each term is explained once');
    for (let i = 0; i < count; i++) {
      const term = terms.nth(i);
      await term.click();
      await page.waitForFunction(() => (document.querySelector('.term-note:popover-open')?.getAttribute('style') ?? '').includes('px'));
      const open = await page.locator('.term-note:popover-open').evaluateAll((all) =>
        all.map((note) => {
          const { left, right, top, bottom } = note.getBoundingClientRect();
          const at = /** @type {Element} */ (note.previousElementSibling).getBoundingClientRect();
          const inside = left >= 0 && right <= document.documentElement.clientWidth && top >= 0 && bottom <= innerHeight;
          return { words: note.textContent ?? '', inside, apart: Math.min(Math.abs(top - at.bottom), Math.abs(at.top - bottom)) };
        }),
      );
      assert.equal(open.length, 1, `${names[i]}: ${open.length} are open`);
      const [{ words, inside, apart } = { words: '', inside: false, apart: Infinity }] = open;
      assert.match(words, /^[A-Z].{30,}\.$/, names[i]);
      assert.ok(inside && apart < 20, `${names[i]}: ${apart} px from its term, ${inside ? 'inside' : 'outside'}`);
      await page.keyboard.press('Escape');
    }
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'the page scrolls sideways');
    assert.deepEqual(troubles, []);
    await context.close();
  });

test('Enter opens a sentence, Escape closes it and the focus stays at the term', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  await page.focus('[data-term="relu"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#term-relu', { state: 'visible' });
  await page.keyboard.press('Escape');
  assert.equal(await page.isVisible('#term-relu'), false);
  assert.equal(await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset['term']), 'relu');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#term-relu', { state: 'visible' });
  await page.mouse.click(5, 5);
  assert.equal(await page.isVisible('#term-relu'), false, 'a click elsewhere closes it');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a tap opens a sentence', { timeout }, async () => {
  const { page, context } = await browser.open('/www/', { viewport: { width: 390, height: 844 }, hasTouch: true });
  await explained(page);
  await page.locator('[data-term="score"]').scrollIntoViewIfNeeded();
  await page.tap('[data-term="score"]');
  await page.waitForSelector('#term-score', { state: 'visible' });
  assert.match(await page.innerText('#term-score'), /logit/);
  await context.close();
});
