// All maps of a row on one scale, and what pinned maps and those of figure 2 differ by.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { digests, redrawn } from './support/canvas.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 300_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/**
 * Whether each canvas of the page shows what the package draws: the maps of figure 2, of one class, on a scale they share with those of a pin, if there is
 * one, and the differences from these.
 * @param {Page} page @param {{ picture: string, index: number, pin?: { picture: string, index: number } }} shown
 */
function drawnOnOneScale(page, shown) {
  return page.evaluate(
    async ({ path, picture, index, pin }) => {
      const { Relume, sharedScale } = /** @type {typeof import('../../pkg/index.js')} */ (
        await import(/** @type {any} */ ('/pkg/index.js'))
      );
      const relume = await Relume.start({ workers: 1 });
      const model = await relume.load(path);
      const rules = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
      const mapsOf = async (/** @type {string} */ name, /** @type {number} */ of) => {
        const trace = await model.forward(await (await fetch(`/www/pictures/cifar10/${name}.jpg`)).blob());
        return Promise.all(rules.map((method) => trace.explain({ method, target: { class: of } })));
      };
      const below = await mapsOf(picture, index);
      const pinned = pin ? await mapsOf(pin.picture, pin.index) : [];
      const scale = await sharedScale([...below, ...pinned], { clip: 0.02 });
      const all = below.flatMap((map, i) => {
        const other = pinned[i];
        const beside = other
          ? /** @type {const} */ ([
              ['pinned', other],
              ['difference', map.minus(other)],
            ])
          : [];
        return [/** @type {const} */ (['map', map]), ...beside];
      });
      /** @type {string[]} */
      const apart = [];
      for (const [row, map] of all) {
        const { data } = await map.pixels({ clip: 0.02, scale });
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(`${row}-${map.method}`));
        const seen = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        if (seen.length !== data.length || data.some((value, i) => value !== seen[i])) apart.push(canvas.id);
      }
      relume.close();
      return { count: all.length, apart };
    },
    { path: ALL_CNN_C, ...shown },
  );
}

test('a switch has the maps share a scale; the caption, the address and a tag say so', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000');
  await explained(page);
  const own = await digests(page);
  assert.match(await page.innerText('#display-caption'), /each map on a scale of its own\.$/);
  await page.check('#one-scale', { force: true });
  const shared = await redrawn(page, own);
  assert.match(await page.innerText('#display-caption'), /all maps of a row on one scale\.$/);
  assert.deepEqual(await drawnOnOneScale(page, { picture: 'horse-0000', index: 7 }), { count: 3, apart: [] });
  await page.waitForFunction(() => location.hash.includes('scale=shared'));
  await page.click('#export-tag');
  await page.waitForFunction(() => document.querySelector('#export-code')?.textContent?.includes(' scale="shared"'));

  const { page: linked, context: second } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000&scale=shared');
  await explained(linked);
  assert.equal(await linked.isChecked('#one-scale'), true);
  assert.deepEqual(await digests(linked), shared);
  await second.close();

  await page.uncheck('#one-scale', { force: true });
  assert.deepEqual(await redrawn(page, shared), own);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the differences of pinned maps and those below stand between them, on the scale of both', { timeout }, async () => {
  const pin = { picture: 'horse-0000', index: 3 };
  const { page, context, troubles } = await browser.open(
    '/www/#network=all-cnn-c&picture=horse-0000&class=7&scale=shared&pin=all-cnn-c,horse-0000,3',
  );
  await explained(page);
  await page.waitForFunction(() => document.querySelector('#difference-guided')?.getAttribute('data-blank') === 'false');
  // Figure 2 is drawn again once the pinned maps are there.
  const until = Date.now() + 60_000;
  for (;;) {
    const found = await drawnOnOneScale(page, { picture: 'horse-0000', index: 7, pin });
    if (found.apart.length === 0 && found.count === 9) break;
    assert.ok(Date.now() < until, `drawn otherwise: ${found.apart}`);
  }
  assert.equal(await page.isVisible('#differences'), true);
  assert.match(
    (await page.getAttribute('#difference-guided', 'aria-label')) ?? '',
    /^Difference of the maps by guided backpropagation: those below less the pinned ones$/,
  );
  await page.setViewportSize({ width: 320, height: 700 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  // Of the same maps there is nothing to see.
  await page.click('#pin');
  await page.waitForFunction(() => document.querySelector('#pinned-likeness')?.textContent?.startsWith('The maps below are the same'));
  assert.equal(await page.isVisible('#differences'), false);
  assert.deepEqual(troubles, []);
  await context.close();
});
