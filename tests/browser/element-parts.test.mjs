// <relume-view>: which parts it has, what a reader can choose in it, what cannot be changed when it is locked, and what it tells.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('../../pkg/element/relume-view.js').RelumeView} RelumeView */
/** @typedef {import('../../pkg/element/change-report.js').ChangedDetail} ChangedDetail */

const PAGE = '/tests/browser/pages/bare.html';
const FROG = '/www/pictures/cifar10/frog-0000.jpg';
const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Opens a page that writes down every `relume-changed` that reaches the window. */
async function open() {
  const opened = await browser.open(PAGE);
  await opened.page.waitForFunction(() => 'bare' in globalThis);
  await opened.page.evaluate(async () => {
    /** @type {ChangedDetail[]} */
    const log = [];
    addEventListener('relume-changed', (event) => log.push(structuredClone(/** @type {CustomEvent} */ (event).detail)));
    Object.assign(globalThis, { log });
    await import(/** @type {any} */ ('/pkg/view.js'));
  });
  return opened;
}

/** Adds an element and waits until it is explained or has failed. @param {Page} page @param {Record<string, string>} attributes */
async function add(page, attributes) {
  return page.evaluate(async ([model, src, all]) => {
    const view = document.createElement('relume-view');
    for (const [name, value] of Object.entries({ model, src, loading: 'eager', ...all })) view.setAttribute(name, value);
    const settled = new Promise((resolve) => {
      view.addEventListener('relume-explained', () => resolve('explained'), { once: true });
      view.addEventListener('relume-error', (event) => resolve(/** @type {CustomEvent} */ (event).detail.code), { once: true });
    });
    document.body.replaceChildren(view);
    return settled;
  }, /** @type {const} */ ([ALL_CNN_C, FROG, attributes]));
}

/** What the element shows: names of its parts that take up room. @param {Page} page @returns {Promise<string[]>} */
function visible(page) {
  return page.evaluate(() => {
    const root = /** @type {ShadowRoot} */ (document.querySelector('relume-view')?.shadowRoot);
    const parts = ['picture', 'map', 'scale', 'caption', 'predictions', 'classes', 'status', 'error'];
    return parts.filter((part) => [...root.querySelectorAll(`[part~="${part}"]`)].some((each) => each.getBoundingClientRect().height > 0));
  });
}

/** @param {Page} page @returns {Promise<ChangedDetail[]>} what was told since this was asked last */
function told(page) {
  return page.evaluate(() => /** @type {any} */ (globalThis).log.splice(0));
}

