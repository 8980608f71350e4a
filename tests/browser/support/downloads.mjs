// The files that a page saves. Chromium reports its downloads; Firefox does not over BiDi, so there a script in the page
// keeps them.

import { readFile } from 'node:fs/promises';
import { engine } from './engine.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** To be called before the page is opened. @param {import('playwright-core').BrowserContext} context */
export async function keepSaved(context) {
  if (engine === 'chromium') return;
  await context.addInitScript(() => {
    /** @type {Map<string, Blob>} */
    const blobs = new Map();
    /** @type {{ name: string, blob: Blob | undefined }[]} */
    const kept = [];
    Object.assign(globalThis, { kept });
    const made = URL.createObjectURL;
    URL.createObjectURL = (object) => {
      const url = made(object);
      if (object instanceof Blob) blobs.set(url, object);
      return url;
    };
    HTMLAnchorElement.prototype.click = function () {
      kept.push({ name: this.download, blob: blobs.get(this.href) });
    };
  });
}

/**
 * @param {Page} page
 * @param {() => Promise<unknown>} act
 * @param {number} count how many files are to come
 * @returns {Promise<Map<string, Buffer>>} by name
 */
export async function savedFiles(page, act, count) {
  if (engine === 'firefox') {
    await act();
    await page.waitForFunction((wanted) => /** @type {any} */ (globalThis).kept.length >= wanted, count);
    const files = await page.evaluate(() =>
      Promise.all(
        /** @type {any} */ (globalThis).kept.splice(0).map(
          (/** @type {{ name: string, blob: Blob }} */ { name, blob }) =>
            new Promise((resolve) => {
              const reader = new FileReader();
              reader.onload = () => resolve([name, String(reader.result).split(',')[1]]);
              reader.readAsDataURL(blob);
            }),
        ),
      ),
    );
    return new Map(/** @type {[string, string][]} */ (files).map(([name, text]) => [name, Buffer.from(text, 'base64')]));
  }
  /** @type {import('playwright-core').Download[]} */
  const downloads = [];
  const all = new Promise((resolve) =>
    page.on('download', (download) => {
      if (downloads.push(download) === count) resolve(undefined);
    }),
  );
  await act();
  await all;
  page.removeAllListeners('download');
  return new Map(
    await Promise.all(
      downloads.map(async (download) => /** @type {const} */ ([download.suggestedFilename(), await readFile(await download.path())])),
    ),
  );
}
