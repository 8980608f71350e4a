// The first screen: the photograph and its maps, as in figure 2; the guided one can be wiped across.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { lacks } from './support/engine.mjs';
import { WITH_ALL_CNN_C, choose, explained, troubled } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 180_000;
const TILES = ['view', 'backprop', 'deconvnet', 'guided'];
const SCREENS = [
  { width: 1280, height: 900 },
  { width: 1280, height: 680 },
  { width: 390, height: 844 },
];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** What has to be seen at once. */
const AT_ONCE = ['#opening-wipe', '.opening h1', '.opening .lead', '#opening figcaption'];

/** Where these are. @param {Page} page */
function boxes(page) {
  return page.evaluate(
    (selectors) =>
      selectors.map((selector) => {
        const { left, top, right, bottom } = /** @type {Element} */ (document.querySelector(selector)).getBoundingClientRect();
        return { left, top, right, bottom };
      }),
    AT_ONCE,
  );
}

/** Waits until the opening shows the same as figure 2, and returns its four pictures. @param {Page} page @returns {Promise<string[]>} */
async function mirrored(page) {
  const pictures = await page.waitForFunction((names) => {
    const shot = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (document.getElementById(id)).toDataURL();
    const own = names.map((name) => shot(`opening-${name}`));
    const same = names.every((name, i) => own[i] === shot(name === 'view' ? 'view' : `map-${name}`));
    return same && own;
  }, TILES);
  return /** @type {Promise<string[]>} */ (pictures.jsonValue());
}

for (const { width, height } of SCREENS)
  test(
    `${width} × ${height}: picture, map and prediction in the first screen, in their places from the beginning`,
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
      // The photograph and a map of it are shown before the network has loaded.
      await page.waitForFunction(() =>
        ['opening-photograph', 'opening-prepared'].every((id) => {
          const image = /** @type {HTMLImageElement} */ (document.getElementById(id));
          return image.complete && image.naturalWidth > 0 && image.checkVisibility();
        }),
      );
      const first = await boxes(page);
      hold();
      await explained(page);
      await page.waitForSelector('#opening[data-state="ready"]');
      const then = await boxes(page);
      assert.deepEqual(then, first, 'nothing has moved');
      for (const [i, { left, top, right, bottom }] of then.entries())
        assert.ok(left >= 0 && top >= 0 && right <= width && bottom <= height, `${AT_ONCE[i]}: ${left} ${top} ${right} ${bottom}`);
      assert.equal(await page.evaluate(() => scrollY), 0);
      assert.match(await page.innerText('#opening-line'), /^The network says “Egyptian cat”, 43 %\. Computed just now, in this browser/);
      const labels = await page
        .locator('.opening-tile b')
        .evaluateAll((all) => all.map((each) => [each.textContent, getComputedStyle(each).color]));
      assert.deepEqual(
        labels.map(([words]) => words),
        ['backprop', 'deconvnet'],
      );
      assert.equal(new Set(labels.map(([, colour]) => colour)).size, 2, 'each rule in its colour');
      assert.equal(new Set(await mirrored(page)).size, 4);
      assert.equal(await page.isVisible('#opening-photograph'), false, 'in its place is what the network sees');
      assert.equal(await page.isVisible('#opening-prepared'), false, 'in its place is the map that was computed');
      assert.deepEqual(troubles, []);
      await context.close();
    },
  );

test('the map wipes across the picture, by pointer and by keyboard', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  const { x, y, width, height } = /** @type {{ x: number, y: number, width: number, height: number }} */ (
    await page.locator('#opening-wipe').boundingBox()
  );
  /** From where on the map is seen, as a share of the width. */
  const begins = () =>
    page.evaluate(() => {
      const line = /** @type {Element} */ (document.querySelector('.wipe-line')).getBoundingClientRect();
      const wipe = /** @type {Element} */ (document.querySelector('#opening-wipe')).getBoundingClientRect();
      return ((line.left + line.right) / 2 - wipe.left) / wipe.width;
    });
  assert.ok(Math.abs((await begins()) - 0.5) < 0.01);
  // The line goes to where the pointer is, and follows it.
  for (const share of [0.2, 0.75]) {
    await page.mouse.move(x + share * width, y + height / 2);
    await page.mouse.down();
    await page.mouse.up();
    assert.ok(Math.abs((await begins()) - share) < 0.02, `${await begins()} instead of ${share}`);
  }
  await page.mouse.move(x + 0.75 * width, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + 0.3 * width, y + height / 2, { steps: 5 });
  await page.mouse.up();
  assert.ok(Math.abs((await begins()) - 0.3) < 0.02, `${await begins()} instead of 0.3`);
  // A key moves the line to where its arrow points.
  await page.focus('#opening-wipe-at');
  const before = await begins();
  await page.keyboard.press('ArrowLeft');
  assert.ok((await begins()) < before);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.ok((await begins()) > before);
  assert.match((await page.getAttribute('#opening-wipe-at', 'aria-valuetext')) ?? '', /^\d+ %$/);
  // Left of the line one sees the picture, right of it the map.
  await page.keyboard.press('End');
  assert.ok((await begins()) < 0.01, 'all map');
  await page.keyboard.press('Home');
  assert.ok((await begins()) > 0.99, 'all picture');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the map that is shown first is the one that the engine computes', { timeout }, async () => {
  const { page, context } = await browser.open('/www/');
  await explained(page);
  await mirrored(page);
  const apart = await page.evaluate(async () => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#opening-guided'));
    const image = /** @type {HTMLImageElement} */ (document.querySelector('#opening-prepared'));
    await image.decode();
    const [own, given] = [canvas, image].map((source) => {
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(227, 227).getContext('2d'));
      context.drawImage(source, 0, 0, 227, 227);
      return context.getImageData(0, 0, 227, 227).data;
    });
    let sum = 0;
    own?.forEach((value, i) => (sum += Math.abs(value - /** @type {number} */ (given?.[i]))));
    return sum / (227 * 227 * 4);
  });
  assert.ok(apart < 6, `${apart} levels apart on average`);
  await context.close();
});

test('it follows figure 2: another look, class, picture, network; and its words are said once', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  assert.match(await page.innerText('.opening .lead'), /says “cat”\./);
  await explained(page);
  assert.equal(await page.innerText('#opening-answer'), '“cat”', 'of whatever breed');
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
  assert.match(await page.innerText('#opening-line'), /^The network says “horse”/);
  assert.match((await page.getAttribute('#opening-guided', 'aria-label')) ?? '', /the pixels behind “horse”$/);
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

test('an address of another picture shows no cat first, and speaks of none', { timeout }, async () => {
  for (const [path, answer] of /** @type {const} */ ([
    [`${WITH_ALL_CNN_C}&picture=horse-0000`, 'horse'],
    ['/www/#picture=coffee', 'espresso'],
  ])) {
    const { page, context, troubles } = await browser.open(path);
    assert.equal(await page.isVisible('#opening-photograph'), false, path);
    assert.match(await page.innerText('.opening .lead'), /^A network looks at a photograph and says (what it sees|“\w+”)\./);
    await explained(page);
    await mirrored(page);
    assert.equal(await page.innerText('#opening-answer'), `“${answer}”`);
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
