// What axe can find, the colours it cannot judge, the narrowest screen, and what is said aloud.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openBrowser } from './support/browser.mjs';
import { keepSaved, savedFiles } from './support/downloads.mjs';
import { ROOT, withoutEfficientNet } from './support/fixtures.mjs';
import { WITH_ALL_CNN_C, WITH_EFFICIENTNET, explained, troubled } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** What a screen reader is given to say. @typedef {{ region: string, words: string, at: number }} Said */

const timeout = 300_000;
const SCHEMES = /** @type {const} */ (['light', 'dark']);
const FIGURES = ['unit-figure', 'patch-figure', 'pooling-figure'];
const AXE = await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Waits until every figure is computed. @param {Page} page */
async function computed(page) {
  await explained(page);
  for (const figure of FIGURES) {
    await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
    await page.waitForSelector(`#${figure}[data-state="ready"]`, { timeout: 120_000 });
  }
}

/** Fails with what axe finds, at two widths. @param {Page} page @param {string} where @param {Record<string, { enabled: boolean }>} [rules] */
async function finds(page, where, rules = {}) {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(AXE);
    /** @type {string[]} */
    const found = await page.evaluate(
      async (which) => {
        // A page without a background has the browser's, which axe takes for white.
        const root = document.documentElement;
        if (getComputedStyle(root).backgroundColor === 'rgba(0, 0, 0, 0)') root.style.background = 'Canvas';
        // In the dark only the colours are others: the rest was checked in the light.
        const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
        const ofColours = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };
        const { violations } = await /** @type {any} */ (globalThis).axe.run(isDark ? ofColours : { rules: which });
        return violations.flatMap((/** @type {any} */ { id, impact, nodes }) =>
          nodes.map((/** @type {any} */ { target, failureSummary }) => `${impact} ${id}: ${target.flat().join(' ')}: ${failureSummary}`),
        );
      },
      { 'target-size': { enabled: true }, ...rules },
    );
    assert.deepEqual(found, [], `${where}, ${width} px`);
  }
}

for (const colorScheme of SCHEMES)
  test(`${colorScheme}: axe finds nothing on the page, with all of it computed and open`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { colorScheme });
    await computed(page);
    await page.click('#engine summary');
    await page.click('#more-channels');
    await page.click('#export-tag');
    await page.waitForSelector('#export-code:not(:empty)');
    await finds(page, 'all computed');
    await page.fill('#f-0-0', 'x');
    await page.focus('#view');
    await page.keyboard.press('ArrowRight');
    await finds(page, 'a wrong number, a cross-hair');
    assert.deepEqual(troubles, []);
    await context.close();
  });

for (const colorScheme of SCHEMES)
  test(`${colorScheme}: axe finds nothing with a thousand classes and their search open`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open('/www/', { colorScheme });
    await computed(page);
    await page.click('#class-search');
    await page.keyboard.type('cat');
    await page.waitForSelector('#class-options:not([hidden]) [aria-selected="true"]');
    await finds(page, 'the search');
    assert.deepEqual(troubles, []);
    await context.close();
  });

for (const colorScheme of SCHEMES)
  test(
    `${colorScheme}: axe finds nothing before a guess and after it, nor with a pin and the strip of small maps`,
    { timeout },
    async () => {
      const { page, context, troubles } = await browser.open(`${WITH_ALL_CNN_C}&guess=1&pin=all-cnn-c,horse-0000,7`, { colorScheme });
      await explained(page);
      await page.focus('#guess-surface');
      await page.keyboard.press('Space');
      await finds(page, 'a guess');
      await staysWithin(page, 320, 'a guess');
      await page.click('#guess-show');
      await page.waitForFunction(() => document.querySelector('#pinned-likeness')?.textContent !== '', undefined, { timeout: 60_000 });
      await page.locator('#predictions').evaluate((list) => list.scrollIntoView({ behavior: 'instant' }));
      await page.waitForSelector('#maps-strip');
      await finds(page, 'its shares, a pin and the strip');
      await staysWithin(page, 320, 'its shares, a pin and the strip');
      assert.deepEqual(troubles, []);
      await context.close();
    },
  );

