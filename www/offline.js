// Keeps the page for visits without a network, by the service worker that scripts/site.sh lays out with it and names in a
// mark. Without the mark, as in a copy of the source, there is none: it would show yesterday's files to who changes them.

import { byId, make } from './page.js';

const KEPT = 'This page is kept in your browser: it opens without a network too.';
const NEWER = 'A newer version of this page is here. It opens once every tab with this one is closed.';

const mark = document.querySelector('meta[name="relume-offline"]');
if (mark instanceof HTMLMetaElement) {
  // Neither a private window nor a full disk is the visitor's trouble: then the page is as it was before, not kept.
  whenReady().then(() => keep(mark.content, mark.dataset['version'])).catch(() => undefined);
}

/** After the first maps: fetching all files once more would make them late. */
function whenReady() {
  const status = byId('status', HTMLElement);
  return /** @type {Promise<void>} */ (new Promise((ready) => {
    const look = () => {
      if (status.dataset['kind'] !== 'ready') return;
      changes.disconnect();
      ready();
    };
    const changes = new MutationObserver(look);
    changes.observe(status, { attributeFilter: ['data-kind'] });
    look();
  }));
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
  // On a first visit there was no worker yet when the page was opened, and by a forced reload it was passed over.
  if (!serviceWorker.controller) active?.postMessage({ version });
}

/** @param {ServiceWorkerRegistration | undefined} registration where this page is under it */
function say(registration) {
  if (!registration) return;
  const line = document.getElementById('offline') ?? make('p', { id: 'offline', role: 'status' });
  if (!line.isConnected) document.querySelector('.foot')?.append(line);
  line.textContent = registration.waiting ? NEWER : KEPT;
}
