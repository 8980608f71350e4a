// What a visitor waits for on the page.

import assert from 'node:assert/strict';

/** @typedef {import('playwright-core').Page} Page */

const PATIENCE = { timeout: 120_000 };

/**
 * Waits until a picture is explained, or fails with what the page says instead.
 * @param {Page} page
 * @param {string} [title] of the picture; any if left out
 */
export async function explained(page, title = '') {
  await page.waitForFunction(
    (wanted) => {
      const kind = document.querySelector('#status')?.getAttribute('data-kind');
      if (kind === 'error') return true;
      return (
        kind === 'ready' &&
        document.querySelector('#pictures')?.getAttribute('aria-busy') === 'false' &&
        (document.querySelector('#view')?.getAttribute('aria-label') ?? '').startsWith(wanted)
      );
    },
    title,
    PATIENCE,
  );
  assert.notEqual(await page.getAttribute('#status', 'data-kind'), 'error', await page.innerText('#status'));
}

/**
 * Waits until the page says that something went wrong.
 * @param {Page} page
 * @returns {Promise<string>} what it says
 */
export async function troubled(page) {
  await page.waitForSelector('#status[data-kind="error"]', PATIENCE);
  return page.innerText('#status-text');
}

/** The address of the page with All-CNN-C. */
export const WITH_ALL_CNN_C = '/www/#network=all-cnn-c';

/** The address of the page with EfficientNet-Lite0. */
export const WITH_EFFICIENTNET = '/www/#network=efficientnet-lite0';

/**
 * Chooses one of the page's networks, and waits until it explains a picture.
 * @param {Page} page
 * @param {'squeezenet-1.1' | 'all-cnn-c' | 'model-c' | 'efficientnet-lite0'} name
 */
export async function choose(page, name) {
  await page.check(`input[name=network][value="${name}"]`);
  // Until the server has said whether it has the file, the page still explains with the network before.
  await page.waitForSelector('#networks:not([aria-busy="true"])');
  await explained(page);
}

/** @param {Page} page @returns {Promise<number[]>} the classes listed as the network's predictions, likeliest first */
export function predictions(page) {
  return page.locator('#predictions button').evaluateAll((buttons) => buttons.map((button) => Number(button.dataset['class'])));
}

/**
 * Counts the operations that the page asks of its workers, by name.
 * @param {import('playwright-core').BrowserContext} context before the page is opened
 */
export function countOperations(context) {
  return context.addInitScript(() => {
    /** @type {Record<string, number>} */
    const counts = {};
    Object.assign(globalThis, { operations: counts });
    const send = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ transfer) {
      const name = message?.operation;
      if (typeof name === 'string') counts[name] = (counts[name] ?? 0) + 1;
      send.call(this, message, transfer);
    };
  });
}

/** @param {Page} page @returns {Promise<Record<string, number>>} */
export function operations(page) {
  return page.evaluate(() => ({ .../** @type {any} */ (globalThis).operations }));
}

/** How many maps the workers were asked for. @param {Page} page */
export async function mapsAsked(page) {
  return (await operations(page))['explain'] ?? 0;
}

/** A picture needs one forward pass, and another in each worker that helps with its maps. @param {import('playwright-core').Page} page */
export async function onceInEachWorker(page) {
  const { forward } = await operations(page);
  const workers = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 4));
  assert.ok(forward >= 1 && forward <= workers, `${forward} forward passes by at most ${workers} workers`);
}
