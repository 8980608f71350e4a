// Figure 3, a unit inside the network; figure 4, patches without a picture; the pictures that excite a channel.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openBrowser } from './support/browser.mjs';
import { ROOT, withoutEfficientNet } from './support/fixtures.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 180_000;
const RULES = ['backprop', 'deconvnet', 'guided'];
const GREY = 128;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Goes to the figure and waits until its unit is explained. @param {Page} page @param {RegExp} [says] */
async function unitExplained(page, says = /./) {
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForFunction(
    ([pattern]) => {
      const line = document.querySelector('#unit-line')?.textContent ?? '';
      return (
        document.querySelector('#unit-figure')?.getAttribute('data-state') === 'ready' &&
        document.querySelector('#unit-pictures')?.getAttribute('aria-busy') === 'false' &&
        new RegExp(pattern ?? '').test(line)
      );
    },
    [says.source],
    { timeout: 60_000 },
  );
  return page.innerText('#unit-line');
}

/** How many pixels of a canvas are not the grey of zero, inside a rectangle and outside it. @param {Page} page @param {string} id @param {number[]} field left, top, right, bottom */
function coloured(page, id, field) {
  return page.evaluate(([name, [left, top, right, bottom], grey]) => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(name));
    const { data, width } = /** @type {ImageData} */ (canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height));
    const counts = { inside: 0, outside: 0 };
    for (let i = 0; i < data.length; i += 4) {
      if ([0, 1, 2].every((c) => Math.abs((data[i + c] ?? 0) - grey) <= 1)) continue;
      const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
      counts[x >= (left ?? 0) && x < (right ?? 0) && y >= (top ?? 0) && y < (bottom ?? 0) ? 'inside' : 'outside']++;
    }
    return counts;
  }, /** @type {const} */ ([id, field, GREY]));
}

/** @param {string} line @returns {number[]} left, top, right, bottom */
function fieldOf(line) {
  const [, width, height, left, right, top, bottom] = (
    /sees (\d+) × (\d+) pixels: columns (\d+) to (\d+), rows (\d+) to (\d+)/.exec(line) ?? []
  ).map(Number);
  assert.ok(top !== undefined && bottom !== undefined && left !== undefined && right !== undefined, line);
  assert.deepEqual([right - left + 1, bottom - top + 1], [width, height], line);
  return [left, top, right + 1, bottom + 1];
}

/** The unit that the figure begins with: it responds, lies within the picture, and has three maps. @param {Page} page @param {string} line */
async function beginsWell(page, line) {
  const [, column = NaN, row = NaN, value = NaN] = (/column (\d+), row (\d+), its strongest spot: (\S+)\. It/.exec(line) ?? []).map(Number);
  assert.ok(value > 0, line);
  const { width, height } = await page
    .locator('#activation')
    .evaluate((canvas) => ({
      width: /** @type {HTMLCanvasElement} */ (canvas).width,
      height: /** @type {HTMLCanvasElement} */ (canvas).height,
    }));
  assert.ok(row > 0 && row < height - 1 && column > 0 && column < width - 1, `${line} of ${height} × ${width}`);
  for (const rule of RULES) {
    const { inside } = await coloured(page, `unit-${rule}`, [0, 0, Infinity, Infinity]);
    assert.ok(inside > 100, `${rule} draws ${inside} pixels`);
    assert.equal(await page.isVisible(`#unit-warning-${rule}`), false, rule);
  }
}

for (const { name, layer, other, skip } of [
  { name: 'squeezenet-1.1', layer: 'fire4_concat', other: 'conv1_relu', skip: false },
  { name: 'all-cnn-c', layer: 'relu5', other: 'conv3', skip: false },
  { name: 'model-c', layer: 'pool1', other: 'relu4', skip: false },
  { name: 'efficientnet-lite0', layer: 'block4_add', other: 'block2_depthwise_relu', skip: withoutEfficientNet() },
]) {
  test(
    `${name}: a unit to begin with, a layer, a channel, a position; nothing outside the receptive field`,
    { timeout, skip },
    async () => {
      const { page, context, troubles } = await browser.open(`/www/#network=${name}`);
      await explained(page);
      await beginsWell(page, await unitExplained(page));
      await page.click(`#layers [data-layer="${layer}"]`);
      const line = await unitExplained(page, new RegExp(`^${layer}, channel \\d+, column \\d+, row \\d+, its strongest spot: `));
      assert.equal(await page.locator('#channels button').count(), 24);
      const [, channel, value] = /channel (\d+),.* spot: (\S+)\. It/.exec(line) ?? [];
      // The strongest channel comes first and is explained.
      assert.equal(await page.getAttribute('#channels button >> nth=0', 'aria-pressed'), 'true');
      const titles = await page
        .locator('#channels button')
        .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('title') ?? ''));
      assert.equal(titles[0], `channel ${channel}, at most ${value}`);
      const strengths = titles.map((title) => Number(title.split(' at most ')[1]));
      assert.deepEqual(
        strengths,
        [...strengths].sort((a, b) => b - a),
      );
      for (const rule of RULES) {
        const { inside, outside } = await coloured(page, `unit-${rule}`, fieldOf(line));
        assert.ok(inside > 0, `${rule} draws nothing`);
        assert.equal(outside, 0, `${rule} draws ${outside} pixels outside of the receptive field`);
      }
      // Another position by keyboard; the address records it.
      await page.focus('#activation');
      await page.keyboard.press(/row 0[,:]/.test(line) ? 'ArrowDown' : 'ArrowUp');
      const moved = await unitExplained(page, new RegExp(`channel ${channel}, column \\d+, row \\d+: `));
      const [, column, row] = /column (\d+), row (\d+): /.exec(moved) ?? [];
      await page.waitForFunction((wanted) => location.hash.includes(wanted), `unit=${layer}:${channel}@${row},${column}`);
      // And another layer.
      await page.click(`#layers [data-layer="${other}"]`);
      await unitExplained(page, new RegExp(`^${other}, `));
      assert.deepEqual(troubles, []);
      await context.close();
    },
  );
}

