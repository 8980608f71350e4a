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
      const state = /** @type {{ troubledSince?: number }} */ (globalThis);
      if (kind === 'error') {
        // What went wrong before stays on show until what was asked for just now begins.
        state.troubledSince ??= performance.now();
        return performance.now() - state.troubledSince > 3000;
      }
      delete state.troubledSince;
      return (
        kind === 'ready' &&
        document.querySelector('#pictures')?.getAttribute('aria-busy') === 'false' &&
        (document.querySelector('#view')?.getAttribute('aria-label') ?? '').startsWith(wanted) &&
        // The code of the figures below comes after the first maps.
        document.querySelector('[inert]') === null
      );
    },
    title,
    PATIENCE,
  );
  await page.evaluate(() => Reflect.deleteProperty(globalThis, 'troubledSince'));
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

/** Waits until the address and the history have what was chosen: the page writes them when nothing has changed for a moment. @param {Page} page */
export async function written(page) {
  // By the page's own clock, in which a timer that was set later comes later, however slow the machine is.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 400)));
}

/** @param {Page} page @returns {Promise<number[]>} the classes listed as the network's predictions, likeliest first */
export function predictions(page) {
  return page.locator('#predictions button').evaluateAll((buttons) => buttons.map((button) => Number(button.dataset['class'])));
}
