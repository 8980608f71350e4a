// embed.html by its address: its parts, single figures of the page, locked, its language, words that name nothing; and what it
// tells the page around it, which is of another origin here.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from './support/browser.mjs';
import { ROOT } from './support/fixtures.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 120_000;
const EMBED = '/www/embed.html';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
/** The author's server: another port is another origin. @type {Awaited<ReturnType<typeof serve>>} */
let author;
before(async () => {
  [browser, author] = await Promise.all([openBrowser(), serve()]);
});
after(async () => {
  await browser?.close();
  await author?.close();
});

/** Opens a study's page with a frame of `embed.html` in it. @param {string} words after `embed.html` */
async function study(words) {
  const opened = await browser.open(`${EMBED}?nothing`);
  await opened.page.goto(`${author.origin}/tests/browser/pages/study.html`);
  await opened.page.waitForFunction(() => 'begin' in globalThis);
  await opened.page.evaluate((address) => /** @type {any} */ (globalThis).begin(address), browser.origin + EMBED + words);
  return { ...opened, frame: opened.page.frameLocator('iframe') };
}

/** Waits for a message of the frame that fits. @param {Page} page @param {Record<string, unknown>} wanted @returns {Promise<any>} */
async function message(page, wanted) {
  const found = await page.waitForFunction(
    (all) => {
      const { log } = /** @type {{ log: any[] }} */ (/** @type {unknown} */ (globalThis));
      return log.find((each) => Object.entries(all).every(([key, value]) => each[key] === value));
    },
    wanted,
    { timeout: 60_000 },
  );
  return found.jsonValue();
}

/** @param {string[]} troubles other than that the author's page is of another origin */
function others(troubles) {
  return troubles.filter((trouble) => !trouble.startsWith(`another origin: ${author.origin}`));
}

test('parts, after the # or the ?: what is named is shown', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`${EMBED}?parts=predictions&network=all-cnn-c#parts=maps,scale&methods=guided`);
  await page.locator('relume-view [part~=map]:not([hidden])').waitFor();
  await page.locator('relume-view [part=scale]').waitFor();
  assert.equal(await page.getAttribute('relume-view', 'model'), './models/all-cnn-c.safetensors');
  assert.equal(
    await page.locator('relume-view [part~=picture], relume-view [part=predictions]').count(),
    0,
    'what stands after the # counts',
  );
  assert.equal(await page.locator('#open').isVisible(), false);
  assert.equal(await page.locator('#address-note').isVisible(), false);
  // An address that is changed changes the figure.
  await page.evaluate(() => {
    location.hash = '#parts=picture,link&locked=1';
  });
  await page.locator('relume-view[locked] [part=picture]:not([hidden])').waitFor();
  assert.equal(await page.locator('#open').isVisible(), true, 'named, it is shown although locked');
  assert.equal(await page.getAttribute('#open', 'href'), './#network=all-cnn-c', 'the page knows neither parts nor locked');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('figure 1: the rule, with numbers to change, told to the page around it', { timeout }, async () => {
  const { page, context, troubles, frame } = await study('?parts=rule');
  await frame.locator('#rule-figure[data-checked=same]').waitFor({ timeout: 60_000 });
  assert.equal(await frame.locator('#scheme, relume-view').count(), 0);
  const first = await message(page, { figure: 'rule' });
  assert.deepEqual(first, {
    source: 'relume',
    version: 1,
    type: 'relume-changed',
    figure: 'rule',
    detail: { changed: ['numbers', 'locked'], by: 'author', state: { numbers: null, locked: false } },
  });
  await page.evaluate(() => /** @type {any} */ (globalThis).log.splice(0));
  await frame.locator('#f-0-1').fill('7');
  // 7 > 0 lets the 3 from above pass, by guided too: the rule as in the paper's Figure 1.
  await frame.locator('#guided-0-1', { hasText: '3' }).waitFor();
  const { detail } = await message(page, { figure: 'rule' });
  assert.deepEqual([detail.changed, detail.by, detail.state.numbers.f[1]], [['numbers'], 'reader', 7]);
  // A reference leads to the page, beside the frame.
  await frame
    .locator('a.cite')
    .first()
    .click({ modifiers: ['Alt'], noWaitAfter: true, trial: true });
  const opening = context.waitForEvent('page');
  await frame.locator('a.cite').first().click();
  const opened = await opening;
  await opened.waitForURL(/index\.html#ref-springenberg$/);
  assert.deepEqual(others(troubles), []);
  await context.close();
});

test('figure 1 locked: its numbers are read, not changed, by no key', { timeout }, async () => {
  const { page, context, troubles, frame } = await study('#parts=rule&locked&f=7,-1,5,2,-5,-7,-3,2,4&r=-2,3,-1,6,-3,1,2,-1,3');
  await frame.locator('#rule-figure[data-checked=same]').waitFor({ timeout: 60_000 });
  const { detail } = await message(page, { figure: 'rule' });
  assert.deepEqual([detail.state.locked, detail.state.numbers.f[0]], [true, 7]);
  await page.evaluate(() => /** @type {any} */ (globalThis).log.splice(0));
  const cell = frame.locator('#f-0-0');
  await cell.focus();
  for (const key of ['ArrowUp', 'ArrowDown', '5', 'Backspace', 'Delete']) await page.keyboard.press(key);
  assert.equal(await cell.inputValue(), '7');
  assert.equal(await frame.locator('button:not(.term), input:not([readonly])').count(), 0);
  // It is still read: the reasons follow the focus.
  assert.match(await frame.locator('#why-forward').innerText(), /^7 /);
  assert.match(await frame.locator('figcaption').innerText(), /The numbers cannot be changed here/);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).log), []);
  assert.deepEqual(others(troubles), []);
  await context.close();
});

