// The site as scripts/site.sh lays it out, under a path as on GitHub Pages: a second visit works offline.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from '../browser/support/browser.mjs';
import { MAPS, digests, look, redrawn } from '../browser/support/canvas.mjs';
import { ROOT, gallery } from '../browser/support/fixtures.mjs';
import { explained } from '../browser/support/page.mjs';
import { relaxedSimd } from '../browser/support/wasm.mjs';
import { run } from '../package/support/install.mjs';
import { openHost } from './support/host.mjs';
import { kept } from './support/kept.mjs';

const timeout = 300_000;
const BASE = '/relume/';

/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof openHost>>} */
let host;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relume-site-'));
  await run(ROOT, 'scripts/site.sh', folder);
  const hosting = openHost(BASE);
  host = await hosting;
  host.deploy(folder);
  browser = await openBrowser(hosting);
});
after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('the same files give the same version', { timeout }, async (t) => {
  const again = await mkdtemp(join(tmpdir(), 'relume-site-'));
  t.after(() => rm(again, { recursive: true, force: true }));
  await run(ROOT, 'scripts/site.sh', again);
  const [one, other] = await Promise.all([folder, again].map((site) => readFile(join(site, 'sw.js'), 'utf8')));
  assert.equal(one, other);
});

test('a second visit needs no network: both figures, another picture, the frame, and a network that was used', { timeout }, async () => {
  const { page, context } = await browser.open(BASE);
  await page.waitForURL(`**${BASE}www/**`);
  await explained(page);
  await kept(page);
  const online = await digests(page);
  const asked = host.asked();
  const large = asked.filter((path) => /\.(wasm|safetensors)$/.test(path));
  assert.deepEqual([...new Set(large)].sort(), [
    `pkg/wasm/${(await page.evaluate(relaxedSimd)) ? 'flex-relaxed' : 'flex'}/relume_wasm_bg.wasm`,
    'www/models/squeezenet-1.1.safetensors',
  ]);

  await host.down();
  await context.setOffline(true);
  await page.goto(host.origin + BASE); // which sends on to www/
  await page.waitForURL(`**${BASE}www/**`);
  await explained(page);
  assert.deepEqual(await digests(page), online, 'the maps of the first visit');
  for (const canvas of ['#view', ...MAPS]) assert.equal((await look(page, canvas)).width, 227, canvas);

  await page.fill('#f-0-1', '7');
  await page.waitForFunction(() => document.querySelector('#guided-0-1')?.firstChild?.nodeValue === '3');

  const { pictures } = await gallery();
  const { file = '' } = pictures.find(({ class: truth }) => truth === 'ship') ?? {};
  await page.click(`#sample-${file.replace('.jpg', '')}`);
  await redrawn(page, online);
  await explained(page, 'A ship');

  await page.click('input[name=network][value=model-c]'); // not `check`: it jumps back
  await page.waitForSelector('#status[data-kind=error]');
  assert.match(await page.innerText('#status-text'), /could not be fetched.*SqueezeNet 1\.1 is still in use/);
  await host.up();
  await context.setOffline(false);
  await page.click('#retry');
  await explained(page);
  await page.waitForFunction(() => caches.match(new URL('models/model-c.safetensors', location.href).href));
  await page.waitForFunction(() => location.hash.includes('network=model-c'));

  await host.down();
  await context.setOffline(true);
  await page.reload();
  await explained(page);
  assert.ok(await page.isChecked('input[name=network][value=model-c]'));

  await page.goto(`${host.origin}${BASE}www/embed.html`);
  await page.locator('relume-view figcaption').filter({ hasText: 'says' }).waitFor();
  await context.close();
});
