// Visitors' own files: pictures by file, drop and paste, good and bad ones, and a network of their own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { bring } from './support/bring.mjs';
import { openBrowser } from './support/browser.mjs';
import { MAPS, digests, look } from './support/canvas.mjs';
import { ODD, ROOT } from './support/fixtures.mjs';
import { greyNetwork } from './support/grey-network.mjs';
import { choose, explained, predictions, troubled } from './support/page.mjs';

const timeout = 300_000;
const COFFEE = `${ROOT}www/pictures/coffee.jpg`;
const TEXT = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('These are notes, not a picture.\n') };

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Opens the page with its own networks missing, a small network from a file, and a photograph. */
async function openWithOddNetwork() {
  const opened = await browser.open('/www/', {
    before: (context) => context.route('**/models/**', (route) => route.fulfill({ status: 404 })),
  });
  const said = await troubled(opened.page);
  await opened.page.click('#engine summary');
  await opened.page.setInputFiles('#model-file', ROOT + ODD);
  await explained(opened.page);
  await opened.page.click('#sample-chelsea');
  await explained(opened.page, 'Chelsea');
  // The failed request, as the browser reports it on the console.
  const failed = opened.troubles.splice(0);
  assert.equal(failed.length, 1);
  assert.match(failed[0] ?? '', /404.*squeezenet-1\.1\.safetensors/);
  return { ...opened, said };
}