test('the whole of figure 1, and the signal on its way, computed by the network of the address', { timeout }, async () => {
  const { page, context, troubles, frame } = await study('#parts=scheme,rule,signal&picture=horse-0000&class=deer');
  // Each is computed once it is near what is to be seen.
  await frame.locator('#scheme[data-state=ready]').waitFor({ timeout: 60_000 });
  await frame.locator('#signal-figure').scrollIntoViewIfNeeded();
  await frame.locator('#signal-figure[data-state=ready]').waitFor({ timeout: 90_000 });
  assert.equal(await frame.locator('#signal-rows tr').count(), 10, 'nine ReLUs of All-CNN-C, and the pixels');
  assert.match(await frame.locator('#embed-line').innerText(), /^All-CNN-C says “horse”, \d+ %\. Explained: “deer”\.$/);
  const { detail } = await message(page, { figure: 'signal' });
  assert.deepEqual(detail, {
    changed: ['network', 'picture', 'class', 'locked'],
    by: 'author',
    state: {
      network: 'all-cnn-c',
      picture: `${browser.origin}/www/pictures/cifar10/horse-0000.jpg`,
      class: 4,
      locked: false,
      layersPassed: 10,
    },
  });
  await page.evaluate(() => /** @type {any} */ (globalThis).log.splice(0));
  await frame.locator('#signal-step').focus();
  await page.keyboard.press('Home');
  const moved = await message(page, { figure: 'signal' });
  assert.deepEqual([moved.detail.changed, moved.detail.by, moved.detail.state.layersPassed], [['layersPassed'], 'reader', 0]);
  assert.deepEqual(others(troubles), []);
  await context.close();
});

test('what the picture and its maps show is told, and errors with their code; nothing is obeyed', { timeout }, async () => {
  const { page, context, troubles, frame } = await study('#picture=frog-0000&parts=picture,maps,predictions&methods=guided');
  const first = await message(page, { type: 'relume-changed', figure: 'view' });
  assert.equal(first.detail.state.explained.label, 'frog');
  await page.evaluate(() => {
    /** @type {any} */ (globalThis).log.splice(0);
    const { contentWindow } = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
    // Whatever the page around sends, in whatever shape.
    for (const data of [{ target: 'deer' }, { source: 'relume', type: 'relume-changed', detail: { state: { target: 'deer' } } }, 'deer'])
      contentWindow?.postMessage(data, '*');
  });
  await frame.locator('relume-view .predictions button').nth(1).click();
  const chosen = await message(page, { type: 'relume-changed' });
  assert.deepEqual([chosen.detail.changed, chosen.detail.by], [['target'], 'reader']);
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).log.length), 1, 'the messages sent to it changed nothing');
  await page.evaluate(() => {
    const shown = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
    shown.src = shown.src.replace('#', '#class=unicorn&');
  });
  const failed = await message(page, { type: 'relume-error' });
  assert.deepEqual([failed.figure, failed.detail.code], ['view', 'invalid-target']);
  assert.match(failed.detail.message, /unicorn/);
  assert.deepEqual(others(troubles), []);
  await context.close();
});

