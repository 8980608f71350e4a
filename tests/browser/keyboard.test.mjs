// Everything the page can do, by keyboard alone: the focus is always visible and never lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { keepSaved, savedFiles } from './support/downloads.mjs';
import { WITH_ALL_CNN_C, explained, predictions, troubled } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 300_000;
const MOST_STOPS = 180;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/**
 * The focused element by id or name, and whether something visible is outlined for it.
 * @param {Page} page
 */
function focus(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return undefined;
    // A hidden input has its outline on another element.
    const shown = [element, element.nextElementSibling, element.closest('label')].filter(
      (part) => part && getComputedStyle(part).opacity !== '0',
    );
    const outlined = shown.some((part) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(/** @type {Element} */ (part));
      return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
    });
    const group = element.closest('#gallery, #samples, #predictions, #layers, #channels, #patches')?.id;
    const name =
      group ??
      (element instanceof HTMLInputElement && element.type === 'radio' && !element.id
        ? element.name
        : element.id || element.getAttribute('href') || element.tagName.toLowerCase());
    return { name, outlined };
  });
}

/** @param {Page} page @param {string} what just happened */
async function place(page, what) {
  const here = await focus(page);
  assert.ok(here, `${what}: the keyboard is nowhere`);
  assert.ok(here.outlined, `${what}: nothing shows that the keyboard is at ${here.name}`);
  return here.name;
}

/** Presses Tab until it is there. @param {Page} page @param {string} name @param {string} [key] */
async function tabTo(page, name, key = 'Tab') {
  const passed = [];
  for (let i = 0; i < MOST_STOPS; i++) {
    await page.keyboard.press(key);
    const at = await place(page, `${key} after ${passed.at(-1)}`);
    if (at === name) return;
    passed.push(at);
  }
  assert.fail(`${key} does not reach ${name}; it goes ${passed.join(' ')}`);
}

/** Goes to a part by the links at the top. @param {Page} page @param {string} part */
async function jump(page, part) {
  await tabTo(page, `#${part}`);
  await page.keyboard.press('Enter');
}

/** @param {Page} page @param {string} id @param {RegExp} says */
const says = (page, id, says) =>
  page.waitForFunction(
    ([at = '', pattern = '']) => new RegExp(pattern).test(document.getElementById(at)?.textContent ?? ''),
    [id, says.source],
    { timeout: 60_000 },
  );

/** @param {Page} page @param {string} selector @param {string} name */
const attribute = (page, selector, name) => page.getAttribute(selector, name);