test('parts: what is named is shown, and nothing else', { timeout }, async () => {
  const { page, context, troubles } = await open();
  for (const [parts, shown] of /** @type {[string, string[]][]} */ ([
    ['', ['picture', 'map', 'caption']],
    ['maps', ['map']],
    ['picture', ['picture']],
    ['predictions picture', ['picture', 'predictions']],
    ['scale, maps', ['map', 'scale']],
    ['picture,maps,scale,caption,predictions,classes', ['picture', 'map', 'scale', 'caption', 'predictions', 'classes', 'status']],
  ])) {
    assert.equal(await add(page, { parts }), 'explained', parts);
    assert.deepEqual(await visible(page), shown, parts);
  }
  // Without maps nothing is explained.
  await add(page, { parts: 'predictions' });
  const found = await page.evaluate(() => {
    const view = /** @type {RelumeView} */ (document.querySelector('relume-view'));
    return { maps: Object.keys(view.maps), buttons: view.shadowRoot?.querySelectorAll('button').length, top: view.top.length };
  });
  assert.deepEqual(found, { maps: [], buttons: 0, top: 5 });
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the scale says what the shades mean', { timeout }, async () => {
  const { page, context, troubles } = await open();
  for (const [look, words, bar] of /** @type {[Record<string, string>, string, string][]} */ ([
    [{}, 'negative positive', 'grey'],
    [{ fold: 'sum', colors: 'diverging' }, 'negative positive', 'diverging'],
    [{ fold: 'sum', colors: 'diverging', sign: 'positive' }, 'zero or negative positive', 'from-zero'],
    [{ fold: 'max', colors: 'heat', sign: 'magnitude' }, 'zero strong, of either sign', 'heat'],
  ])) {
    await add(page, { parts: 'maps scale', ...look });
    const found = await page.evaluate(() => {
      const scale = document.querySelector('relume-view')?.shadowRoot?.querySelector('[part=scale]');
      return [scale?.textContent?.replace(/\s+/g, ' ').trim(), scale?.querySelector('.bar')?.getAttribute('data-colors')];
    });
    assert.deepEqual(found, [words, bar]);
  }
  await add(page, { parts: 'maps scale', over: '' });
  assert.deepEqual(await visible(page), ['map'], 'over a picture the bar would mislead');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('words that name nothing are refused, and look like an error in place of the figure', { timeout }, async () => {
  const { page, context } = await open();
  for (const [attributes, words] of /** @type {[Record<string, string>, RegExp][]} */ ([
    [{ parts: 'magic' }, /parts="magic": choose one of picture, maps, scale, caption, predictions, classes\.$/],
    [
      { parts: 'picture classes' },
      /parts="picture classes" has “classes” without “maps”\. The classes are there to choose .*: add “maps”\.$/,
    ],
    [{ parts: 'scale' }, /The scale is that of the maps: add “maps”\.$/],
    [{ lang: 'klingon!' }, /lang="klingon!" is not a language\. Write en for English or ko for Korean; /],
    [{ clip: 'much' }, /clip="much" is a share/],
  ])) {
    assert.equal(await add(page, attributes), 'invalid-option', JSON.stringify(attributes));
    assert.deepEqual(await visible(page), ['status', 'error'], JSON.stringify(attributes));
    const said = page.locator('relume-view [role=status]');
    assert.match(await said.innerText(), words);
    const [ground, frames] = await Promise.all([
      said.evaluate((line) => getComputedStyle(line).backgroundColor),
      page.locator('relume-view .frame:visible').count(),
    ]);
    assert.notEqual(ground, 'rgba(0, 0, 0, 0)', 'a ground of its own, as no caption has');
    assert.equal(frames, 0, 'no empty frames');
  }
  // Put right, the figure is there again.
  await page.evaluate(() => document.querySelector('relume-view')?.removeAttribute('clip'));
  await page.waitForFunction(() => document.querySelector('relume-view')?.shadowRoot?.querySelector('[part~=map]:not([hidden])'));
  assert.deepEqual(await visible(page), ['picture', 'map', 'caption']);
  // What went wrong later takes the place of a figure that was there, and gives it back.
  await page.evaluate(() => document.querySelector('relume-view')?.setAttribute('fold', 'origami'));
  await page.locator('relume-view [part~=error]').waitFor();
  assert.deepEqual(await visible(page), ['status', 'error']);
  await page.evaluate(() => document.querySelector('relume-view')?.setAttribute('fold', 'sum'));
  await page.locator('relume-view [part~=error]').waitFor({ state: 'detached' });
  assert.deepEqual(await visible(page), ['picture', 'map', 'caption']);
  assert.equal(await add(page, { target: 'nowhere:1' }), 'invalid-target');
  const said = await page.locator('relume-view [role=status]').innerText();
  assert.ok(said.includes('“nowhere”') && !said.includes('`'), said);
  await context.close();
});

test('a reader chooses a class, by mouse and keyboard; every change is told with who made it', { timeout }, async () => {
  const { page, context, troubles } = await open();
  await add(page, { parts: 'picture maps caption predictions classes', alt: 'A frog' });
  const [first, ...more] = await told(page);
  assert.deepEqual(more, []);
  assert.deepEqual(first?.changed, ['network', 'picture', 'target', 'methods', 'drawing', 'parts', 'locked']);
  assert.equal(first?.by, 'author');
  const { explained, predictions, ...state } = first?.state ?? /** @type {never} */ ({});
  assert.deepEqual(state, {
    network: { name: 'all-cnn-c', title: 'All-CNN-C', address: browser.origin + ALL_CNN_C },
    picture: { address: browser.origin + FROG, alt: 'A frog' },
    target: 'top',
    methods: ['guided'],
    drawing: { fold: 'rgb', sign: 'both', clip: 0.02, colors: 'grey', scale: 'own', over: false },
    parts: ['picture', 'maps', 'caption', 'predictions', 'classes'],
    locked: false,
  });
  assert.equal(explained?.label, 'frog');
  assert.deepEqual(
    [predictions.length, predictions[0]?.label, Object.keys(predictions[0] ?? {})],
    [5, 'frog', ['index', 'label', 'probability']],
  );

  const height = () => page.evaluate(() => document.querySelector('relume-view')?.getBoundingClientRect().height);
  const before = await height();
  const second = page.locator('relume-view .predictions button').nth(1);
  const name = await second.locator('span').first().innerText();
  await second.focus();
  await page.keyboard.press('Enter');
  assert.equal(await height(), before, 'nothing moves while it is computed');
  await page.locator('relume-view figcaption', { hasText: `Explained: “${name}”` }).waitFor();
  assert.equal(await height(), before);
  const [chosen] = await told(page);
  assert.deepEqual([chosen?.changed, chosen?.by, chosen?.state.explained?.label], [['target'], 'reader', name]);
  const kept = await page.evaluate(() => {
    const root = document.querySelector('relume-view')?.shadowRoot;
    return [root?.activeElement?.getAttribute('aria-pressed'), root?.activeElement?.textContent];
  });
  assert.equal(kept[0], 'true', 'the focus stays on what was pressed');

  // The search: a name, an arrow, Enter; Escape closes it.
  const search = page.locator('relume-view input[role=combobox]');
  await search.click();
  assert.equal(await page.locator('relume-view [role=option]').count(), 10);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('relume-view [role=listbox]').isVisible(), false);
  await page.keyboard.type('unicorn');
  assert.match(await page.locator('relume-view .class-message').innerText(), /No class is called “unicorn”/);
  await search.fill('tru');
  assert.equal(
    await page
      .locator('relume-view [role=option][aria-selected=true]')
      .innerText()
      .then((words) => /^truck/.test(words)),
    true,
  );
  await page.keyboard.press('Enter');
  await page.locator('relume-view figcaption', { hasText: 'Explained: “truck”' }).waitFor();
  const [searched] = await told(page);
  assert.deepEqual([searched?.changed, searched?.by, searched?.state.target], [['target'], 'reader', 'class:9']);

  // The author's changes, those of the drawing alone too; what changes nothing is not told.
  await page.evaluate(() => Object.assign(/** @type {RelumeView} */ (document.querySelector('relume-view')), { fold: 'sum', clip: 0.02 }));
  await page.waitForFunction(() => /** @type {any} */ (globalThis).log.length > 0);
  const drawn = await told(page);
  assert.deepEqual(
    drawn.map(({ changed, by, state: { drawing } }) => [changed, by, drawing.fold]),
    [[['drawing'], 'author', 'sum']],
  );
  await page.evaluate(() => document.querySelector('relume-view')?.setAttribute('sign', 'both'));
  await page.waitForTimeout(500);
  assert.deepEqual(await told(page), []);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('no picture is told, and no network, even where an address holds one', { timeout }, async () => {
  const { page, context, troubles } = await open();
  const bytes = await readFile(ROOT + FROG.slice(1), 'base64');
  assert.equal(await add(page, { src: `data:image/jpeg;base64,${bytes}` }), 'explained');
  const [detail] = await told(page);
  assert.equal(detail?.state.picture.address, '');
  assert.ok(!JSON.stringify(detail).includes(bytes.slice(100, 140)));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('locked: nothing can be chosen, all can be read; the author still may', { timeout }, async () => {
  const { page, context, troubles } = await open();
  await add(page, { parts: 'picture maps caption predictions classes', locked: '', target: 'deer' });
  await told(page);
  const found = await page.evaluate(() => {
    const root = /** @type {ShadowRoot} */ (document.querySelector('relume-view')?.shadowRoot);
    return {
      controls: root.querySelectorAll('button, input, select, [tabindex], [role=option]').length,
      rows: root.querySelectorAll('.predictions li').length,
      current: root.querySelector('[aria-current=true] span')?.textContent,
    };
  });
  assert.deepEqual(found, { controls: 0, rows: 5, current: 'deer' });
  // The keyboard finds nothing to stop at, and no press changes anything.
  for (const key of ['Tab', 'Enter', 'ArrowDown', 'Space']) await page.keyboard.press(key);
  for (const row of await page.locator('relume-view .predictions li').all()) await row.click();
  assert.equal(await page.getAttribute('relume-view', 'target'), 'deer');
  assert.deepEqual(await told(page), []);
  await page.evaluate(() => Object.assign(/** @type {RelumeView} */ (document.querySelector('relume-view')), { locked: false }));
  await page.locator('relume-view .predictions button').first().waitFor();
  const [opened] = await told(page);
  assert.deepEqual([opened?.changed, opened?.by], [['locked'], 'author']);
  // Locked again while the search is open: the search goes.
  await page.locator('relume-view input').click();
  await page.evaluate(() => document.querySelector('relume-view')?.setAttribute('locked', ''));
  await page.locator('relume-view input').waitFor({ state: 'detached' });
  assert.deepEqual(troubles, []);
  await context.close();
});

test('axe finds nothing in an element with all its parts, open and locked; 320 pixels are wide enough', { timeout }, async () => {
  const axe = await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const { page, context, troubles } = await browser.open(
      '/www/embed.html#picture=frog-0000&parts=picture,maps,scale,caption,predictions,classes',
      { colorScheme },
    );
    await page.locator('relume-view .predictions button').first().waitFor();
    await page.locator('relume-view input').click();
    for (const state of ['open', 'locked']) {
      if (state === 'locked') await page.evaluate(() => document.querySelector('relume-view')?.setAttribute('locked', ''));
      await page.setViewportSize({ width: 320, height: 900 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), state);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => {
        document.documentElement.style.background = 'Canvas';
        const rules = { 'page-has-heading-one': { enabled: false }, 'target-size': { enabled: true } };
        return /** @type {any} */ (globalThis).axe.run({ rules });
      });
      assert.deepEqual(
        violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0]?.failureSummary}`),
        [],
        `${colorScheme} ${state}`,
      );
    }
    assert.deepEqual(troubles, []);
    await context.close();
  }
});
