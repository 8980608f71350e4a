// Back and Forward: each choice of a picture, a network, a class or a unit is undone by one step; typing and sliders are not steps.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ROOT } from './support/fixtures.mjs';
import { choose, explained, written } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 240_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** What is on show, once the history has it. @param {Page} page */
async function shown(page) {
  await written(page);
  await explained(page);
  await written(page);
  return page.evaluate(() => ({
    title: document.title,
    picture: document.querySelector('#view')?.getAttribute('aria-label')?.split(', as')[0],
    network: document.querySelector('input[name=network]:checked')?.getAttribute('value'),
    target: document.querySelector('#predictions [aria-pressed=true]')?.getAttribute('data-class'),
    unit: document.querySelector('#unit-line')?.textContent?.split(',').slice(0, 2).join(),
    steps: history.length,
  }));
}

/** Goes through the history and says what is on show then, without the number of steps. @param {Page} page @param {number} steps */
async function go(page, steps) {
  await page.evaluate((by) => history.go(by), steps);
  const { steps: _, ...rest } = await shown(page);
  return rest;
}

test('picture, class, network and unit, back and forth; the title says which', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000');
  await explained(page);
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#unit-figure[data-state="ready"]');
  const seen = [await shown(page)];
  assert.equal(seen[0]?.title, 'A horse: horse, All-CNN-C – relume');
  for (const chooses of [
    () => page.click('#sample-frog-0000'),
    () => page.click('#predictions [data-class="7"]'),
    () => choose(page, 'model-c'),
    () => page.click('#layers [data-layer="conv2"]'),
  ]) {
    await chooses();
    seen.push(await shown(page));
  }
  assert.deepEqual(
    seen.map(({ steps }) => steps - (seen[0]?.steps ?? 0)),
    [0, 1, 2, 3, 4],
  );
  assert.equal(seen[2]?.title, 'A frog: horse, All-CNN-C – relume');
  assert.equal(seen[3]?.title, 'A frog: horse, Model C – relume');
  const wanted = seen.map(({ steps: _, ...rest }) => rest);
  for (const i of [3, 2, 1, 0]) assert.deepEqual(await go(page, -1), wanted[i], `back to ${i}`);
  assert.deepEqual(await go(page, 4), wanted[4], 'forward again');
  // What is typed or dragged is no step, and Back does not stop at it.
  await page.fill('#clip', '5');
  await page.fill('#f-0-0', '4');
  await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('input[name=fold][value=sum]')).click());
  assert.equal((await shown(page)).steps, seen[4]?.steps);
  assert.deepEqual(await go(page, -2), wanted[2]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture and a network of one’s own come back, too; a place on the page shows what was on show', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000&class=4');
  await explained(page);
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#unit-figure[data-state="ready"]');
  const seen = [await shown(page)];
  await page.setInputFiles('#file', `${ROOT}www/pictures/coffee.jpg`);
  seen.push(await shown(page));
  assert.equal(seen[1]?.picture, 'coffee.jpg');
  await page.evaluate(() => {
    location.hash = '#trust';
  });
  seen.push(await shown(page));
  await page.setInputFiles('#model-file', `${ROOT}www/models/model-c.safetensors`);
  await page.waitForFunction(() => document.querySelector('#model-message')?.textContent?.includes('is loaded'));
  seen.push(await shown(page));
  await page.click('#sample-frog-0000');
  seen.push(await shown(page));
  const wanted = seen.map(({ steps: _, ...rest }) => rest);
  assert.equal(wanted[3]?.network, undefined);
  for (const i of [3, 2, 1, 0]) assert.deepEqual(await go(page, -1), wanted[i], `back to ${i}`);
  for (const i of [1, 2, 3]) assert.deepEqual(await go(page, 1), wanted[i], `forward to ${i}`);
  assert.deepEqual(troubles, []);
  await context.close();
});