test('figure 1: the skip link, the numbers and both buttons', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  await page.keyboard.press('Tab');
  assert.equal(await place(page, 'the first Tab'), '#the-rule');
  await page.keyboard.press('Enter');
  await tabTo(page, 'f-0-0');
  // The focused cell looks different from those at the same position in the other grids.
  const [own, other] = await page.evaluate(() =>
    ['f-0-0', 'r-0-0'].map((id) => getComputedStyle(/** @type {Element} */ (document.getElementById(id))).outlineColor),
  );
  assert.notEqual(own, other);
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.inputValue('#f-0-0'), '0');
  await page.keyboard.type('7');
  await page.waitForFunction(() => document.querySelector('#backprop-0-0')?.textContent === '−2');
  await says(page, 'rule-live', /^backprop −2, passes: f = 7/);
  await tabTo(page, 'guided-0-0');
  await page.keyboard.press('ArrowRight');
  assert.equal(await place(page, 'an arrow key'), 'guided-0-1');
  await tabTo(page, 'rule-random');
  await page.keyboard.press('Enter');
  assert.equal(await place(page, 'random numbers'), 'rule-random');
  await tabTo(page, 'rule-reset');
  await page.keyboard.press('Space');
  assert.equal(await page.inputValue('#f-0-0'), '1');
  assert.equal(await place(page, 'the paper’s numbers'), 'rule-reset');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('figure 2: network, picture, cross-hair, class, look, engine and files', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  // With a listener all the time, the browser never opens a dialog of its own.
  page.on('filechooser', () => {});
  await explained(page);
  await jump(page, 'the-picture');
  await tabTo(page, 'network');
  await page.keyboard.press('ArrowDown');
  await says(page, 'engine-summary', /Model C/);
  await explained(page);
  assert.equal(await place(page, 'another network'), 'network');
  await page.keyboard.press('ArrowUp');
  await says(page, 'engine-summary', /All-CNN-C/);
  await explained(page);

  await tabTo(page, 'model-file');
  const opening = page.waitForEvent('filechooser');
  await page.keyboard.press('Space');
  await opening;

  await tabTo(page, 'file');
  const choosing = page.waitForEvent('filechooser');
  await page.keyboard.press('Space');
  await choosing;

  await tabTo(page, 'gallery');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await explained(page, 'An automobile');
  assert.equal(await place(page, 'another picture'), 'gallery');

  await tabTo(page, 'map-guided');
  await page.keyboard.press('ArrowRight');
  assert.equal(await attribute(page, '#pictures', 'data-crosshair'), 'on');
  await page.keyboard.press('Escape');
  assert.equal(await attribute(page, '#pictures', 'data-crosshair'), null);

  const [, second] = await predictions(page);
  await tabTo(page, 'predictions');
  await tabTo(page, 'predictions');
  await page.keyboard.press('Enter');
  await explained(page);
  assert.equal(await attribute(page, `#predictions [data-class="${second}"]`, 'aria-pressed'), 'true');
  assert.equal(await place(page, 'another class'), 'predictions');

  for (const [name, value] of /** @type {const} */ ([
    ['fold', 'max'],
    ['sign', 'positive'],
    ['colors', 'diverging'],
  ])) {
    await tabTo(page, name);
    await page.keyboard.press('ArrowRight');
    assert.ok(await page.isChecked(`#display [value="${value}"][name="${name}"]`), name);
  }
  await tabTo(page, 'clip');
  await page.keyboard.press('Home');
  assert.equal(await attribute(page, '#clip', 'aria-valuetext'), 'none');
  await tabTo(page, 'over');
  await page.keyboard.press('Space');
  assert.ok(await page.isChecked('#over'));
  await tabTo(page, 'display-reset');
  await page.keyboard.press('Enter');
  assert.ok(await page.isChecked('#display [value="rgb"]'));
  assert.equal(await attribute(page, '#clip', 'aria-valuetext'), '2 %');
  assert.equal(await place(page, 'the usual look'), 'display-reset');

  await tabTo(page, 'summary');
  await page.keyboard.press('Enter');
  await tabTo(page, 'backend');
  await page.keyboard.press('ArrowRight');
  await says(page, 'engine-summary', /NdArray, All-CNN-C/);
  await explained(page);
  assert.equal(await place(page, 'another engine'), 'backend');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the search among a thousand classes', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  await jump(page, 'the-picture');
  await tabTo(page, 'class-search');
  await page.keyboard.press('ArrowDown');
  assert.equal(await attribute(page, '#class-search', 'aria-expanded'), 'true');
  await page.keyboard.press('Escape');
  assert.equal(await attribute(page, '#class-search', 'aria-expanded'), 'false');
  await page.keyboard.type('teapot');
  await page.keyboard.press('Enter');
  await says(page, 'target-line', /teapot/);
  await explained(page);
  assert.equal(await place(page, 'a class by its name'), 'class-search');
  // The class has a row of its own below the likeliest, until another class is chosen.
  await tabTo(page, 'predictions', 'Shift+Tab');
  await tabTo(page, 'predictions', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await explained(page);
  assert.equal(await place(page, 'another class'), 'predictions');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('figures 3, 4 and 5: layer, channel, position, patch, class', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  const settled = () => page.waitForSelector('#unit-figure[data-state="ready"] #unit-pictures[aria-busy="false"]', { timeout: 60_000 });
  await explained(page);
  // Its list of classes is filled once its networks have loaded.
  await page.locator('#pooling-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#pooling-figure[data-state="ready"]', { timeout: 60_000 });
  await jump(page, 'the-unit');
  await settled();
  await tabTo(page, 'layers');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await says(page, 'unit-line', /^relu1, /);
  assert.equal(await place(page, 'another layer'), 'layers');

  await tabTo(page, 'channels');
  await page.keyboard.press('ArrowRight');
  const channel = /channel (\d+)/.exec(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''))?.[1];
  await page.keyboard.press('Enter');
  await says(page, 'unit-line', new RegExp(`^relu1, channel ${channel},`));
  assert.equal(await place(page, 'another channel'), 'channels');
  await tabTo(page, 'more-channels');
  await page.keyboard.press('Enter');
  assert.equal(await place(page, 'all of 96 channels'), 'channels');
  assert.equal(await page.isVisible('#more-channels'), false);

  await tabTo(page, 'activation');
  const before = await page.innerText('#unit-line');
  await page.keyboard.press(before.includes('column 0') ? 'ArrowRight' : 'ArrowLeft');
  await page.waitForFunction((words) => document.querySelector('#unit-line')?.textContent !== words, before);
  assert.equal(await place(page, 'another position'), 'activation');
  await tabTo(page, 'unit-close');
  await page.keyboard.press('Space');
  assert.equal(await attribute(page, '#unit-pictures', 'data-close'), 'true');

  await tabTo(page, 'patch-layer');
  await page.keyboard.press('ArrowRight');
  await says(page, 'patch-line', /of conv2,/);
  assert.equal(await place(page, 'another layer of patches'), 'patch-layer');
  await tabTo(page, 'patches');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await says(page, 'unit-line', /^conv2, channel 1,/);
  assert.equal(await place(page, 'a patch'), 'unit-figure');
  await page.keyboard.press('Tab');
  assert.equal(await place(page, 'Tab in figure 3'), 'layers');

  await tabTo(page, 'pooling-class');
  await page.waitForSelector('#pooling-figure[data-state="ready"][aria-busy="false"]', { timeout: 60_000 });
  const explaining = await page.inputValue('#pooling-class');
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await page.inputValue('#pooling-class'), explaining);
  await page.waitForSelector('#pooling-figure[data-state="ready"][aria-busy="false"]', { timeout: 60_000 });
  assert.equal(await place(page, 'another class of both'), 'pooling-class');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the export panel: a unit or the maps, each file, each thing to copy', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: keepSaved });
  await explained(page);
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#unit-figure[data-state="ready"]', { timeout: 60_000 });
  await jump(page, 'take');
  await tabTo(page, 'export-class');
  await page.keyboard.press('ArrowRight');
  assert.ok(await page.isChecked('#export-unit'));
  await tabTo(page, 'export-link');
  await tabTo(page, 'export-copy');
  await page.keyboard.press('Enter');
  await says(page, 'export-line', /^The link is /);
  for (const [id, count] of /** @type {const} */ ([
    ['export-row', 1],
    ['export-maps', 3],
    ['export-numbers', 3],
    ['export-file', 1],
  ])) {
    await tabTo(page, id);
    const files = await savedFiles(page, () => page.keyboard.press('Enter'), count);
    for (const name of files.keys()) assert.match(name, /^horse-0000-all-cnn-c-relu7-\d+/);
    assert.equal(await place(page, 'a file'), id);
  }
  for (const [id, words] of /** @type {const} */ ([
    ['export-tag', /<relume-view/],
    ['export-frame', /<iframe/],
  ])) {
    await tabTo(page, id);
    await page.keyboard.press('Space');
    await says(page, 'export-code', words);
    assert.equal(await place(page, 'something to copy'), id);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('all of the page from its first stop to its last and back, and no stop without an outline', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  for (const figure of ['scheme', 'signal-figure', 'unit-figure', 'patch-figure', 'pooling-figure']) {
    await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
    await page.waitForSelector(`#${figure}[data-state="ready"]`, { timeout: 60_000 });
  }
  const last = await page.getAttribute('.foot a:last-of-type', 'href');
  const there = [];
  for (let at = ''; at !== last || there.length < 60; there.push(at)) {
    assert.ok(there.length < MOST_STOPS, `Tab does not come to the end; it goes ${there.join(' ')}`);
    await page.keyboard.press('Tab');
    at = await place(page, `Tab after ${there.at(-1)}`);
  }
  const parts = [
    'layers',
    'channels',
    'more-channels',
    'activation',
    'unit-close',
    'patch-layer',
    'patches',
    'pooling-class',
    'export-class',
    'export-link',
    'export-frame',
  ];
  assert.deepEqual(
    there.filter((name) => parts.includes(name)),
    parts,
  );
  for (const name of there.slice(0, -1).reverse()) {
    await page.keyboard.press('Shift+Tab');
    assert.equal(await place(page, 'on the way back'), name);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a second try at what went wrong leaves the keyboard where it was said', { timeout }, async () => {
  let broken = true;
  const { page, context } = await browser.open('/www/', {
    before: (made) =>
      made.route('**/models/squeezenet-1.1.safetensors', (route) => (broken ? route.fulfill({ status: 404 }) : route.continue())),
  });
  await troubled(page);
  await jump(page, 'the-picture');
  await tabTo(page, 'retry');
  broken = false;
  await page.keyboard.press('Enter');
  await explained(page);
  assert.equal(await place(page, 'a second try'), 'status');
  await context.close();
});
