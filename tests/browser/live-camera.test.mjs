// The camera as a moving picture, with cameras of Chromium's that film a moving test picture.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from './support/browser.mjs';
import { frames, line, shot, tracks, withCamera } from './support/camera.mjs';
import { ROOT, seeded } from './support/fixtures.mjs';
import { WITH_ALL_CNN_C, choose, explained, troubled } from './support/page.mjs';
import { withReach } from './support/started-workers.mjs';

const timeout = 180_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser(serve(), { cameras: 2 });
});
after(() => browser?.close());

/** The page, with its camera running. @param {string} [address] */
async function live(address = WITH_ALL_CNN_C) {
  const opened = await browser.open(address, { before: withCamera });
  await explained(opened.page);
  await opened.page.click('#live-begin');
  await frames(opened.page, 3);
  return opened;
}

test('frames and their maps follow the camera, until it is stopped', { timeout }, async () => {
  const { page, context, troubles } = await live();
  const pictures = () => Promise.all(['live-view', 'live-guided'].map((id) => shot(page, id)));
  const first = await pictures();
  const side = await page.evaluate(() => /** @type {HTMLCanvasElement} */ (document.querySelector('#live-view')).width);
  assert.equal(side, 32, 'as the network sees it');
  await frames(page, 20);
  const later = await pictures();
  assert.notEqual(later[0], first[0], 'the picture moves');
  assert.notEqual(later[1], first[1], 'and so does its map');
  assert.match(await page.innerText('#live-line'), /^\w+, (< )?[\d.]+ %$/);
  await line(page, '#live-rate', /^[\d.]+ frames a second$/);
  // The other camera is a stream of its own, and the first has ended.
  const devices = () =>
    page.evaluate(() =>
      /** @type {any} */ (globalThis).opened.map((/** @type {MediaStream} */ each) => each.getVideoTracks()[0]?.getSettings().deviceId),
    );
  await page.click('#live-turn');
  await page.waitForFunction(() => /** @type {any} */ (globalThis).opened.length === 2);
  await frames(page, 2);
  assert.deepEqual(await tracks(page), ['ended', 'live']);
  const [one, other] = await devices();
  assert.notEqual(one, other);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'live-turn');
  // Another network takes over while it runs.
  await choose(page, 'model-c');
  const now = Number(await page.getAttribute('#live', 'data-frames'));
  await frames(page, now + 3);
  await page.click('#live-end');
  assert.equal(await page.isVisible('#live'), false);
  assert.deepEqual(await tracks(page), ['ended', 'ended']);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'live-begin');
  await page.waitForTimeout(300);
  assert.equal(await page.getAttribute('#live', 'data-frames'), '0', 'no late frame');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the visitor chooses which maps are drawn, none, some or all', { timeout }, async () => {
  const { page, context, troubles } = await live();
  /** @returns {Promise<string[]>} which maps are on show */
  const drawn = () =>
    page
      .locator('#live canvas[data-blank="false"]')
      .evaluateAll((canvases) => canvases.map(({ id }) => id).filter((id) => id !== 'live-view'));
  const more = async () => frames(page, Number(await page.getAttribute('#live', 'data-frames')) + 5);
  assert.deepEqual(await drawn(), ['live-guided']);
  await page.check('#live-with-backprop');
  await page.check('#live-with-deconvnet');
  await more();
  assert.deepEqual(await drawn(), ['live-backprop', 'live-deconvnet', 'live-guided']);
  const all = await Promise.all(['live-backprop', 'live-deconvnet', 'live-guided'].map((id) => shot(page, id)));
  assert.equal(new Set(all).size, 3, 'three maps, each its own');
  await page.uncheck('#live-with-guided');
  await more();
  assert.deepEqual(await drawn(), ['live-backprop', 'live-deconvnet']);
  await page.uncheck('#live-with-backprop');
  await page.uncheck('#live-with-deconvnet');
  await more();
  assert.deepEqual(await drawn(), []);
  assert.match(await page.innerText('#live-line'), /^\w+, (< )?[\d.]+ %$/, 'the answer alone');
  // How maps are drawn is chosen below, and applies here too.
  await page.check('#live-with-guided');
  await page.evaluate(() => /** @type {HTMLInputElement} */ (document.querySelector('input[name=fold][value=sum]')).click());
  await more();
  const grey = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#live-guided'));
    const { data = [] } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
    return data.length > 0 && data.every((value, i) => i % 4 === 3 || value === data[i - (i % 4)]);
  });
  assert.equal(grey, true);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('paused, the frame on show is the picture of figure 2, with the same maps; then it goes on', { timeout }, async () => {
  const { page, context, troubles } = await live();
  // Chosen and paused at once, before any frame has this map.
  await page.focus('#live-keep');
  await page.evaluate(() => {
    for (const id of ['live-with-backprop', 'live-keep']) document.getElementById(id)?.click();
  });
  await page.waitForSelector('#live-backprop[data-blank=false]');
  await explained(page, 'Your camera’s picture');
  // One more is chosen only now.
  await page.check('#live-with-deconvnet');
  await page.focus('#live-keep');
  await page.waitForSelector('#live-deconvnet[data-blank=false]');
  assert.deepEqual(await tracks(page), ['ended']);
  assert.equal(await page.getAttribute('#own-choice', 'data-chosen'), 'true');
  assert.equal(await page.innerText('#live-rate'), 'Paused: this frame is now the picture below.');
  for (const [mine, figure] of /** @type {const} */ ([
    ['live-view', 'view'],
    ['live-guided', 'map-guided'],
    ['live-backprop', 'map-backprop'],
    ['live-deconvnet', 'map-deconvnet'],
  ])) {
    assert.equal(await shot(page, mine), await shot(page, figure), figure);
  }
  const answer = (await page.innerText('#live-line')).split(',')[0];
  assert.equal(await page.innerText('#predictions li:first-child .label'), answer);
  // The keyboard is where it was, on the button that goes on.
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Go on');
  await page.keyboard.press('Enter');
  await frames(page, 3);
  assert.deepEqual(await tracks(page), ['ended', 'live']);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'live-keep');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a network of one’s own, opened while it runs, takes over', { timeout }, async () => {
  const { page, context, troubles } = await live();
  await page.check('#live-with-deconvnet');
  const path = await seeded('model-c', 64);
  await page.setInputFiles('#model-file', ROOT + path.slice(1));
  await page.waitForFunction(() => /** @type {HTMLCanvasElement} */ (document.querySelector('#live-deconvnet')).width === 64);
  await frames(page, Number(await page.getAttribute('#live', 'data-frames')) + 3);
  await page.click('#live-end');
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const width of [1280, 390, 320])
  test(`nothing moves while it runs, and axe finds nothing, at ${width} px`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: withCamera, viewport: { width, height: 700 } });
    await explained(page);
    // Its opening moves what is below, by a click. From then on nothing does.
    await page.evaluate(async () => {
      document.getElementById('live-begin')?.click();
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      Object.assign(globalThis, { moved: [] });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if (!(/** @type {any} */ (entry).hadRecentInput)) /** @type {any} */ (globalThis).moved.push(entry.toJSON());
        }
      }).observe({ type: 'layout-shift' });
    });
    await frames(page, 40);
    // Not by a click, after which a shift would not count.
    await page.evaluate(() => document.getElementById('live-with-deconvnet')?.click());
    await frames(page, 60);
    assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).moved), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'nothing is wider than the screen');
    await page.evaluate(await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8'));
    for (const phase of ['live', 'paused']) {
      if (phase === 'paused') await page.click('#live-keep');
      await page.waitForSelector(`#live[data-phase=${phase}]`);
      const found = await page.evaluate(async () => {
        const { violations } = await /** @type {any} */ (globalThis).axe.run('#live', { rules: { 'target-size': { enabled: true } } });
        return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ { html }) => html)}`);
      });
      assert.deepEqual(found, [], phase);
    }
    assert.deepEqual(troubles, []);
    await context.close();
  });

test(
  'on a phone the camera’s buttons are in view, pausing moves nothing, and the strip of small maps covers no button',
  { timeout },
  async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: withCamera, viewport: { width: 390, height: 844 } });
    await explained(page);
    // With the button in the middle of the screen, the strip is shown.
    await page.evaluate(() => document.getElementById('live-begin')?.scrollIntoView({ block: 'center', behavior: 'instant' }));
    await page.waitForSelector('#maps-strip', { state: 'visible' });
    await page.click('#live-begin');
    await frames(page, 3);
    const box = (/** @type {string} */ selector) => page.locator(selector).boundingBox();
    for (const id of ['live-keep', 'live-end'])
      await page.waitForFunction((name) => {
        const { top = -1, bottom = Infinity } = document.getElementById(name)?.getBoundingClientRect() ?? {};
        return top >= 0 && bottom <= innerHeight;
      }, id);
    const before = await box('#live');
    assert.ok(before);
    await page.click('#live-keep');
    await explained(page, 'Your camera’s picture');
    assert.equal((await box('#live'))?.height, before.height);
    await page.click('#live-end');
    await page.waitForSelector('#maps-strip', { state: 'visible' });
    const [begin, strip] = [await box('#live-begin'), await box('#maps-strip')];
    assert.ok(begin && strip && begin.y >= strip.y + strip.height, JSON.stringify([begin, strip]));
    assert.deepEqual(troubles, []);
    await context.close();
  },
);

test('a page that is not seen lets go of the camera, and takes it again when it is', { timeout }, async () => {
  const { page, context, troubles } = await live();
  // A headless browser never hides a page, so the document says that it is hidden.
  const seen = (/** @type {boolean} */ isSeen) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, !isSeen);
  await seen(false);
  assert.deepEqual(await tracks(page), ['ended']);
  assert.equal(await page.innerText('#live-rate'), 'Waiting until this page is seen again.');
  await seen(true);
  await frames(page, 3);
  assert.deepEqual(await tracks(page), ['ended', 'live']);
  // What was stopped or paused stays so.
  await page.click('#live-keep');
  await explained(page, 'Your camera’s picture');
  await seen(false);
  await seen(true);
  await page.click('#live-end');
  await seen(false);
  await seen(true);
  await page.waitForTimeout(300);
  assert.deepEqual(await tracks(page), ['ended', 'ended']);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('however fast it is started and stopped, no camera is left on', { timeout }, async () => {
  const { page, context, troubles } = await live();
  await page.evaluate(async () => {
    const click = (/** @type {string} */ id) => document.getElementById(id)?.click();
    for (let i = 0; i < 6; i++) {
      click('live-end');
      click('live-begin');
      if (i % 2) click('live-turn');
      if (i % 3)
        await new Promise((resolve) => {
          setTimeout(resolve, 30 * i);
        });
    }
  });
  await frames(page, 3);
  assert.equal((await tracks(page)).filter((state) => state === 'live').length, 1);
  await page.click('#live-end');
  await page.waitForTimeout(500);
  assert.equal((await tracks(page)).filter((state) => state === 'live').length, 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a camera that is taken away while it runs: the page says so, and goes on', { timeout }, async () => {
  const { page, context } = await live();
  await page.focus('#live-keep');
  await context.clearPermissions();
  assert.match(await troubled(page), /^The camera stopped\. It may have been unplugged/);
  assert.equal(await page.isVisible('#live'), false);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'live-begin');
  await page.click('#sample-airplane-0001');
  await page.waitForSelector('#status[data-kind="ready"]');
  await context.close();
});

test('a frame that cannot be explained: the camera goes off, and the page says so, and goes on', { timeout }, async () => {
  const { page, context } = await browser.open(WITH_ALL_CNN_C, {
    async before(made) {
      await withCamera(made);
      await withReach(made);
    },
  });
  await explained(page);
  await page.click('#live-begin');
  await frames(page, 3);
  await page.evaluate(() => {
    for (const worker of /** @type {any} */ (globalThis).started) worker.terminate();
  });
  assert.match(await troubled(page), /^The camera’s picture could not be explained\. /);
  assert.equal(await page.isVisible('#live'), false);
  assert.deepEqual(await tracks(page), ['ended']);
  await page.click('#sample-airplane-0001');
  await page.waitForSelector('#status[data-kind="ready"]');
  await context.close();
});

test('where the camera is not allowed the page says so, until it is', { timeout }, async () => {
  const { page, context } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.click('#live-begin');
  assert.match(await troubled(page), /^The camera is blocked for this page\./);
  assert.equal(await page.isVisible('#live'), false);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'live-begin');
  await context.grantPermissions(['camera']);
  await page.click('#live-begin');
  await frames(page, 2);
  assert.match(await page.innerText('#status'), /^The network says/);
  await context.close();
});

test('on a phone, what is wrong with the camera is said in view', { timeout }, async () => {
  const { page, context } = await browser.open(WITH_ALL_CNN_C, { viewport: { width: 390, height: 700 } });
  await explained(page);
  await page.click('#live-begin');
  await troubled(page);
  const box = await page.locator('#status').boundingBox();
  // The page scrolls by whole pixels.
  assert.ok(box && box.y > -1 && box.y + box.height < 701, JSON.stringify(box));
  await context.close();
});

for (const cameras of [0, 1])
  test(`a machine with ${cameras === 0 ? 'no camera' : 'one camera'}`, { timeout }, async () => {
    const machine = await openBrowser(serve(), { cameras });
    try {
      const { page } = await machine.open(WITH_ALL_CNN_C, { before: withCamera });
      await explained(page);
      await page.click('#live-begin');
      if (cameras === 0) {
        assert.equal(await troubled(page), 'No camera was found.');
      } else {
        await frames(page, 2);
        assert.equal(await page.isVisible('#live-turn'), false, 'there is none to switch to');
      }
    } finally {
      await machine.close();
    }
  });
