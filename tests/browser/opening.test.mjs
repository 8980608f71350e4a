// The first screen: the photograph and its three maps, as in figure 2.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { lacks } from './support/engine.mjs';
import { WITH_ALL_CNN_C, choose, explained, troubled } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 180_000;
const TILES = ['view', 'backprop', 'deconvnet', 'guided'];
const SCREENS = [
  { width: 1280, height: 900, rows: 1 },
  { width: 1280, height: 720, rows: 1 },
  { width: 390, height: 844, rows: 2 },
];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Where the tiles are, with their labels. @param {Page} page */
function boxes(page) {
  return page.locator('.opening-tile').evaluateAll((tiles) =>
    tiles.map((tile) => {
      const { left, top, right, bottom } = tile.getBoundingClientRect();
      return { left, top, right, bottom };
    }),
  );
}

/** Waits until the opening shows the same as figure 2, and returns its four pictures. @param {Page} page @returns {Promise<string[]>} */
async function mirrored(page) {
  const pictures = await page.waitForFunction(
    (names) => {
      const shot = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (document.getElementById(id)).toDataURL();
      const own = names.map((name) => shot(`opening-${name}`));
      const same = names.every((name, i) => own[i] === shot(name === 'view' ? 'view' : `map-${name}`));
      return same && own;
    },
    TILES,
    { timeout: 30_000 },
  );
  return /** @type {Promise<string[]>} */ (pictures.jsonValue());
}

for (const { width, height, rows } of SCREENS)
  test(
    `${width} × ${height}: four tiles and the prediction in the first screen, in their places from the beginning`,
    { timeout },
    async () => {
      let hold = () => {};
      const held = new Promise((go) => {
        hold = () => go(undefined);
      });
      const { page, context, troubles } = await browser.open('/www/', {
        viewport: { width, height },
        before: (made) =>
          made.route('**/models/**', async (route) => {
            await held;
            await route.continue();
          }),
      });
      // The photograph is shown before the network has loaded.
      await page.waitForFunction(() => {
        const image = /** @type {HTMLImageElement} */ (document.querySelector('#opening-photograph'));
        return image.complete && image.naturalWidth > 0;
      });
      const first = await boxes(page);
      hold();
      await explained(page);
      await page.waitForSelector('#opening[data-state="ready"]');
      const then = await boxes(page);
      assert.deepEqual(then, first, 'nothing has moved');
      assert.equal(new Set(then.map(({ top }) => top)).size, rows);
      for (const { left, top, right, bottom } of then)
        assert.ok(left >= 0 && top >= 0 && right <= width && bottom <= height, `${left} ${top} ${right} ${bottom}`);
      const caption = await page.locator('#opening figcaption').boundingBox();
      assert.ok(caption && caption.y + caption.height <= height, `the answer ends at ${caption && caption.y + caption.height}`);
      assert.equal(await page.evaluate(() => scrollY), 0);
      assert.match(await page.innerText('#opening-line'), /^The network says “Egyptian cat”, 43 %\. Computed just now, in this browser/);
      const labels = await page
        .locator('.opening-tile b')
        .evaluateAll((all) => all.map((each) => [each.textContent, getComputedStyle(each).color]));
      assert.deepEqual(
        labels.map(([words]) => words),
        ['The picture', 'backprop', 'deconvnet', 'guided'],
      );
      assert.equal(new Set(labels.map(([, colour]) => colour)).size, 4, 'each rule in its colour');
      assert.equal(new Set(await mirrored(page)).size, 4);
      assert.equal(await page.isVisible('#opening-photograph'), false, 'in its place is what the network sees');
      assert.deepEqual(troubles, []);
      await context.close();
    },
  );

