// The page at every width, in light and dark, and by keyboard alone.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { engine, lacks } from './support/engine.mjs';
import { ARTIFACTS, withoutEfficientNet } from './support/fixtures.mjs';
import { WITH_ALL_CNN_C, WITH_EFFICIENTNET, explained, predictions } from './support/page.mjs';

/** The page with each of its networks. */
const PAGES = [
  { name: 'squeezenet-1.1', path: '/www/', skip: /** @type {string | false} */ (false) },
  { name: 'all-cnn-c', path: WITH_ALL_CNN_C, skip: false },
  { name: 'efficientnet-lite0', path: WITH_EFFICIENTNET, skip: withoutEfficientNet() },
];
const timeout = 300_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

for (const { name, path, skip } of PAGES)
  test(`${name}: no width scrolls sideways, light and dark are two looks; screenshots in artifacts/`, { skip, timeout }, async () => {
    await mkdir(ARTIFACTS, { recursive: true });
    for (const widths of [[1280], [390, 320]]) {
      /** @type {Set<string>} */
      const backgrounds = new Set();
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        const { page, context, troubles } = await browser.open(path, {
          // One pixel of the screen for each of the page: Firefox takes no screenshot that is higher than 65,535 of them.
          viewport: { width: widths[0] ?? NaN, height: 844 },
          colorScheme,
        });
        await explained(page);
        await page.click('#engine summary');
        for (const width of widths) {
          await page.setViewportSize({ width, height: 844 });
          const { wide, outside } = await page.evaluate(beyondTheScreen);
          assert.equal(wide, 0, `${width} px, ${colorScheme}: ${wide} px too wide, through ${outside.slice(0, 5)}`);
        }
        backgrounds.add(
          await page.evaluate(
            () => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor,
          ),
        );
        // Before the screenshots, for which Firefox's driver puts a style into the page that the page's policy forbids.
        assert.deepEqual(troubles, []);
        for (const width of widths) {
          await page.setViewportSize({ width, height: 844 });
          // In pixels of the page: its time goes with them.
          const path = `${ARTIFACTS}/page-${name}-${width}-${colorScheme}-${engine}.png`;
          await page.screenshot({ path, fullPage: true, scale: 'css' });
        }
        await context.close();
      }
      assert.equal(backgrounds.size, 2, `${widths} px: light and dark have the same background`);
    }
  });

/** By how much the page is too wide, and through what; runs in the page. */
function beyondTheScreen() {
  const limit = document.documentElement.clientWidth;
  const beyond = [...document.querySelectorAll('main *')].filter((element) => {
    const { right, width } = element.getBoundingClientRect();
    return width > 1 && right > limit + 0.5 && getComputedStyle(element).position !== 'absolute';
  });
  return {
    wide: document.documentElement.scrollWidth - limit,
    outside: beyond.map((element) => element.id || element.className || element.tagName),
  };
}

for (const { name, path, skip } of PAGES)
  for (const width of [1280, 390])
    test(
      `${name}, ${width} px: nothing moves under the reader while it arrives`,
      { skip: skip || lacks('layout-shift'), timeout },
      async () => {
        const { page, context, troubles } = await browser.open(path, {
          viewport: { width, height: 900 },
          before: (made) =>
            made.addInitScript(() => {
              Object.assign(globalThis, { shifts: [] });
              new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) {
                  const { value, sources } = /** @type {any} */ (entry);
                  /** @type {any} */ (globalThis).shifts.push({
                    value,
                    by: sources.map((/** @type {any} */ { node }) => node?.id || node?.className || node?.nodeName),
                  });
                }
              }).observe({ type: 'layout-shift', buffered: true });
            }),
        });
        await page.locator('#picture-figure').scrollIntoViewIfNeeded();
        await explained(page);
        await page.waitForTimeout(200);
        const shifts = /** @type {{ value: number, by: string[] }[]} */ (await page.evaluate(() => /** @type {any} */ (globalThis).shifts));
        const total = shifts.reduce((sum, { value }) => sum + value, 0);
        // 0.1 is the limit up to which Web Vitals call a page stable.
        assert.ok(total < 0.1, `layout shift of ${total}: ${JSON.stringify(shifts)}`);
        assert.deepEqual(troubles, []);
        await context.close();
      },
    );

