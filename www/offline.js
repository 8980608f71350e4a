// Keeps the page for offline visits, with the service worker that scripts/site.sh adds to the site and names in a meta
// element. A copy of the source has neither, because a kept copy would hide changes to the files.

import { byId, make } from './dom.js';
import { say as sayIn } from './live-text.js';
import { t } from './translate.js';

const mark = document.querySelector('meta[name="relume-offline"]');
if (mark instanceof HTMLMetaElement) {
  // It fails in private windows and on full disks. That is no error for the visitor: the page works, but is not kept.
  whenReady()
    .then(() => keep(mark.content, mark.dataset['version']))
    .catch(() => undefined);
}

/** Waits for the first maps, because fetching all files once more would delay them. */
function whenReady() {
  const status = byId('status', HTMLElement);
  return /** @type {Promise<void>} */ (
    new Promise((ready) => {
      const look = () => {
        if (status.dataset['kind'] !== 'ready') return;
        changes.disconnect();
        ready();
      };
      const changes = new MutationObserver(look);
      changes.observe(status, { attributeFilter: ['data-kind'] });
      look();
    })
  );
}

/** @param {string} url @param {string | undefined} version */
async function keep(url, version) {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker.register(url);
  const sayIt = () => say(serviceWorker.controller ? registration : undefined);
  const watch = () => registration.installing?.addEventListener('statechange', sayIt);
  registration.addEventListener('updatefound', watch);
  serviceWorker.addEventListener('controllerchange', sayIt);
  watch();
  sayIt();
  const { active } = await serviceWorker.ready;
  // The page has no controller if it was opened before the worker existed, or by a forced reload, which bypasses it.
  if (!serviceWorker.controller) active?.postMessage({ version });
}

/** @param {ServiceWorkerRegistration | undefined} registration undefined if no worker controls this page */
function say(registration) {
  if (!registration) return;
  const line = document.getElementById('offline') ?? make('p', { id: 'offline', role: 'status' });
  if (!line.isConnected) document.querySelector('.foot')?.append(line);
  const isNewer = registration.waiting !== null;
  sayIn(line, () =>
    isNewer
      ? t('A newer version of this page is here. It opens once every tab with this one is closed.')
      : t('This page is kept in your browser: it opens without a network too.'),
  );
}