test('how high the content is, is told whenever it changes, so that the page can give the frame that height', { timeout }, async () => {
  const { page, context, troubles, frame } = await study('#network=all-cnn-c&picture=frog-0000&parts=picture,maps,caption,predictions');
  await message(page, { type: 'relume-changed', figure: 'view' });
  /** Waits until the newest height told is that of the content, and gives it to the frame. */
  const fitted = async () => {
    for (;;) {
      const height = await page.evaluate(() => {
        const { log } = /** @type {{ log: any[] }} */ (/** @type {unknown} */ (globalThis));
        const told = log.findLast(({ type }) => type === 'relume-resized');
        const element = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
        if (told) element.height = told.detail.height;
        return told?.figure === 'frame' ? Number(told.detail.height) : 0;
      });
      const needed = await frame.locator('html').evaluate(() => {
        // As high as the window, if that is higher.
        const { bottom } = /** @type {Element} */ (document.querySelector('main')).getBoundingClientRect();
        return Math.ceil(bottom + scrollY + parseFloat(getComputedStyle(document.body).paddingBottom));
      });
      const scrolls = await frame.locator('html').evaluate((root) => root.scrollHeight > innerHeight);
      if (height === needed && !scrolls) return height;
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  };
  const wide = await fitted();
  await page.evaluate(() => document.querySelector('iframe')?.setAttribute('width', '360'));
  await page.waitForFunction((before) => {
    const { log } = /** @type {{ log: any[] }} */ (/** @type {unknown} */ (globalThis));
    return log.findLast(({ type }) => type === 'relume-resized')?.detail.height !== before;
  }, wide);
  assert.ok((await fitted()) > wide, 'narrower, so higher');
  assert.deepEqual(others(troubles), []);
  await context.close();
});

test('the language of the document; words that name nothing are said', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`${EMBED}#network=all-cnn-c&lang=ko&parts=maps&methods=guided`);
  await page.locator('relume-view [part~=map]:not([hidden])').waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'ko');
  const note = page.locator('#address-note');
  assert.equal(await note.isVisible(), false);
  for (const [hash, words] of /** @type {[string, RegExp][]} */ ([
    ['#lang=fr', /lang=fr \(English instead; write en for English or ko for Korean\)/],
    ['#lang=!!', /lang=!! \(English instead; write en for English or ko for Korean\)/],
    ['#lang=', /: lang \(English instead/],
    ['#parts=picture,scale,classes&network=all-cnn-c', /\(scale, classes: only together with maps\)/],
    ['#parts=magic', /parts=magic \(magic: choose from picture, maps, scale, caption, predictions, classes, scheme, rule, signal, link\)/],
    ['#network=vgg', /network=vgg \(SqueezeNet 1\.1 instead\)/],
    ['#picture=unicorn&network=all-cnn-c', /picture=unicorn \(“horse-0000” instead\)/],
    ['#locked=yes', /locked=yes \(ignored; use 1 or 0\)/],
    ['#colour=red&fold=origami', /colour=red \(ignored\); fold=origami \(rgb instead\)/],
    ['#unit=relu6', /unit=relu6 \(a unit is LAYER:CHANNEL/],
    ['#f=1,2&r=3', /f=1,2 \(the paper’s numbers instead/],
  ])) {
    await page.evaluate((to) => {
      location.hash = to;
    }, hash);
    await page.waitForFunction(() => !(/** @type {HTMLElement} */ (document.querySelector('#address-note')).hidden));
    await page.waitForFunction(
      (pattern) => new RegExp(pattern).test(document.querySelector('#address-note')?.textContent ?? ''),
      words.source,
    );
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
  }
  // Nor is it a mistake to name a language more closely.
  await page.evaluate(() => {
    location.hash = '#network=all-cnn-c&lang=ko-KR';
  });
  await page.waitForSelector('html[lang=ko]');
  await note.waitFor({ state: 'hidden' });
  await page.evaluate(() => {
    location.hash = '#network=all-cnn-c&lang=en';
  });
  await page.waitForSelector('html[lang=en]');
  // A page's own words that a frame has no use for are no mistake.
  await page.evaluate(() => {
    location.hash = '#network=all-cnn-c&close=1&patches=conv1&compare=3&backend=flex';
  });
  await note.waitFor({ state: 'hidden' });
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the signal alone speaks of no other figure', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`${EMBED}#parts=signal&network=all-cnn-c`);
  await page.waitForSelector('#signal-figure[data-state=ready]', { timeout: 60_000 });
  assert.doesNotMatch(await page.innerText('body'), /figure\s\d/i);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('in Korean, the classes of CIFAR-10 have the names that they have on the page, and are found by them', { timeout }, async () => {
  const { classes } = JSON.parse(await readFile(`${ROOT}www/languages/ko.json`, 'utf8'));
  const { page, context, troubles } = await browser.open(
    `${EMBED}#network=all-cnn-c&picture=frog-0000&lang=ko&methods=guided&parts=maps,caption,predictions,classes`,
  );
  await page.locator('relume-view figcaption', { hasText: '‘개구리’' }).waitFor();
  assert.equal(await page.locator('relume-view .predictions span').first().innerText(), '개구리');
  const search = page.locator('relume-view input[role=combobox]');
  await search.click();
  const names = await page.locator('relume-view [role=option] span').allInnerTexts();
  assert.deepEqual(names.sort(), Object.values(classes).sort());
  for (const typed of ['트럭', 'truck']) {
    await search.fill(typed);
    assert.equal(await page.locator('relume-view [role=option][aria-selected=true] span').innerText(), '트럭');
  }
  await search.press('Enter');
  await page.locator('relume-view figcaption', { hasText: '설명한 클래스: ‘트럭’.' }).waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a figure that cannot be computed says so, and tells it', { timeout }, async () => {
  const { page, context, frame } = await study('#parts=signal&network=all-cnn-c&class=unicorn');
  await frame.locator('#embed-line[data-kind=error]').waitFor({ timeout: 60_000 });
  assert.match(
    await frame.locator('#embed-line').innerText(),
    /^This figure could not be computed\. No class of this network is called “unicorn”/,
  );
  const { figure, detail } = await message(page, { type: 'relume-error' });
  assert.deepEqual([figure, detail.code], ['signal', 'invalid-target']);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  test(`${colorScheme}: axe finds nothing in the single figures, free and locked; 320 pixels are wide enough`, { timeout }, async () => {
    const axe = await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');
    for (const locked of ['0', '1']) {
      const { page, context, troubles } = await browser.open(`${EMBED}#parts=scheme,rule,signal&network=all-cnn-c&locked=${locked}`, {
        colorScheme,
      });
      await page.locator('#signal-figure').scrollIntoViewIfNeeded();
      await page.waitForSelector('#signal-figure[data-state=ready]', { timeout: 60_000 });
      await page.waitForSelector('#rule-figure[data-checked=same]');
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 900 });
        assert.ok(await page.evaluate((most) => document.documentElement.scrollWidth <= most, width), `${width}`);
      }
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => {
        document.documentElement.style.background = 'Canvas';
        // Headings of a figure within another page.
        const rules = { 'page-has-heading-one': { enabled: false }, 'heading-order': { enabled: false } };
        return /** @type {any} */ (globalThis).axe.run({ rules: { ...rules, 'target-size': { enabled: true } } });
      });
      assert.deepEqual(
        violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0]?.target} ${nodes[0]?.failureSummary}`),
        [],
      );
      assert.deepEqual(troubles, []);
      await context.close();
    }
  });