test('an address names a unit; reload and share give the same, and another picture keeps the channel', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#picture=horse-0000&unit=relu4:17@3,5');
  await explained(page);
  const line = await unitExplained(page, /^relu4, channel 17, column 5, row 3/);
  const shot = () =>
    page.evaluate(() =>
      ['backprop', 'deconvnet', 'guided'].map((rule) =>
        /** @type {HTMLCanvasElement} */ (document.getElementById(`unit-${rule}`)).toDataURL(),
      ),
    );
  const maps = await shot();
  await page.reload();
  await explained(page);
  assert.equal(await unitExplained(page, /^relu4, channel 17/), line);
  assert.deepEqual(await shot(), maps);
  await page.evaluate(() => {
    location.hash = '#picture=frog-0000&unit=conv2:5';
  });
  await explained(page);
  await unitExplained(page, /^conv2, channel 5, .*its strongest spot/);
  await page.click('#sample-ship-0000');
  await explained(page);
  await unitExplained(page, /^conv2, channel 5, .*its strongest spot/);
  // A position that an address named does not apply to the next picture.
  await page.evaluate(() => {
    location.hash = '#picture=ship-0000&unit=relu4:17@3,5';
  });
  await unitExplained(page, /^relu4, channel 17, column 5, row 3/);
  await page.focus('#activation');
  await page.keyboard.press('ArrowDown');
  await unitExplained(page, /^relu4, channel 17, column 5, row 4/);
  await page.click('#sample-frog-0000');
  await explained(page);
  await unitExplained(page, /^relu4, channel 17, .*its strongest spot/);
  // A unit that the network does not have is removed from the address, and the default is shown.
  await page.evaluate(() => {
    location.hash = '#picture=frog-0000&unit=relu99:1';
  });
  await page.waitForFunction(() => !location.hash.includes('unit='));
  await unitExplained(page, /^relu7, /);
  await page.click('#sample-horse-0000');
  await explained(page);
  await unitExplained(page, /^relu7, /);
  // Invalid units are ignored.
  for (const unit of ['relu99:1', 'relu4:9999', 'relu4', ':', 'global_pool:1@9,9']) {
    await page.goto('about:blank');
    await page.goto(`${browser.origin}${WITH_ALL_CNN_C}&unit=${unit}`);
    await explained(page);
    await unitExplained(page);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the gallery’s pictures that excite a channel are those of the survey, and the survey is of these weights', { timeout }, async () => {
  for (const name of ['all-cnn-c', 'model-c']) {
    const survey = JSON.parse(await readFile(`${ROOT}www/models/${name}.survey.json`, 'utf8'));
    assert.equal(survey.about.checksum, crc32(await readFile(`${ROOT}www/models/${name}.safetensors`)), `${name}: run relume survey again`);
  }
  const { page, context, troubles } = await browser.open(`${WITH_ALL_CNN_C}&unit=relu6:51`);
  await explained(page);
  await unitExplained(page, /^relu6, channel 51/);
  await page.waitForSelector('#excited li');
  const survey = JSON.parse(await readFile(`${ROOT}www/models/all-cnn-c.survey.json`, 'utf8'));
  /** @type {[number, number, number, number][]} */
  const found = survey.layers.find((/** @type {{ name: string }} */ layer) => layer.name === 'relu6').channels[51];
  const words = await page.locator('#excited li > span').allInnerTexts();
  assert.equal(words.length, found.length);
  // Each is cropped to the receptive field in that layer, 19 × 19 pixels, and so is its map.
  const sizes = await page
    .locator('#excited canvas')
    .evaluateAll((/** @type {HTMLCanvasElement[]} */ canvases) => canvases.map((canvas) => `${canvas.width}×${canvas.height}`));
  assert.deepEqual(sizes, Array(2 * found.length).fill('19×19'));
  // Each has its picture's title, and the value that the line above says when that picture is chosen.
  for (const [i, [picture, y, x]] of found.entries()) {
    const name = survey.pictures[picture].replace('.jpg', '');
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `#network=all-cnn-c&picture=${name}&unit=relu6:51@${y},${x}`);
    const title = (await page.getAttribute(`#sample-${name}`, 'title')) ?? '';
    await explained(page, title);
    const line = await unitExplained(page, new RegExp(`^relu6, channel 51, column ${x}, row ${y}[^:]*: `));
    const [, value] = /: (\S+)\. It sees/.exec(line) ?? [];
    assert.equal(words[i], `${title}: ${value}`);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('more of the gallery’s pictures, until none is left that excites the channel', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`${WITH_ALL_CNN_C}&unit=relu6:51`);
  await explained(page);
  await unitExplained(page, /^relu6, channel 51/);
  await page.waitForSelector('#excited li');
  const values = async () =>
    (await page.locator('#excited li > span').allInnerTexts()).map((words) => Number(words.split(': ')[1]?.replace('−', '-')));
  const all = JSON.parse(await readFile(`${ROOT}www/models/all-cnn-c.survey.json`, 'utf8')).pictures.length;
  let shown = await values();
  assert.equal(shown.length, 5);
  await page.focus('#survey-more');
  while (await page.isVisible('#survey-more')) {
    const before = shown;
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      (count) =>
        document.querySelectorAll('#excited li').length > count &&
        document.querySelector('#excited')?.getAttribute('aria-busy') === 'false',
      before.length,
    );
    shown = await values();
    assert.deepEqual(shown.slice(0, before.length), before, 'those before stay');
    assert.ok(shown.length <= before.length + 5);
  }
  assert.ok(shown.length <= all && new Set(await page.locator('#excited li > span').allInnerTexts()).size === shown.length);
  assert.deepEqual(
    shown,
    shown.toSorted((a, b) => b - a),
  );
  assert.ok(shown.every((value) => value > 0));
  assert.match(await page.innerText('#survey-line'), new RegExp(`^Of the gallery’s ${all} pictures, ${shown.length} excite this channel`));
  assert.ok(await page.evaluate(() => document.activeElement?.matches('#excited li')), 'the keyboard goes to the first new picture');
  // Another channel begins anew.
  await page.click('#channels button:not([aria-pressed=true])');
  await unitExplained(page, /^relu6, channel (?!51)/);
  await page.waitForFunction(() => document.querySelectorAll('#excited li').length === 5);
  assert.ok(await page.isVisible('#survey-more'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('where the channels are the classes, a channel is called by its class', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`${WITH_ALL_CNN_C}&picture=frog-0000&unit=conv9:6`);
  await explained(page);
  for (const layer of ['conv9', 'relu9', 'global_pool']) {
    await page.click(`#layers [data-layer="${layer}"]`);
    await page.click('#channels button[title^="channel 6 (frog), at most "]');
    await unitExplained(page, new RegExp(`^${layer}, channel 6 \\(frog\\)[,:]`));
  }
  // Ten channels, not the ten classes.
  await page.click('#layers [data-layer="relu8"]');
  await unitExplained(page, /^relu8, channel \d+, column/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('patches without a picture; a patch leads to its unit', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.locator('#patch-figure').scrollIntoViewIfNeeded();
  for (const [layer, side] of [
    ['conv1', 3],
    ['conv2', 5],
    ['conv3', 7],
  ]) {
    await page.check(`#patch-layers input[value=${layer}]`, { force: true });
    await page.waitForFunction(
      (name) =>
        document.querySelector('#patch-figure')?.getAttribute('data-state') === 'ready' &&
        document.querySelector('#patches')?.getAttribute('aria-busy') === 'false' &&
        document.querySelector('#patch-line')?.textContent?.includes(`of ${name},`),
      layer,
      { timeout: 60_000 },
    );
    const found = await page
      .locator('#patches canvas')
      .evaluateAll((/** @type {HTMLCanvasElement[]} */ canvases) => ({
        sizes: [...new Set(canvases.map((canvas) => `${canvas.width}×${canvas.height}`))],
        different: new Set(canvases.map((canvas) => canvas.toDataURL())).size,
      }));
    assert.deepEqual(found, { sizes: [`${side}×${side}`], different: 96 });
  }
  await page.click('#patches button >> nth=30');
  await unitExplained(page, /^conv3, channel 30, /);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('patches end at the first max-pooling layer, and a button leads to a network with three layers', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  await page.locator('#patch-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#patch-figure[data-state="ready"]', { timeout: 60_000 });
  assert.match(await page.innerText('#patch-line'), /^64 units of conv1, 3 × 3 pixels each/);
  assert.equal(await page.locator('#patch-layers input').count(), 1);
  assert.equal(await page.isVisible('#survey'), false, 'no survey was made of this network');
  await page.focus('#patch-more button');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('#patch-layers input').length === 3, undefined, { timeout: 60_000 });
  await explained(page, 'A horse');
  assert.equal(await page.isVisible('#patch-more'), false);
  assert.match(await page.innerText('#patch-end'), /^The figure ends with conv3, as the paper’s/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'patch-figure', 'the keyboard stays');
  assert.ok(await page.isChecked('input[value=all-cnn-c]'));
  assert.deepEqual(troubles, []);
  await context.close();
});
