// Figure 2b, the signal on its way from the score to the pixels; and the signals that explain() gives.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ODD } from './support/fixtures.mjs';
import { countOperations, mapsComputed } from './support/operations.mjs';
import { openBare } from './support/package.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 180_000;
const RULES = ['backprop', 'deconvnet', 'guided'];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Goes to the figure and waits until it is drawn. @param {Page} page */
async function followed(page) {
  await page.locator('#signal-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#signal-figure[data-state="ready"][aria-busy="false"]', { timeout: 60_000 });
}

/** The shares of each row, by rule. @param {Page} page */
const shares = (page) =>
  page.locator('#signal-rows tr').evaluateAll((rows) =>
    rows.map((row) => ({
      name: [...(row.querySelector('th')?.childNodes ?? [])]
        .filter((node) => node.nodeName !== 'SMALL')
        .map((node) => node.textContent)
        .join(''),
      shares: [...row.querySelectorAll('.share')].map((share) => share.textContent ?? ''),
    })),
  );

test('at each ReLU stands the share of units that a rule lets through', { timeout }, async () => {
  const { page, troubles } = await browser.open(`${WITH_ALL_CNN_C}&picture=horse-0000`);
  await explained(page);
  await followed(page);
  const shown = await shares(page);
  assert.deepEqual(
    shown.map(({ name }) => name.trim()),
    ['relu9', 'relu8', 'relu7', 'relu6', 'relu5', 'relu4', 'relu3', 'relu2', 'relu1', '32 × 32 pixels'],
  );
  // Counted here from the forward pass and the signals that arrive: a rule lets through where the ReLU was open, where the signal is
  // positive, or where both are so.
  const counted = await page.evaluate(async (rules) => {
    const { Relume } = await import(/** @type {any} */ (`${location.origin}/pkg/index.js`));
    const relume = await Relume.start();
    const model = await relume.load('models/all-cnn-c.safetensors');
    const picture = await (await fetch('pictures/cifar10/horse-0000.jpg')).blob();
    const trace = await model.forward(picture);
    const layers = ['relu9', 'relu8', 'relu7', 'relu6', 'relu5', 'relu4', 'relu3', 'relu2', 'relu1'];
    const found = [];
    for (const method of rules) {
      const { signals } = await trace.explain({ method, signals: layers });
      for (const { layer, signal, passed } of signals) {
        const f = await trace.activation(layer);
        let through = 0;
        let asSaid = true;
        signal.data.forEach((/** @type {number} */ r, /** @type {number} */ i) => {
          const open = (method === 'deconvnet' || f.data[i] > 0) && (method === 'backprop' || r > 0);
          if (open && r !== 0) through++;
          asSaid &&= passed.data[i] === (open ? r : 0);
        });
        found.push({ method, layer, share: through / signal.data.length, asSaid });
      }
    }
    await relume.close();
    return found;
  }, RULES);
  for (const { method, layer, share, asSaid } of counted) {
    assert.ok(asSaid, `${layer} by ${method}: what passed is what the rule lets through`);
    const said = shown.find(({ name }) => name.trim() === layer)?.shares[RULES.indexOf(method)] ?? '';
    const value = share * 100;
    const words = share === 0 ? '0 %' : value < 0.1 ? '< 0.1 %' : `${value < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
    assert.equal(said, words, `${layer} by ${method}`);
  }
  // Guided lets through what backprop does, less what is negative.
  assert.ok(counted.some(({ share }) => share > 0));
  assert.deepEqual(troubles, []);
});

test('the slider moves the signal down, by keyboard too, and says where it is', { timeout }, async () => {
  const { page, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await followed(page);
  const reached = () => page.locator('#signal-rows tr[data-reached="true"]').count();
  assert.equal(await reached(), 10, 'all the way at first');
  await page.focus('#signal-step');
  await page.keyboard.press('Home');
  assert.equal(await reached(), 0);
  assert.match(await page.innerText('#signal-line'), /A 1 is put on the score/);
  await page.keyboard.press('ArrowRight');
  assert.equal(await reached(), 1);
  assert.match(await page.innerText('#signal-line'), /^Share of the 360 units of relu9 that pass a signal on: backprop \d/);
  assert.equal(await page.getAttribute('#signal-step', 'aria-valuetext'), await page.innerText('#signal-line'));
  await page.keyboard.press('End');
  assert.match(await page.innerText('#signal-line'), /^Share of the map’s 3,072 numbers/);
  // It plays from the top, and stops at the pixels.
  await page.click('#signal-play');
  await page.waitForSelector('#signal-rows tr:first-child[data-reached="true"] ~ tr[data-reached="false"]');
  await page.waitForFunction(() => document.querySelectorAll('#signal-rows tr[data-reached="true"]').length === 10);
  assert.equal(await page.innerText('#signal-play'), 'Play');
  assert.deepEqual(troubles, []);
});

test('with reduced motion nothing plays, and another class is followed anew', { timeout }, async () => {
  const { page, troubles } = await browser.open(WITH_ALL_CNN_C, { reducedMotion: 'reduce' });
  await explained(page);
  await followed(page);
  assert.equal(await page.isVisible('#signal-play'), false);
  const first = await shares(page);
  // Not by pointer, which would scroll away from the figure.
  await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('#predictions li:nth-child(3) button')).click());
  await page.waitForFunction(
    (before) => [...document.querySelectorAll('#signal-rows .share')].map((share) => share.textContent).join() !== before,
    first.flatMap((row) => row.shares).join(),
  );
  assert.deepEqual(troubles, []);
});

test('away from the figure nothing is computed for it; back there it follows the class chosen meanwhile', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: countOperations });
  await explained(page);
  await followed(page);
  const before = await shares(page);
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await page.waitForFunction(() => (document.querySelector('#signal-figure')?.getBoundingClientRect().top ?? 0) > innerHeight + 500);
  // The page hears of it with one of the next frames.
  await page.waitForTimeout(300);
  const maps = mapsComputed(page);
  // Not by pointer, which would scroll there.
  await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('#predictions li:nth-child(3) button')).click());
  await page.waitForFunction(() => /class=/.test(location.hash));
  await explained(page);
  await page.waitForTimeout(500);
  assert.equal(mapsComputed(page), maps + 3, 'those of figure 2 alone');
  assert.equal(await page.getAttribute('#signal-figure', 'aria-busy'), 'true', 'it is out of date');
  await followed(page);
  assert.notDeepEqual(await shares(page), before);
  assert.equal(mapsComputed(page), maps + 6);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a network of many ReLUs shows nine of them, its first and its last', { timeout }, async () => {
  const { page, troubles } = await browser.open('/www/');
  await explained(page);
  await followed(page);
  const names = (await shares(page)).map(({ name }) => name.trim());
  assert.equal(names.length, 10);
  assert.deepEqual([names[0], names[8], names[9]], ['conv10_relu', 'conv1_relu', '227 × 227 pixels']);
  assert.deepEqual(troubles, []);
});

test('explain() gives the signal at the layers that were asked for, in their order', { timeout }, async () => {
  const { page, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start();
    const model = await relume.load(path);
    const [channels, height, width] = model.info.input.shape;
    const trace = await model.forward(Float32Array.from({ length: channels * height * width }, (_, i) => Math.sin(i)));
    const map = await trace.explain({ target: { class: 3 }, signals: ['relu5', 'concat1', 'relu3'] });
    /** @param {any} signals */
    const refused = (signals) =>
      trace.explain({ target: { class: 3 }, signals }).then(
        () => 'nothing',
        (/** @type {any} */ error) => `${error.code}: ${error.message}`,
      );
    const result = {
      signals: map.signals.map(({ layer, signal, passed }) => ({
        layer,
        signal: signal.shape,
        passed: passed?.shape,
        length: signal.data.length,
      })),
      without: (await trace.explain()).signals,
      refused: [
        await refused('relu5'),
        await refused([7]),
        await refused(['relu99']),
        await refused(['softmax']),
        await refused(['relu5', 'relu5']),
        await refused(['relu5', , 'relu3']),
        await refused([Symbol('s')]),
      ],
    };
    await relume.close();
    return result;
  }, ODD);
  const relu5 = { layer: 'relu5', signal: [16, 1, 1], passed: [16, 1, 1], length: 16 };
  assert.deepEqual(found.signals[0], relu5);
  assert.equal(found.signals[1]?.layer, 'concat1');
  assert.equal(found.signals[1]?.passed, undefined, 'it has two inputs');
  assert.equal(found.signals[2]?.layer, 'relu3');
  assert.deepEqual(found.without, []);
  assert.match(found.refused[0] ?? '', /^invalid-option: explain\(\) takes as its signals an array/);
  assert.match(found.refused[1] ?? '', /^invalid-option: explain\(\) takes as its signals an array/);
  assert.match(found.refused[2] ?? '', /^invalid-target: .*no layer `relu99`/);
  assert.match(found.refused[3] ?? '', /^invalid-target: no signal passes `softmax`/);
  assert.match(found.refused[4] ?? '', /^invalid-target: the signal at `relu5` is asked for twice/);
  assert.match(found.refused[5] ?? '', /^invalid-option: explain\(\) takes as its signals an array/);
  assert.match(found.refused[6] ?? '', /^invalid-option: explain\(\) takes as its signals an array/);
  assert.deepEqual(troubles, []);
});
