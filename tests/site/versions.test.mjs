// A newer version of the site replaces the older one as a whole or not at all: a page never has files of both.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from '../browser/support/browser.mjs';
import { OUTSIDE, openHost } from './support/host.mjs';
import { kept, outdated, settled, update } from './support/kept.mjs';
import { LATER, PACKAGE, all, smallSite, versions } from './support/small-site.mjs';

const timeout = 120_000;
const BASE = '/small/';
const PAGE = `${BASE}www/`;

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

test('an open page goes on with its own version; once it is closed, all is of the newer one', { timeout }, async () => {
  host.deploy(a.folder);
  const { page: outside, context } = await browser.open(OUTSIDE);
  const page = await context.newPage();
  await page.goto(host.origin + PAGE);
  await kept(page);
  host.deploy(b.folder);
  assert.equal(await update(page), 'waits');
  await outdated(page);
  assert.deepEqual(await page.evaluate(versions), all('A', 'refused'), 'in the open page');
  await page.reload();
  assert.deepEqual(await page.evaluate(versions), all('A', 'refused'), 'reloaded');
  const second = await context.newPage();
  await second.goto(host.origin + PAGE);
  assert.deepEqual(await second.evaluate(versions), all('A', 'refused'), 'in a second tab');
  await outdated(second);

  assert.equal((await outside.evaluate(() => caches.keys())).length, 2, 'both versions are here');
  await page.close();
  await second.close();
  const names = await settled(outside, BASE);
  assert.equal(names.length, 1, `older caches are still here: ${names}`);
  const next = await context.newPage();
  await next.goto(host.origin + PAGE);
  assert.deepEqual(await next.evaluate(versions), all('B'), 'opened anew');
  await kept(next);
  await context.close();
});

test('what was used once is kept as well, and nothing is asked for twice', { timeout }, async () => {
  host.deploy(a.folder);
  const { page, context } = await browser.open(PAGE);
  await kept(page);
  host.asked();
  assert.deepEqual(await page.evaluate(versions), all('A'));
  assert.ok(host.asked().includes(LATER));
  // The file is stored while the page goes on.
  await page.waitForFunction(async (path) => caches.match(new URL(`../${path}`, location.href).href), LATER);
  assert.deepEqual(await page.evaluate(versions), all('A'));
  assert.deepEqual(host.asked(), []);
  await context.close();
});

test('a host half-way through an update gives no new version, at the root of an origin too', { timeout }, async (t) => {
  const half = await openHost('/');
  t.after(half.close);
  half.deploy(a.folder);
  const { page, context } = await browser.open(OUTSIDE);
  await page.goto(`${half.origin}/www/`);
  await kept(page);
  half.deploy(b.folder, [PACKAGE]);
  assert.equal(await update(page), 'given up');
  await page.reload();
  assert.deepEqual(await page.evaluate(versions), all('A', 'refused'));
  half.deploy(b.folder);
  assert.equal(await update(page), 'waits', 'once the host is through');
  await context.close();
});

test('a page is not taken over by the worker of another version', { timeout }, async () => {
  host.deploy(a.folder);
  const { page, context } = await browser.open(`${PAGE}#slow`);
  host.deploy(b.folder);
  await page.evaluate(() => document.querySelector('#status')?.setAttribute('data-kind', 'ready'));
  const outside = await context.newPage();
  await outside.goto(host.origin + OUTSIDE);
  await settled(outside, BASE);
  const second = await context.newPage();
  await second.goto(host.origin + PAGE);
  await kept(second);
  assert.deepEqual(await second.evaluate(versions), all('B'));
  assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null);
  await context.close();
});

test('where the browser has thrown a version away and the host has a newer one, that one opens', { timeout }, async () => {
  host.deploy(a.folder);
  const { page, context } = await browser.open(PAGE);
  await kept(page);
  host.deploy(b.folder);
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await page.reload().catch(() => undefined); // aborted by the second navigation
  await page.waitForFunction(() => document.documentElement.dataset['package'] === 'B');
  assert.deepEqual(await page.evaluate(versions), all('B'));
  await kept(page);
  await context.close();
});

for (const [what, handicap, keeps] of /** @type {const} */ ([
  ['cannot be written', 'Cache.prototype.put = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));', false],
  ['cannot be read', 'CacheStorage.prototype.match = () => Promise.reject(new Error("unreadable"));', true],
])) {
  test(`with a cache that ${what} the page works from the network`, { timeout }, async (t) => {
    const site = await smallSite('A', handicap);
    t.after(site.remove);
    host.deploy(site.folder);
    const { page, context } = await browser.open(PAGE);
    if (keeps) await kept(page);
    else await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration()) === undefined);
    await page.reload();
    assert.deepEqual(await page.evaluate(versions), all('A'));
    await context.close();
  });
}
