// The same networks with random weights: made in the browser, the same each time, shown by every figure, and said plainly.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { correlation } from '../../www/correlation.js';
import { withRandomWeights } from '../../www/random-weights.js';
import { openBrowser } from './support/browser.mjs';
import { keepSaved, savedFiles } from './support/downloads.mjs';
import { ALL_CNN_C, ARTIFACTS, ROOT, SQUEEZENET, relume } from './support/fixtures.mjs';
import { explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 240_000;
const RANDOM_PLANE = '#network=all-cnn-c&picture=airplane-0001&weights=random';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {string} path */
const fileAt = async (path) => new Blob([await readFile(ROOT + path)]);

/** What figure 2 shows of each map, as numbers. @param {Page} page @returns {Promise<Record<string, number[]>>} */
function maps(page) {
  return page.evaluate(() =>
    Object.fromEntries(
      ['backprop', 'deconvnet', 'guided'].map((rule) => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(`map-${rule}`));
        const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, canvas.width, canvas.height);
        return [rule, [...data].filter((_, i) => i % 4 !== 3)];
      }),
    ),
  );
}

/** Ticks the box or unticks it, and waits for the maps. @param {Page} page @param {boolean} random */
async function setRandom(page, random) {
  await page.setChecked('#random-weights', random);
  await page.waitForFunction(
    (words) => / with random weights/.test(document.querySelector('#engine-summary')?.textContent ?? '') === words,
    random,
    { timeout: 60_000 },
  );
  await explained(page);
}

test('a model file gets He’s variance layer by layer, the same numbers each time, and says what it is', { timeout }, async () => {
  const [file, again] = await Promise.all([ALL_CNN_C, ALL_CNN_C].map(async (path) => withRandomWeights(await fileAt(path))));
  const bytes = Buffer.from(await /** @type {Blob} */ (file).arrayBuffer());
  assert.ok(bytes.equals(Buffer.from(await /** @type {Blob} */ (again).arrayBuffer())), 'another time, other numbers');
  await mkdir(ARTIFACTS, { recursive: true });
  const path = `${ARTIFACTS}/random-${process.pid}.safetensors`;
  await writeFile(path, bytes);
  const info = JSON.parse(await relume('info', path, '--json'));
  assert.equal(info.title, 'All-CNN-C with random weights');
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString());
  for (let layer = 1; layer <= 9; layer++) {
    const { dtype, shape, data_offsets } = header[`conv${layer}.weight`];
    assert.equal(dtype, 'BF16');
    /** @type {number[]} */
    const values = [];
    for (let at = start + data_offsets[0]; at < start + data_offsets[1]; at += 2) {
      const word = Buffer.alloc(4);
      bytes.copy(word, 2, at, at + 2);
      values.push(word.readFloatLE(0));
    }
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    // He and others 2015, arXiv 1502.01852: 2 / fan-in. The pixels, from 0 to 1, are divided by 0.247, 0.2435 and 0.2616.
    const pixels = layer === 1 ? (0.247 + 0.2435 + 0.2616) / 3 / Math.sqrt(1 / 12) : 1;
    const wanted = (2 / (shape[1] * shape[2] * shape[3])) * pixels ** 2;
    // 960 numbers at least: their variance is off by 3 % or so. The last halves of them are cut off, not rounded.
    assert.ok(Math.abs(variance / wanted - 1) < 0.1, `conv${layer}: ${variance} instead of ${wanted}`);
  }
});

test('what is not a model file is refused with a code', async () => {
  for (const words of ['', 'short', 'eight or more bytes that are no header', '\x02\0\0\0\0\0\0\0{}'])
    await assert.rejects(withRandomWeights(new Blob([words])), { code: 'invalid-model' }, words);
});

test(
  'a box beside the networks, without another download; guided still draws the plane, and the page says what it is worth',
  { timeout },
  async () => {
    const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=airplane-0001&class=0');
    await explained(page);
    const trained = await maps(page);
    // Its module is fetched as soon as it is wanted.
    await page.evaluate(() => import(`${location.origin}/www/random-weights.js`));
    await context.setOffline(true);
    await setRandom(page, true);
    const random = await maps(page);
    await context.setOffline(false);
    assert.match(await page.innerText('#status'), /^The weights are random, so the answer means nothing: “[a-z]+”, \d+ %\.$/);
    assert.match(await page.innerText('#opening-line'), /The weights are random/);
    assert.match((await page.textContent('#model-facts')) ?? '', /random numbers: He initialisation, seed 1/);
    const alike = Object.fromEntries(
      ['backprop', 'guided'].map((rule) => [rule, correlation(floats(trained[rule]), floats(random[rule]))]),
    );
    // Guided follows the picture and not what was learnt; the gradient's maps have nothing in common.
    assert.ok(Math.abs(alike['backprop'] ?? 1) < 0.15 && (alike['guided'] ?? 0) > 0.3, JSON.stringify(alike));
    await page.waitForFunction(() => location.hash.includes('weights=random'));
    await setRandom(page, false);
    assert.deepEqual(await maps(page), trained, 'the trained weights again');
    assert.match(await page.innerText('#status'), /^The network says “airplane”/);
    await page.waitForFunction(() => !location.hash.includes('weights'));
    // A browser may look at the icon again when the address changes, and it is offline.
    assert.deepEqual(
      troubles.filter((trouble) => !trouble.includes('icon.svg')),
      [],
    );
    await context.close();
  },
);