/** What the Tab key must reach, in this order; a group of buttons counts once, by its id. */
const STOPS = [
  'opening-more',
  'f-0-0',
  'f-2-2',
  'forward-0-0',
  'backprop-0-0',
  'r-0-0',
  'r-2-2',
  'deconvnet-0-0',
  'guided-0-0',
  'rule-random',
  'rule-reset',
  'network=squeezenet-1.1',
  'samples',
  'file',
  'gallery',
  'view',
  'map-backprop',
  'map-deconvnet',
  'map-guided',
  'predictions',
  'class-search',
  'fold=rgb',
  'sign=both',
  'clip',
  'over',
  'display-reset',
  'summary',
];

test('the Tab key reaches everything, in reading order, and the focus is visible', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  /** @type {string[]} */
  const stops = [];
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return undefined;
      const group = element.closest('#gallery, #samples, #predictions');
      const name = group
        ? group.id
        : element instanceof HTMLInputElement && element.type === 'radio'
          ? `${element.name}=${element.value}`
          : element.id || element.tagName.toLowerCase();
      // A hidden input has its outline on its label.
      const shown = [element, ...(element.parentElement?.querySelectorAll(':scope > span') ?? []), element.parentElement ?? element];
      const outlined = shown.some((part) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(part);
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      });
      return { name, outlined };
    });
    if (!stop) break;
    assert.ok(stop.outlined, `${stop.name} has the focus, and nothing shows it`);
    stops.push(stop.name);
  }
  let from = -1;
  for (const name of STOPS) {
    const at = stops.indexOf(name, from + 1);
    assert.ok(at > from, `Tab does not reach ${name} after ${stops[from]}; it goes ${stops.join(' ')}`);
    from = at;
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('arrow keys move a cross-hair on all four pictures, Enter chooses a class', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const cross = () =>
    page
      .locator('#pictures')
      .evaluate(
        (pictures) =>
          pictures instanceof HTMLElement && {
            on: pictures.dataset['crosshair'] === 'on',
            at: ['--cross-x', '--cross-y'].map((name) => Math.floor(Number(pictures.style.getPropertyValue(name)) * 32)),
            visible: [...pictures.querySelectorAll('.crosshair')].filter((each) => each.checkVisibility()).length,
          },
      );
  await page.focus('#view');
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(await cross(), { on: true, at: [16, 16], visible: 4 });
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowDown');
  assert.deepEqual(await cross(), { on: true, at: [15, 26], visible: 4 });
  assert.match(await page.innerText('#readout-view'), /x 15, y 26: red \d+, green \d+, blue \d+/);
  for (const rule of ['backprop', 'deconvnet', 'guided']) {
    assert.match(await page.innerText(`#readout-${rule}`), /^red ([+−]\d\.\d\d|0), green ([+−]\d\.\d\d|0), blue ([+−]\d\.\d\d|0)/, rule);
  }
  // Announced once no key has been pressed for a moment.
  await page.waitForFunction(() => /Column 15, row 26.*guided red/s.test(document.querySelector('#crosshair-live')?.textContent ?? ''));
  // At an edge it stays on the picture.
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowUp');
  assert.deepEqual(await cross(), { on: true, at: [15, 0], visible: 4 });
  await page.keyboard.press('Escape');
  assert.equal(((await cross()) || { on: true }).on, false);
  assert.match(await page.innerText('#readout-guided'), /way back .*ms/);

  const [, second] = await predictions(page);
  await page.focus(`#predictions [data-class="${second}"]`);
  await page.keyboard.press('Enter');
  await explained(page);
  assert.equal(await page.getAttribute(`#predictions [data-class="${second}"]`, 'aria-pressed'), 'true');
  assert.equal(
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.dataset['class']),
    String(second),
  );
  assert.deepEqual(troubles, []);
  await context.close();
});
