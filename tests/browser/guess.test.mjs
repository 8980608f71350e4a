// A guess before the maps: nothing of them is to be seen before, then the shares inside the marks, counted here a second time.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { lacks } from './support/engine.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { choose, explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** A place on the picture, in shares of its width and height. @typedef {[x: number, y: number]} Place */

const timeout = 120_000;
const HORSE = '/www/#network=all-cnn-c&picture=horse-0000&guess=1';
/** Of the network's input, in pixels. */
const SIDE = 32;
/** The large brush reaches an eighth of the picture's side. */
const LARGE = SIDE / 8;
/** @type {Place[]} */
const PATH = [
  [0.31, 0.36],
  [0.62, 0.41],
  [0.57, 0.77],
];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/**
 * Draws along a line with the mouse, which knows only whole pixels of the window.
 * @param {Page} page @param {Place[]} path
 * @returns {Promise<Place[]>} the line that was drawn
 */
async function draw(page, path) {
  const surface = page.locator('#guess-surface');
  await surface.scrollIntoViewIfNeeded();
  const box = await surface.boundingBox();
  assert.ok(box);
  const places = path.map(([x, y]) => /** @type {const} */ ([Math.round(box.x + x * box.width), Math.round(box.y + y * box.height)]));
  const [first, ...rest] = places;
  assert.ok(first);
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const place of rest) await page.mouse.move(...place);
  await page.mouse.up();
  return places.map(([x, y]) => [(x - box.x) / box.width, (y - box.y) / box.height]);
}

/** The pixels whose centre a brush of this radius touches on its way, found by many discs along it. @param {Place[]} path @param {number} radius in pixels */
function pixelsAlong(path, radius) {
  const inside = new Set();
  for (let leg = 0; leg < Math.max(1, path.length - 1); leg++) {
    const [from, to] = /** @type {[Place, Place]} */ ([path[leg], path[leg + 1] ?? path[leg]]);
    for (let step = 0; step <= 2000; step++) {
      const [x, y] = from.map((value, i) => SIDE * (value + (((to[i] ?? NaN) - value) * step) / 2000));
      for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
        const [column, row] = [pixel % SIDE, Math.floor(pixel / SIDE)];
        if (Math.hypot(column + 0.5 - (x ?? NaN), row + 0.5 - (y ?? NaN)) <= radius) inside.add(pixel);
      }
    }
  }
  return inside;
}

/** What the page says, by name. @param {Page} page @returns {Promise<Record<string, number>>} */
function shares(page) {
  return page
    .locator('#guess-shares [data-share]')
    .evaluateAll((cells) =>
      Object.fromEntries(
        cells.map((cell) => [cell.id.replace('guess-share-', ''), Number(cell instanceof HTMLElement && cell.dataset['share'])]),
      ),
    );
}

/** @param {Page} page */
const areaMarked = async (page) => {
  const said = await page.innerText('#guess-marked');
  return said.startsWith('Nothing') ? 0 : Number(/^(?:< )?(\d+(?:\.\d+)?)\s%/.exec(said)?.[1]);
};

test('before the guess no map is to be seen; after it each has the share that is counted here', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(HORSE);
  await explained(page);
  const hidden = ['#map-backprop', '#map-deconvnet', '#map-guided', '#opening-guided', '#opening-backprop', '#opening-deconvnet'];
  for (const map of hidden) assert.equal(await page.isVisible(map), false, map);
  const described = ['#display-caption', '#display-scale', '.opening-scale'];
  for (const words of described) assert.equal(await page.isVisible(words), false, words);
  assert.equal(await page.isVisible('#view'), true);
  assert.match(await page.innerText('#guess-question'), /^What did the network look at for its score of “horse”\?/);
  await page.check('input[name=guess-brush][value=large]', { force: true });
  const drawn = await draw(page, PATH);
  await page.click('#guess-show');
  for (const shown of [...hidden, ...described]) assert.equal(await page.isVisible(shown), true, shown);
  const said = await shares(page);
  const line = await page.innerText('#guess-line');
  assert.deepEqual(troubles, []);
  await context.close();

  const inside = pixelsAlong(drawn, LARGE);
  assert.ok(inside.size > 100 && inside.size < 500, `${inside.size} pixels`);
  assert.equal(said['area'], inside.size / SIDE ** 2);
  const bare = await openBare(browser);
  const maps = await bare.page.evaluate(async (path) => {
    const relume = await globalThis.bare.Relume.start();
    const model = await relume.load(path);
    const trace = await model.forward(await globalThis.bare.file('/www/pictures/cifar10/horse-0000.jpg'));
    const methods = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
    return Promise.all(methods.map(async (method) => ({ method, data: [...(await trace.explain({ method, target: 'top' })).data] })));
  }, ALL_CNN_C);
  await bare.context.close();
  for (const { method, data } of maps) {
    assert.equal(data.length, 3 * SIDE ** 2);
    const sum = (/** @type {number[]} */ values) => values.reduce((all, value) => all + Math.abs(value), 0);
    const expected = sum(data.filter((_, i) => inside.has(i % SIDE ** 2))) / sum(data);
    assert.ok(Math.abs((said[method] ?? NaN) - expected) < 1e-6, `${method}: ${said[method]}, here ${expected}`);
  }
  // The sentence rounds the same numbers.
  assert.match(line, /of the guided map for “horse”\.$/);
  const [area, guided] = [...line.matchAll(/(\d+)\s%/g)].map(([, digits]) => Number(digits));
  assert.deepEqual(
    [area, guided],
    [said['area'], said['guided']].map((share) => Math.round(100 * (share ?? NaN))),
    line,
  );
});