for (const colorScheme of SCHEMES)
  test(`${colorScheme}: axe finds nothing when the network is missing`, { timeout }, async () => {
    const { page, context } = await browser.open('/www/', {
      colorScheme,
      before: (made) => made.route('**/models/**', (route) => route.fulfill({ status: 404 })),
    });
    await troubled(page);
    await finds(page, 'an error');
    await context.close();
  });

for (const colorScheme of SCHEMES)
  test(`${colorScheme}: axe finds nothing in embed.html and in a saved file; neither scrolls sideways`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open('/www/embed.html', { colorScheme, before: keepSaved });
    await page.waitForFunction(() => Object.keys(/** @type {any} */ (document.querySelector('relume-view'))?.maps ?? {}).length === 3);
    // A figure within another page should not have a first-level heading.
    await finds(page, 'embed.html', { 'page-has-heading-one': { enabled: false } });
    await staysWithin(page, 320, 'embed.html');
    await page.goto(`${browser.origin}/www/`);
    await explained(page);
    const [file = ''] = (await savedFiles(page, () => page.click('#export-file'), 1)).values();
    const path = join(await mkdtemp(join(tmpdir(), 'relume-saved-')), 'saved.html');
    await writeFile(path, file);
    assert.deepEqual(troubles, []);
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector('#status[data-ready]', { timeout: 60_000 });
    await finds(page, 'a saved file');
    await staysWithin(page, 320, 'a saved file');
    await context.close();
  });

/** Pairs that axe leaves out: single digits, hatched cells, rows with a bar drawn below the text. */
const PAIRS = [
  ...['ground', 'raised', 'sunken', 'accent-wash'].flatMap((ground) => [
    ['ink', ground],
    ['ink-soft', ground],
  ]),
  ...['backprop', 'deconvnet', 'guided'].flatMap((rule) => [
    [rule, 'ground'],
    [rule, `${rule}-wash`],
  ]),
  ['danger', 'danger-wash'],
  ['danger', 'ground'],
  ['accent', 'ground'],
  ['accent', 'accent-wash'],
];

for (const colorScheme of SCHEMES)
  test(`${colorScheme}: text stands out by 4.5 to 1, rings and borders of controls by 3 to 1`, { timeout }, async () => {
    const { page, context } = await browser.open('/www/', { colorScheme });
    const colours = await page.evaluate(
      (names) => {
        const context = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d'));
        return Object.fromEntries(
          names.map((name) => {
            context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
            return [name, context.fillStyle];
          }),
        );
      },
      [...new Set(PAIRS.flat()), 'line-strong'],
    );
    const contrast = (/** @type {string[]} */ [over = '', under = '']) => {
      // https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
      const [light = 0, dark = 0] = [over, under]
        .map((name) =>
          [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => {
            const part = parseInt((colours[name] ?? '').slice(1 + 2 * i, 3 + 2 * i), 16) / 255;
            return sum + share * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
          }, 0),
        )
        .sort((a, b) => b - a);
      return (light + 0.05) / (dark + 0.05);
    };
    const weak = [...PAIRS.map((pair) => ({ pair, least: 4.5 })), { pair: ['line-strong', 'ground'], least: 3 }]
      .filter(({ pair, least }) => contrast(pair) < least)
      .map(({ pair }) => `${pair.join(' on ')}: ${contrast(pair).toFixed(2)}`);
    assert.deepEqual(weak, []);
    await context.close();
  });

/** @param {Page} page @param {number} width @param {string} where */
async function staysWithin(page, width, where) {
  await page.setViewportSize({ width, height: 844 });
  const wide = await page.evaluate(() => document.scrollingElement?.scrollWidth);
  assert.ok(wide !== undefined && wide <= width, `${where}: ${wide} px wide on a screen of ${width}`);
}

