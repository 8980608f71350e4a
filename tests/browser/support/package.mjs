// The bare test page, for tests of the package alone.

import { openBrowser } from './browser.mjs';

export const BARE = '/tests/browser/pages/bare.html';

/**
 * Opens the bare page and waits for its script.
 * @param {Awaited<ReturnType<typeof openBrowser>>} browser
 * @param {(context: import('playwright-core').BrowserContext) => Promise<unknown>} [before]
 */
export async function openBare(browser, before) {
  const opened = await browser.open(BARE, before ? { before } : {});
  await opened.page.waitForFunction(() => 'bare' in globalThis);
  return opened;
}
