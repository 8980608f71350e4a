// A class by its name, wherever a class is named: in a call, in the element and in an address of the page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ODD } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { explained } from './support/page.mjs';

const timeout = 180_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('in a call', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start();
    const model = await relume.load(path);
    const picture = await bare.file('/www/pictures/chelsea.png');
    const trace = await model.forward(picture);
    const [named, numbered, once] = await Promise.all([
      trace.explain({ target: { class: 'CLASS 3' } }),
      trace.explain({ target: { class: 3 } }),
      model.explain(picture, { target: { class: 'class 3' } }),
    ]);
    return {
      channels: [named, numbered, once].map(({ target }) => target.channel),
      same: bare.same(named.data, numbered.data) && bare.same(once.data, numbered.data),
      refusals: [
        await bare.refusal(() => trace.explain({ target: { class: 'class' } })),
        await bare.refusal(() => model.explain(picture, { target: { class: 'unicorn' } })),
      ],
    };
  }, ODD);
  assert.deepEqual(found.channels, [3, 3, 3]);
  assert.ok(found.same);
  assert.deepEqual(
    found.refusals.map(({ code }) => code),
    ['invalid-target', 'invalid-target'],
  );
  assert.match(found.refusals[0]?.message ?? '', /fits 7 classes: “class 0” \(0\)/);
  assert.match(found.refusals[1]?.message ?? '', /nearest names are “class 0” \(0\)/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('in the element, with `class:` before it or not', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/tests/browser/pages/elements.html');
  for (const [target, words] of [
    ['class:DEER', 'Explained: “deer”.'],
    ['mobile', 'Explained: “automobile”.'],
    ['shop', 'The nearest names are “ship” (8)'],
  ]) {
    await page.evaluate((name) => document.getElementById('class')?.setAttribute('target', name ?? ''), target);
    await page.waitForFunction((said) => document.getElementById('class')?.shadowRoot?.textContent?.includes(said ?? ''), words);
  }
  // A value as `explain` takes it.
  await page.evaluate(() => Object.assign(document.getElementById('class') ?? {}, { target: { class: 'horse' } }));
  await page.waitForFunction(() => document.getElementById('class')?.shadowRoot?.textContent?.includes('Explained: “horse”.'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('in an address of the page, which is then kept by its number', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=cat-0000&class=horse');
  await explained(page);
  assert.match(await page.innerText('#status'), /The maps explain “horse”/);
  await page.waitForFunction(() => location.hash === '#network=all-cnn-c&picture=cat-0000&class=7');
  await page.evaluate(() => {
    location.hash = '#network=all-cnn-c&class=FROG';
  });
  await page.waitForFunction(() => document.querySelector('#status')?.textContent?.includes('The maps explain “frog”'));
  await page.evaluate(() => {
    location.hash = '#network=all-cnn-c&class=unicorn';
  });
  await page.waitForFunction(() =>
    /class=unicorn \(No class .*nearest names are/.test(document.querySelector('#status')?.textContent ?? ''),
  );
  assert.deepEqual(troubles, []);
  await context.close();
});
