// The page's live camera, from outside: its streams, its frames and its words.

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */

/** The page may use the camera; the streams that it opens are kept, to ask whether they have ended. @param {BrowserContext} context */
export async function withCamera(context) {
  await context.grantPermissions(['camera']);
  await context.addInitScript(() => {
    const opened = /** @type {MediaStream[]} */ ([]);
    Object.assign(globalThis, { opened });
    if (!navigator.mediaDevices) return; // in a frame that may not use any
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      opened.push(stream);
      return stream;
    };
  });
}

/** Waits until so many frames were shown since the start. @param {Page} page @param {number} count */
export const frames = (page, count) =>
  page.waitForFunction((least) => Number(document.querySelector('#live')?.getAttribute('data-frames')) >= least, count, {
    timeout: 60_000,
  });

/** Waits until an element's words are like this. @param {Page} page @param {string} selector @param {RegExp} words */
export const line = (page, selector, words) =>
  page.waitForFunction(
    ([at = '', source = '']) => new RegExp(source).test(document.querySelector(at)?.textContent ?? ''),
    [selector, words.source],
  );

/** Of each stream that was opened, whether its tracks are live. @param {Page} page @returns {Promise<string[]>} */
export const tracks = (page) =>
  page.evaluate(() =>
    /** @type {any} */ (globalThis).opened.flatMap((/** @type {MediaStream} */ stream) =>
      stream.getTracks().map(({ readyState }) => readyState),
    ),
  );

/** What is on a canvas. @param {Page} page @param {string} id */
export const shot = (page, id) => page.evaluate((name) => /** @type {HTMLCanvasElement} */ (document.getElementById(name)).toDataURL(), id);