for (const { name, path, skip } of [
  { name: 'squeezenet-1.1', path: '/www/', skip: /** @type {string | false} */ (false) },
  { name: 'all-cnn-c', path: `${WITH_ALL_CNN_C}&unit=relu3:0`, skip: false },
  { name: 'efficientnet-lite0', path: WITH_EFFICIENTNET, skip: withoutEfficientNet() },
])
  test(
    `${name}: 320 pixels are wide enough for every part, and so are 640, a wide screen enlarged to 200 %`,
    { timeout, skip },
    async () => {
      const { page, context, troubles } = await browser.open(path, { viewport: { width: 320, height: 844 } });
      await computed(page);
      await page.click('#engine summary');
      await page.click('#export-frame');
      await page.waitForSelector('#export-code:not(:empty)');
      await page.focus('#view');
      await page.keyboard.press('ArrowRight');
      await staysWithin(page, 320, name);
      await staysWithin(page, 640, name);
      const astray = await page.evaluate(() =>
        [...document.querySelectorAll('#display input, #export-panel button, #engine input')]
          .filter((control) => {
            const [inner, outer] = [control, control.closest('#display, #export-panel, #engine')].map((each) =>
              each?.getBoundingClientRect(),
            );
            return (
              inner &&
              outer &&
              (inner.top < outer.top || inner.bottom > outer.bottom || inner.left < outer.left || inner.right > outer.right)
            );
          })
          .map(({ id }) => id),
      );
      assert.deepEqual(astray, [], 'these are drawn outside of the part they belong to');
      assert.deepEqual(troubles, []);
      await context.close();
    },
  );

/** Records what live regions announce from now on. @param {import('playwright-core').BrowserContext} context */
function listen(context) {
  return context.addInitScript(() => {
    /** @type {Said[]} */
    const said = [];
    Object.assign(globalThis, { said });
    new MutationObserver((changes) => {
      const nodes = changes.map(({ target }) => (target instanceof Element ? target : target.parentElement));
      const regions = nodes.map((node) => node?.closest('[role="status"], [role="alert"], [aria-live="polite"], output:not([aria-live])'));
      for (const region of new Set(regions)) {
        const words = region?.textContent?.trim();
        if (region && words) said.push({ region: region.id, words, at: performance.now() });
      }
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** @param {Page} page @returns {Promise<Said[]>} */
const heard = (page) => page.evaluate(() => /** @type {any} */ (globalThis).said.splice(0));

test('a download is announced once, not at every step', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/', { before: listen });
  await explained(page);
  const fetching = (await heard(page)).filter(({ region, words }) => region === 'status' && words.startsWith('Fetching'));
  assert.equal(fetching.length, 1, JSON.stringify(fetching));
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const { figure, canvas, line, region } of [
  { figure: 2, canvas: '#view', line: '#readout-view', region: 'crosshair-live' },
  { figure: 3, canvas: '#activation', line: '#unit-line', region: 'unit-live' },
])
  test(`figure ${figure}: a key held down announces few words, and the last of them`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(`${WITH_ALL_CNN_C}&unit=conv1:0@16,0`, { before: listen });
    await explained(page);
    await page.locator(canvas).scrollIntoViewIfNeeded();
    if (figure === 3) await page.waitForSelector('#unit-figure[data-state="ready"]', { timeout: 60_000 });
    await page.focus(canvas);
    await page.waitForTimeout(1500);
    await heard(page);
    const shown = new Set();
    for (const key of ['ArrowRight', 'ArrowLeft']) {
      for (let i = 0; i < 31; i++) {
        await page.keyboard.down(key);
        shown.add(await page.innerText(line));
      }
      await page.keyboard.up(key);
    }
    await page.waitForTimeout(1500);
    const said = await heard(page);
    assert.ok(shown.size > 15, `only ${shown.size} places were passed`);
    assert.deepEqual([...new Set(said.map((each) => each.region))], [region]);
    said
      .slice(1)
      .forEach(({ at, words }, i) => assert.ok(at - (said[i]?.at ?? 0) > 950, `${at - (said[i]?.at ?? 0)} ms before “${words}”`));
    const place = figure === 3 ? await page.innerText(line) : /x (?<x>\d+), y (?<y>\d+)/.exec(await page.innerText(line))?.groups;
    assert.ok(
      said.at(-1)?.words.includes(typeof place === 'string' ? place : `Column ${place?.['x']}, row ${place?.['y']}`),
      said.at(-1)?.words,
    );
    assert.deepEqual(troubles, []);
    await context.close();
  });