test('it follows figure 2: another look, class, picture, network; and its words are said once', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  const seen = [await mirrored(page)];
  for (const change of [
    () => page.check('input[name=fold][value=sum]', { force: true }),
    () => page.click('#predictions button >> nth=1'),
    () => page.click('#sample-coffee'),
    () => choose(page, 'all-cnn-c'),
  ]) {
    const before = seen.at(-1)?.at(-1);
    await change();
    await explained(page);
    await page.waitForFunction(
      (old) => /** @type {HTMLCanvasElement} */ (document.getElementById('opening-guided')).toDataURL() !== old,
      before,
    );
    seen.push(await mirrored(page));
  }
  assert.match(await page.innerText('#opening-line'), /^The network says “cat”/);
  assert.match((await page.getAttribute('#opening-guided', 'aria-label')) ?? '', /the pixels behind “cat”$/);
  assert.equal(
    await page.locator('#opening-guided').evaluate((canvas) => getComputedStyle(canvas).imageRendering),
    'pixelated',
    'so that its pixels are seen',
  );
  assert.equal(await page.locator('#opening :is([role=status], [aria-live])').count(), 0, 'what is new is said by figure 2');
  await page.click('#opening-more');
  await page.waitForFunction(
    () => Math.abs(document.querySelector('#picture-figure')?.getBoundingClientRect().top ?? Infinity) < innerHeight / 2,
  );
  assert.deepEqual(troubles, []);
  await context.close();
});

test('an address of another picture shows no cat first', { timeout }, async () => {
  for (const path of [WITH_ALL_CNN_C, '/www/#picture=coffee']) {
    const { page, context, troubles } = await browser.open(path);
    assert.equal(await page.isVisible('#opening-photograph'), false, path);
    await explained(page);
    await mirrored(page);
    assert.deepEqual(troubles, []);
    await context.close();
  }
});

test('a photograph that cannot be fetched leaves no promise in the first screen', { timeout }, async () => {
  const { page, context } = await browser.open('/www/', {
    before: (made) => made.route('**/pictures/chelsea.png', (asked) => asked.fulfill({ status: 404 })),
  });
  await page.waitForFunction(() => /no picture yet/.test(document.querySelector('#opening-line')?.textContent ?? ''));
  assert.match(await page.innerText('#credit'), /could not be fetched/);
  await page.click('#sample-coffee');
  await explained(page);
  await mirrored(page);
  assert.match(await page.innerText('#opening-line'), /^The network says “espresso”/);
  await context.close();
});

for (const { what, route } of [
  { what: 'the network', route: '**/models/**' },
  { what: 'the engine', route: '**/pkg/wasm/**' },
]) {
  test(`without ${what} it says so in a line, and figure 2 says why`, { timeout }, async () => {
    let broken = true;
    const { page, context } = await browser.open('/www/', {
      before: (made) => made.route(route, (asked) => (broken ? asked.fulfill({ status: 404 }) : asked.continue())),
    });
    await troubled(page);
    assert.match(await page.innerText('#opening-line'), /^The maps could not be computed\. Figure 2 says why\.$/);
    assert.equal(await page.isVisible('#opening-more'), false);
    await page.click('#opening-line a');
    await page.waitForFunction(() => {
      const { top = NaN, bottom = NaN } = document.querySelector('#status')?.getBoundingClientRect() ?? {};
      return top >= 0 && bottom <= innerHeight;
    });
    if (what === 'the network') {
      broken = false;
      await page.click('#retry');
      await explained(page);
      await page.waitForSelector('#opening[data-state="ready"]');
      await mirrored(page);
    }
    await context.close();
  });
}

for (const { width, height } of SCREENS)
  test(`${width} × ${height}: nothing moves in the first screen while it arrives`, { skip: lacks('layout-shift'), timeout }, async () => {
    const { page, context, troubles } = await browser.open('/www/', {
      viewport: { width, height },
      before: (made) =>
        made.addInitScript(() => {
          Object.assign(globalThis, { shift: 0 });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) /** @type {any} */ (globalThis).shift += /** @type {any} */ (entry).value;
          }).observe({ type: 'layout-shift', buffered: true });
        }),
    });
    await explained(page);
    await page.waitForSelector('#opening[data-state="ready"]');
    await page.waitForTimeout(200);
    const shift = await page.evaluate(() => /** @type {any} */ (globalThis).shift);
    assert.ok(shift < 0.01, `layout shift of ${shift}`);
    assert.deepEqual(troubles, []);
    await context.close();
  });
