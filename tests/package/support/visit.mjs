// Opens a site and says what an example shows there.

import { openBrowser } from '../../browser/support/browser.mjs';

/** @typedef {NonNullable<Parameters<typeof openBrowser>[0]>} Serving */

/**
 * Opens a site, waits until it is done, and asks something there.
 * @template T
 * @param {Serving} serving
 * @param {string} done the name of a global that is there once it is
 * @param {() => T | Promise<T>} ask
 * @returns {Promise<{ found: T, troubles: string[] }>}
 */
export async function visit(serving, done, ask) {
  const browser = await openBrowser(serving);
  try {
    const { page, troubles } = await browser.open('/');
    await page
      .waitForFunction((name) => name in globalThis, done, { timeout: 60_000 })
      .catch((error) => {
        throw new Error(`the page was not done: ${troubles.join('; ') || error}`);
      });
    return { found: /** @type {T} */ (await page.evaluate(ask)), troubles };
  } finally {
    await browser.close();
  }
}

/** What the examples for a browser show, and what they show it of. @param {Serving} serving */
export function visitExample(serving) {
  return visit(serving, 'map', async () => {
    /** @param {CanvasImageSource & { width: number, height: number }} source */
    const pixelsOf = (source) => {
      const { width, height } = source;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context?.drawImage(source, 0, 0);
      return [...(context?.getImageData(0, 0, width, height).data ?? [])];
    };
    const [picture, canvas, output] = ['img', 'canvas', 'output'].map((name) => document.querySelector(name));
    if (!(picture instanceof HTMLImageElement && canvas instanceof HTMLCanvasElement)) throw new Error('no picture or no canvas');
    const { map } = /** @type {{ map: import('../../../pkg/index.js').AttributionMap }} */ (/** @type {unknown} */ (globalThis));
    return {
      answer: output?.textContent,
      map: [...map.data],
      drawn: pixelsOf(canvas),
      picture: pixelsOf(await createImageBitmap(picture)),
    };
  });
}
