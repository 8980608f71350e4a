// Beside the signed maps of every figure stands the scale of their colours, and it follows the look that is chosen.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

/** All places with signed maps; in the last two the colours cannot be chosen. */
const CHOSEN = ['.opening', '#scheme', '#picture-figure', '#unit-figure', '#pooling-figure'];
const ALWAYS_GREY = ['#signal-figure', '#patch-figure'];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('every figure with signed maps has a scale, in the colours of its maps', { timeout: 120_000 }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  /** The colours of the bar in each place; undefined where it is not seen. @param {string[]} places */
  const bars = (places) =>
    page.evaluate(
      (all) =>
        all.map((place) => {
          const bar = document.querySelector(`${place} .scale .scale-bar`);
          return bar?.checkVisibility() ? getComputedStyle(bar).backgroundImage : undefined;
        }),
      places,
    );
  const grey = 'linear-gradient(90deg, rgb(0, 0, 0), rgb(255, 255, 255))';
  assert.deepEqual(
    await bars([...CHOSEN, ...ALWAYS_GREY]),
    [...CHOSEN, ...ALWAYS_GREY].map(() => grey),
  );
  await page.check('input[name=fold][value=sum]', { force: true });
  await page.check('input[name=colors][value=diverging]', { force: true });
  for (const [i, bar] of (await bars(CHOSEN)).entries()) assert.match(String(bar), /rgb\(0, 114, 178\).*rgb\(213, 94, 0\)/, CHOSEN[i]);
  assert.deepEqual(await bars(ALWAYS_GREY), [grey, grey]);
  // Of one sign there are no two ends to name.
  await page.check('input[name=sign][value=positive]', { force: true });
  assert.deepEqual(
    await bars(CHOSEN),
    CHOSEN.map(() => undefined),
  );
  assert.deepEqual(troubles, []);
  await context.close();
});