test('an address names them, Back undoes them, and another network keeps them', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`/www/${RANDOM_PLANE}`);
  await explained(page);
  assert.equal(await page.isVisible('#opening-prepared'), false, 'the prepared map is of the trained network');
  assert.ok(await page.isChecked('#random-weights'));
  assert.match(await page.innerText('#engine-summary'), /All-CNN-C with random weights/);
  // What follows within a moment is one step of Back.
  await page.waitForFunction(() => history.state?.shown?.random === true);
  await page.check('input[name=network][value="squeezenet-1.1"]');
  await page.waitForFunction(() => /SqueezeNet 1.1 with random weights/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  await explained(page);
  assert.equal(await page.isVisible('#warning-guided'), false, 'guided is empty');
  await page.waitForFunction(() => /^#network=squeezenet-1.1&weights=random/.test(location.hash));
  await setRandom(page, false);
  await page.waitForFunction(() => !location.hash.includes('weights'));
  await page.goBack();
  await page.waitForFunction(() => /SqueezeNet 1.1 with random weights/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  assert.ok(await page.isChecked('#random-weights'));
  await explained(page);
  await page.evaluate(() => (location.hash = '#network=all-cnn-c&weights=some'));
  await page.waitForFunction(() => /weights=some \(the trained ones instead\)/.test(document.querySelector('#status')?.textContent ?? ''));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('every figure shows them, of a network of one’s own as well; the next file comes with its own weights', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`/www/${RANDOM_PLANE}`);
  await explained(page);
  for (const figure of ['signal-figure', 'unit-figure', 'patch-figure', 'pooling-figure']) {
    await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
    await page.waitForSelector(`#${figure}[data-state="ready"]`, { timeout: 60_000 });
  }
  assert.equal(await page.isVisible('#survey'), false, 'the survey is of the trained network');
  assert.equal(await page.isVisible('#unit-warning-guided'), false);
  await page.setInputFiles('#model-file', `${ROOT}${SQUEEZENET}`);
  await page.waitForFunction(() =>
    /squeezenet-1.1.safetensors is loaded/.test(document.querySelector('#model-message')?.textContent ?? ''),
  );
  assert.equal(await page.isChecked('#random-weights'), false);
  await explained(page);
  await setRandom(page, true);
  assert.equal(await page.locator('input[name=network]:checked').count(), 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a frame and a file show them, a tag cannot', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`/www/${RANDOM_PLANE}`, { before: keepSaved });
  await explained(page);
  await page.click('#export-frame');
  await page.waitForFunction(() => /weights=random/.test(document.querySelector('#export-code')?.textContent ?? ''));
  await page.click('#export-tag');
  await page.waitForFunction(() => /no file has these random weights/.test(document.querySelector('#export-line')?.textContent ?? ''));
  const files = await savedFiles(page, () => page.click('#export-file'), 1);
  const [[name, html] = ['', '']] = [...files];
  assert.match(name, /^airplane-0001-all-cnn-c-random-class-\d-/);
  const model = /id="model">([^<]*)</.exec(String(html))?.[1] ?? '';
  const made = Buffer.from(await (await withRandomWeights(await fileAt(ALL_CNN_C))).arrayBuffer());
  assert.ok(Buffer.from(model, 'base64').equals(made), 'the browser made other numbers than Node');
  await page.goto(`${browser.origin}/www/embed.html${RANDOM_PLANE}`);
  await page.waitForFunction(() => Object.keys(/** @type {any} */ (document.querySelector('relume-view'))?.maps ?? {}).length === 3);
  const title = await page.evaluate(() => /** @type {any} */ (document.querySelector('relume-view')).shadowRoot.textContent);
  assert.match(title, /with random weights/);
  assert.deepEqual(troubles, []);
  await context.close();
});

/** @param {number[] | undefined} values */
const floats = (values = []) => Float32Array.from(values, (value) => value - 128);