test('without its networks the page says what to do, and takes one of your own', { timeout }, async () => {
  const { page, context, troubles, said } = await openWithOddNetwork();
  assert.match(said, /could not be fetched from .*squeezenet-1\.1\.safetensors.*make run/s);
  assert.match(await page.innerText('#model-message'), /odd\.model\.safetensors is loaded/);
  for (const canvas of ['#view', ...MAPS]) {
    const { width, height, colours } = await look(page, canvas);
    assert.deepEqual([width, height], [26, 19], canvas);
    assert.ok(colours > 20, `${canvas} has ${colours} colours`);
  }
  assert.equal((await predictions(page)).length, 7, 'few enough to list them all');
  assert.equal(await page.locator('input[name=network]:checked').count(), 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture by file, by drop and by paste gives the same maps', { timeout }, async () => {
  const { page, context, troubles } = await openWithOddNetwork();
  const sample = await digests(page);
  await page.setInputFiles('#file', COFFEE);
  await explained(page, 'coffee.jpg');
  const own = await digests(page);
  own.forEach((digest, i) => assert.notEqual(digest, sample[i], MAPS[i]));
  assert.match(await page.innerText('#credit'), /stays on your machine/);
  assert.equal(await page.getAttribute('#sample-chelsea', 'aria-pressed'), 'false');

  const buffer = await readFile(COFFEE);
  for (const how of /** @type {const} */ (['drop', 'paste'])) {
    await bring(page, how, { name: `${how}ped.jpg`, mimeType: 'image/jpeg', buffer });
    await explained(page, `${how}ped.jpg`);
    assert.deepEqual(await digests(page), own, how);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test(
  'what is cropped of a picture of one’s own is said, and with All-CNN-C that a photograph wants another network',
  { timeout },
  async () => {
    const { page, context, troubles } = await browser.open('/www/');
    await explained(page);
    assert.doesNotMatch(await page.innerText('#credit'), /sees only|too few/, 'a sample, in a network for photographs');
    await page.setInputFiles('#file', COFFEE);
    await explained(page, 'coffee.jpg');
    // 512 × 341 pixels, of which the middle square goes in.
    assert.match(await page.innerText('#credit'), /sees only the middle of the picture, 341 × 341 of 512 × 341 pixels \(67 %\)\./);
    await choose(page, 'all-cnn-c');
    await explained(page, 'coffee.jpg');
    const suits = /All-CNN-C shrinks the picture to 32 × 32 pixels, too few for a photograph\. Choose SqueezeNet 1\.1 above/;
    assert.match(await page.innerText('#credit'), suits);
    await page.click('#sample-chelsea');
    await explained(page, 'Chelsea');
    assert.match(await page.innerText('#credit'), suits);
    await page.setInputFiles('#file', `${ROOT}www/pictures/cifar10/ship-0000.jpg`);
    await explained(page, 'ship-0000.jpg');
    assert.match(await page.innerText('#credit'), /^Your own picture\. It stays on your machine\.$/, 'small and square');
    assert.deepEqual(troubles, []);
    await context.close();
  },
);

test('a file that is not a picture is refused in place, what was there stays, and the next one works', { timeout }, async () => {
  const { page, context, troubles } = await openWithOddNetwork();
  const sample = await digests(page);
  for (const how of /** @type {const} */ (['choose', 'drop', 'paste'])) {
    if (how === 'choose') await page.setInputFiles('#file', TEXT);
    else await bring(page, how, TEXT);
    assert.match(await troubled(page), /notes\.png.*Choose a JPEG, PNG/s, how);
    assert.doesNotMatch(await page.innerText('#status'), /source image/, 'said once');
    assert.deepEqual(await digests(page), sample, `${how}: the maps before it stay`);
    await page.setInputFiles('#file', COFFEE);
    await explained(page, 'coffee.jpg');
    await page.click('#sample-chelsea');
    await explained(page, 'Chelsea');
    assert.deepEqual(await digests(page), sample, how);
  }
  // Neither a picture nor named like one.
  await bring(page, 'drop', { name: 'notes.pdf', mimeType: 'application/pdf', buffer: TEXT.buffer });
  assert.match(await troubled(page), /notes\.pdf.*is not a picture.*application\/pdf/s);
  await page.setInputFiles('#file', COFFEE);
  await explained(page, 'coffee.jpg');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a file that is not a network is refused in place, and the one before it stays in use', { timeout }, async () => {
  const { page, context, troubles } = await openWithOddNetwork();
  const sample = await digests(page);
  const broken = `${ROOT}tests/goldens/malformed/truncated-data.safetensors`;
  await page.setInputFiles('#model-file', broken);
  await page.waitForSelector('#model-message[data-kind="error"]');
  assert.match(await page.innerText('#model-message'), /truncated-data\.safetensors.*still in use/s);
  // Among the pictures, too, a network that relume does not read is called what it is.
  await bring(page, 'drop', { name: 'weights.h5', mimeType: '', buffer: Buffer.from('\x89HDF\r\n\x1a\n and more') });
  await page.waitForFunction(() => document.querySelector('#model-message')?.textContent?.includes('weights.h5'));
  assert.match(await page.innerText('#model-message'), /weights\.h5.*could not be opened.*still in use/s);
  await page.setInputFiles('#file', COFFEE);
  await explained(page, 'coffee.jpg');
  await page.click('#sample-chelsea');
  await explained(page, 'Chelsea');
  assert.deepEqual(await digests(page), sample);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a network of one channel sees the picture in grey, and the caption speaks of one value', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  await page.click('#engine summary');
  const file = {
    name: 'grey.safetensors',
    mimeType: 'application/octet-stream',
    buffer: greyNetwork({ side: 24, mean: 120, std: 60, weights: [1, -1], relu: true }),
  };
  await page.setInputFiles('#model-file', file);
  await page.waitForFunction(() => /sees only grey/.test(document.querySelector('#display-caption')?.textContent ?? ''));
  await explained(page);
  assert.deepEqual((await predictions(page)).sort(), [0, 1]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('NdArray, chosen on the page, draws what Flex draws', { timeout }, async () => {
  const { page, context, troubles } = await openWithOddNetwork();
  const pixels = () =>
    page.evaluate(
      (maps) =>
        maps.map((map) => {
          const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector(map));
          return [...(canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])];
        }),
      MAPS,
    );
  const flex = await pixels();
  const worker = page.waitForEvent('worker');
  await page.locator('input[name=backend][value=ndarray]').evaluate((input) => /** @type {HTMLInputElement} */ (input).click());
  await worker;
  await page.waitForFunction(() => /NdArray, Odd/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  await explained(page);
  const ndarray = await pixels();
  flex.forEach((map, i) => {
    const most = Math.max(...map.map((value, at) => Math.abs(value - (ndarray[i]?.[at] ?? NaN))));
    assert.ok(most <= 1, `${MAPS[i]}: ${most}/255 apart`);
  });
  assert.deepEqual(troubles, []);
  await context.close();
});

/** A copy without the second engine. @param {import('playwright-core').BrowserContext} context */
const withoutNdArray = (context) => context.route('**/pkg/wasm/ndarray/**', (route) => route.fulfill({ status: 404 }));

test('without NdArray the panel says how to build it, and Flex goes on', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/', { before: withoutNdArray });
  await explained(page);
  const maps = await digests(page);
  assert.deepEqual(troubles, [], 'nothing is asked before somebody comes for it');
  await page.click('#engine summary');
  await page.waitForSelector('input[name=backend][value=ndarray]:disabled', { state: 'attached' });
  assert.match(await page.innerText('#ndarray-line'), /no NdArray engine.*make engine-ndarray/);
  assert.ok(await page.isChecked('input[name=backend][value=flex]'));
  await page.click('#sample-coffee');
  await explained(page, 'Coffee');
  await page.click('#sample-chelsea');
  await explained(page, 'Chelsea');
  assert.deepEqual(await digests(page), maps);
  assert.equal(troubles.length, 1, `${troubles}`);
  assert.match(troubles[0] ?? '', /404.*ndarray/);
  await context.close();
});

test('without NdArray an address that names it works with Flex, and says so', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#backend=ndarray', { before: withoutNdArray });
  await explained(page);
  assert.match(await page.innerText('#engine-summary'), /^Flex, SqueezeNet 1\.1/);
  assert.ok(await page.isVisible('#ndarray-line'));
  assert.match(await page.innerText('#ndarray-line'), /no NdArray engine/);
  await page.waitForFunction(() => location.hash === '');
  // The same address once more changes nothing.
  await page.evaluate(() => {
    location.hash = '#backend=ndarray';
  });
  await page.waitForFunction(() => location.hash === '');
  await explained(page);
  assert.match(await page.innerText('#engine-summary'), /^Flex/);
  assert.equal(troubles.length, 1, `${troubles}`);
  await context.close();
});
