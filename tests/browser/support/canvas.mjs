// Reads the page's canvases.

/** @typedef {import('playwright-core').Page} Page */

export const MAPS = ['#map-backprop', '#map-deconvnet', '#map-guided'];

/**
 * A canvas in numbers: how many colours, whether all are grey, and a digest to compare drawings.
 * @param {Page} page
 * @param {string} selector
 */
export function look(page, selector) {
  return page.locator(selector).evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error('no canvas');
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
    const colours = new Set();
    let grey = true;
    let digest = 2166136261;
    for (let i = 0; i < pixels.length; i += 4) {
      const [r = 0, g = 0, b = 0] = pixels.subarray(i, i + 3);
      grey &&= r === g && g === b;
      colours.add((r << 16) | (g << 8) | b);
      for (const value of [r, g, b]) digest = Math.imul(digest ^ value, 16777619) >>> 0;
    }
    return { width, height, colours: colours.size, grey, digest };
  });
}

/** @param {Page} page @returns {Promise<number[]>} the digests of the three maps */
export async function digests(page) {
  const seen = [];
  for (const map of MAPS) seen.push((await look(page, map)).digest);
  return seen;
}

/**
 * Waits until all three maps look different from before, and returns the new digests.
 * @param {Page} page
 * @param {number[]} before
 */
export async function redrawn(page, before) {
  const until = Date.now() + 30_000;
  for (;;) {
    const now = await digests(page);
    if (now.every((digest, i) => digest !== before[i])) return now;
    if (Date.now() > until) throw new Error(`the maps were not all drawn anew: ${before} before, ${now} now`);
    await page.waitForTimeout(30);
  }
}

/**
 * How far two canvases of one size are apart.
 * @param {Page} page
 * @param {string} one
 * @param {string} other
 * @returns {Promise<{ share: number, most: number }>} the share of pixels that can be told apart by eye, and the
 *   largest difference of a channel
 */
export function apart(page, one, other) {
  return page.evaluate(
    (selectors) => {
      const [a, b] = selectors.map((selector) => {
        const canvas = document.querySelector(selector);
        if (!(canvas instanceof HTMLCanvasElement)) throw new Error(`no canvas ${selector}`);
        return canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
      });
      if (!a || !b || a.length !== b.length) throw new Error('canvases of different sizes');
      let visible = 0;
      let most = 0;
      for (let i = 0; i < a.length; i += 4) {
        const difference = Math.max(...[0, 1, 2].map((c) => Math.abs((a[i + c] ?? 0) - (b[i + c] ?? 0))));
        most = Math.max(most, difference);
        if (difference > 8) visible += 1;
      }
      return { share: visible / (a.length / 4), most };
    },
    [one, other],
  );
}
