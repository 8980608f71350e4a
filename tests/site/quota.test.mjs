// A browser without room, by Chromium's real quota: the page works from the network, what is kept already stays whole, and once there is
// room all of it is kept after all.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from '../browser/support/browser.mjs';
import { OUTSIDE, openHost } from './support/host.mjs';
import { kept, settled, update } from './support/kept.mjs';
import { LATER, all, smallSite, versions } from './support/small-site.mjs';

const timeout = 120_000;
const BASE = '/small/';
const PAGE = `${BASE}www/`;
/** Bytes: less than the smallest cache takes. */
const FULL = 100;

/** @type {Awaited<ReturnType<typeof openHost>>} */
let host;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof smallSite>>} */
let a;
/** @type {Awaited<ReturnType<typeof smallSite>>} */
let b;
before(async () => {
  [a, b] = await Promise.all([smallSite('A'), smallSite('B')]);
  const hosting = openHost(BASE);
  host = await hosting;
  browser = await openBrowser(hosting);
});
after(async () => {
  await browser?.close();
  await Promise.all([a?.remove(), b?.remove()]);
});

/** A page outside the site, and what sets how many bytes its origin may store: as many as usual, unless told. */
async function open() {
  const { page: outside, context } = await browser.open(OUTSIDE);
  const session = await context.newCDPSession(outside);
  const room = (/** @type {number | undefined} */ quotaSize) =>
    session.send('Storage.overrideQuotaForOrigin', { origin: host.origin, ...(quotaSize !== undefined && { quotaSize }) });
  return { outside, context, room };
}

/** How many files each of the site's caches has. @param {import('playwright-core').Page} page */
const files = (page) =>
  page.evaluate(async () =>
    Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys().catch(() => [])).length)),
  );

test('a first visit without room: the page works from the network, and is kept once there is room', { timeout }, async () => {
  host.deploy(a.folder);
  const { outside, context, room } = await open();
  await room(FULL);
  const page = await context.newPage();
  await page.goto(host.origin + PAGE);
  // The browser gives the installation up.
  await page.waitForFunction(async () => !(await navigator.serviceWorker.getRegistration()));
  assert.deepEqual(await page.evaluate(versions), all('A'));
  assert.equal(await page.locator('#offline').count(), 0, 'it does not say that it is kept');
  assert.ok(
    (await files(outside)).every((count) => count === 0),
    'nothing half is left',
  );
  await page.reload();
  assert.deepEqual(await page.evaluate(versions), all('A'), 'again');
  await room(undefined);
  await page.reload();
  await kept(page);
  await host.down();
  await page.reload();
  assert.deepEqual(await page.evaluate(versions), { ...all('A', 'refused'), stable: 'refused' }, 'without a network');
  await host.up();
  await context.close();
});

test('a kept page without room for more: what is fetched later is shown, and kept once there is room', { timeout }, async () => {
  host.deploy(a.folder);
  const { context, room } = await open();
  const page = await context.newPage();
  await page.goto(host.origin + PAGE);
  await kept(page);
  await room(FULL);
  host.asked();
  for (let time = 0; time < 2; time++) assert.deepEqual(await page.evaluate(versions), all('A'));
  assert.equal(host.asked().filter((path) => path === LATER).length, 2, 'it is asked for each time');
  await page.reload();
  assert.deepEqual(await page.evaluate(versions), all('A'), 'what was kept opens');
  await room(undefined);
  assert.deepEqual(await page.evaluate(versions), all('A'));
  await page.waitForFunction(async (path) => caches.match(new URL(`../${path}`, location.href).href), LATER);
  host.asked();
  assert.deepEqual(await page.evaluate(versions), all('A'));
  assert.ok(!host.asked().includes(LATER));
  await context.close();
});

test('a newer version without room: the older one stays whole and opens without a network, until there is room', { timeout }, async () => {
  host.deploy(a.folder);
  const { outside, context, room } = await open();
  const page = await context.newPage();
  await page.goto(host.origin + PAGE);
  await kept(page);
  await room(FULL);
  host.deploy(b.folder);
  assert.equal(await update(page), 'given up');
  await host.down();
  await page.reload();
  assert.deepEqual(await page.evaluate(versions), { ...all('A', 'refused'), stable: 'refused' });
  await host.up();
  await room(undefined);
  assert.equal(await update(page), 'waits');
  await page.close();
  assert.equal((await settled(outside, BASE)).length, 1);
  const next = await context.newPage();
  await next.goto(host.origin + PAGE);
  assert.deepEqual(await next.evaluate(versions), all('B'));
  await context.close();
});
