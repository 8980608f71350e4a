// Follows what happens to a page's service worker.

/** @typedef {import('playwright-core').Page} Page */

/** Waits until the page says that it is kept, which it is told by the worker that has taken it over. @param {Page} page */
export function kept(page) {
  return page.waitForFunction(
    () => navigator.serviceWorker.controller && document.querySelector('#offline')?.textContent?.startsWith('This page is kept'),
    undefined,
    { timeout: 60_000 },
  );
}

/** Waits until the page says that a newer one waits. @param {Page} page */
export function outdated(page) {
  return page.waitForFunction(() => document.querySelector('#offline')?.textContent?.startsWith('A newer version'));
}

/**
 * Makes the browser look for a newer worker, and waits until it is installed or discarded.
 * @param {Page} page
 * @returns {Promise<'waits' | 'given up' | 'none'>}
 */
export function update(page) {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const next = registration.installing;
    if (!next) return registration.waiting ? 'waits' : 'none';
    await new Promise((done) => {
      next.addEventListener('statechange', done, { once: true });
    });
    return registration.waiting === next ? 'waits' : 'given up';
  });
}

/**
 * From a page outside the site: waits until the site's newest worker has taken over, and returns the names of the caches.
 * @param {Page} page
 * @param {string} base
 */
export function settled(page, base) {
  return page.evaluate(async (scope) => {
    for (;;) {
      const registration = await navigator.serviceWorker.getRegistration(scope);
      if (registration?.active?.state === 'activated' && !registration.waiting && !registration.installing) return caches.keys();
      await new Promise((later) => {
        setTimeout(later, 50);
      });
    }
  }, base);
}