test('marks stay with their picture, for another class and network; another picture begins a new guess', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(HORSE);
  await explained(page);
  await draw(page, PATH);
  await page.click('#guess-show');
  const first = await shares(page);
  await page.click('#predictions [data-class="4"]');
  await explained(page);
  const otherClass = await shares(page);
  assert.equal(otherClass['area'], first['area']);
  assert.notEqual(otherClass['guided'], first['guided']);
  await choose(page, 'model-c');
  const otherNetwork = await shares(page);
  assert.equal(otherNetwork['area'], first['area']);
  assert.notEqual(otherNetwork['guided'], otherClass['guided']);
  // A network with a larger input: the same part of the picture, in finer pixels.
  await page.evaluate(() => {
    location.hash = '#network=squeezenet-1.1&picture=horse-0000&guess=1';
  });
  await page.waitForFunction(() => /** @type {HTMLCanvasElement} */ (document.querySelector('#view')).width === 227, undefined, {
    timeout,
  });
  await explained(page);
  assert.ok(Math.abs(((await shares(page))['area'] ?? NaN) - (first['area'] ?? NaN)) < 0.01);
  assert.equal(await page.isVisible('#map-guided'), true);

  await page.click('#sample-frog-0000');
  await explained(page, 'A frog');
  assert.equal(await page.isVisible('#map-guided'), false);
  assert.equal(await areaMarked(page), 0);
  await page.setInputFiles('#file', `${ROOT}www/pictures/chelsea.png`);
  await explained(page, 'chelsea.png');
  await draw(page, PATH);
  assert.ok((await areaMarked(page)) > 5);
  await page.click('#guess-show');
  assert.equal(await page.isVisible('#map-guided'), true);
  await page.click('#guess-show');
  assert.equal(await page.innerText('#guess-show'), 'Show the maps');
  assert.equal(await page.isVisible('#map-guided'), false);
  assert.equal(await areaMarked(page), 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('how alike the hidden maps are to those of the likeliest class is not said before the guess', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=airplane-0001&class=7&guess=1');
  await explained(page);
  await page.waitForFunction(() => document.querySelector('#likeness')?.textContent !== '');
  assert.equal(await page.isVisible('#likeness'), false);
  await page.click('#guess-show');
  assert.equal(await page.isVisible('#likeness'), true);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the switch is off by default, and its word is in the address', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000');
  await explained(page);
  assert.equal(await page.isChecked('#guess-on'), false);
  assert.equal(await page.isVisible('#guess'), false);
  assert.equal(await page.isVisible('#guess-surface'), false);
  await page.check('#guess-on');
  assert.equal(await page.isVisible('#map-guided'), false);
  await page.waitForURL('**/#network=all-cnn-c&guess=1');
  // Without marks there is nothing to compare.
  await page.click('#guess-show');
  assert.match(await page.innerText('#guess-line'), /^You marked nothing/);
  await page.uncheck('#guess-on');
  assert.equal(await page.isVisible('#map-guided'), true);
  await page.waitForFunction(() => !location.hash.includes('guess'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('by keyboard alone, and what is said', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(HORSE);
  await explained(page);
  const heard = (/** @type {RegExp} */ words) =>
    page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector('#guess-live')?.textContent ?? ''), words.source);
  await page.focus('#guess-on');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'guess-surface', 'not a map, whose values would be said');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowUp');
  await heard(/^48\s% from the left, 39\s% from the top\.$/);
  assert.equal(await areaMarked(page), 0, 'moving marks nothing');
  await page.keyboard.press('Space');
  const spot = await areaMarked(page);
  // The medium brush reaches a sixteenth of the side, two pixels, from the middle of a pixel: 13 of 1024.
  assert.ok(Math.abs(spot - (100 * 13) / 1024) < 0.06, `${spot}`);
  await heard(/^Marked\. 1\.3\s% of the picture’s area is marked\.$/);
  await page.keyboard.down('Space');
  for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.up('Space');
  const drawn = await areaMarked(page);
  // Each step to the right adds a column of five.
  assert.ok(Math.abs(drawn - (100 * (13 + 8 * 5)) / 1024) < 0.06, `${drawn}`);
  await page.keyboard.press('ArrowRight');
  assert.equal(await areaMarked(page), drawn, 'with the bar up nothing is marked');
  for (const key of ['Tab', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
  assert.equal(await page.inputValue('input[name=guess-brush]:checked'), 'eraser');
  await page.focus('#guess-surface');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Space');
  await heard(/^Erased\./);
  assert.ok((await areaMarked(page)) < drawn);
  await page.focus('#guess-show');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'guess-show');
  assert.match(await page.innerText('#guess-line'), /^Your marks cover .* of the guided map for “horse”\.$/);
  await page.keyboard.press('Enter');
  await heard(/^The maps are hidden/);
  await page.focus('#guess-surface');
  await page.keyboard.press('Space');
  await page.focus('#guess-clear');
  await page.keyboard.press('Enter');
  await heard(/^Nothing is marked\.$/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test(
  'by touch, on a phone: a tap marks, and a finger on the picture does not scroll the page',
  { skip: lacks('touch'), timeout },
  async () => {
    const { page, context, troubles } = await browser.open(HORSE, { viewport: { width: 390, height: 844 }, hasTouch: true });
    await explained(page);
    const surface = page.locator('#guess-surface');
    await surface.scrollIntoViewIfNeeded();
    const box = await surface.boundingBox();
    assert.ok(box && box.width > 340, 'as wide as the phone');
    await page.touchscreen.tap(box.x + box.width / 3, box.y + box.height / 3);
    await page.waitForFunction(() => !document.querySelector('#guess-marked')?.textContent?.startsWith('Nothing'));
    assert.equal(await surface.evaluate((element) => getComputedStyle(element).touchAction), 'none');
    assert.deepEqual(troubles, []);
    await context.close();
  },
);
