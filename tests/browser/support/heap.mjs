// How much a page's JavaScript holds.

import { engine } from './engine.mjs';

/**
 * The means to ask for the bytes of the page's JavaScript heap that are in use once the garbage is gone; 0 in Firefox, which does not tell.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<() => Promise<number>>}
 */
export async function heapOf(page) {
  if (engine !== 'chromium') return async () => 0;
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN;
  };
}
