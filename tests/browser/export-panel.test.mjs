// The export panel: what is saved is what is on show, and the one HTML file works by itself.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';
import { keepSaved, savedFiles } from './support/downloads.mjs';
import { openBare } from './support/package.mjs';
import { explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {string} path */
function open(path) {
  return browser.open(path, { before: keepSaved });
}

/**
 * Presses a button and waits for the files it saves.
 * @param {Page} page
 * @param {string} button
 * @param {number} count
 * @returns {Promise<Map<string, string>>} paths by name
 */
async function saved(page, button, count) {
  const folder = await mkdtemp(join(tmpdir(), 'relume-saved-'));
  const files = await savedFiles(page, () => page.click(button), count);
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  return new Map([...files.keys()].map((name) => [name, join(folder, name)]));
}

/** The numbers of an .npy file, read as its format says. @param {Buffer} bytes */
function numbersOf(bytes) {
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x93NUMPY\x01\x00');
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  assert.match(bytes.subarray(10, start).toString('latin1'), /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3, 32, 32\), \} *\n$/);
  return Array.from({ length: (bytes.length - start) / 4 }, (_, i) => bytes.readFloatLE(start + 4 * i));
}

test('pictures and numbers of what is on show', { timeout }, async () => {
  const { page, context, troubles } = await open('/www/#picture=frog-0000&class=4');
  await explained(page);
  const numbers = await saved(page, '#export-numbers', 3);
  assert.deepEqual(
    [...numbers.keys()].sort(),
    ['backprop', 'deconvnet', 'guided'].map((rule) => `frog-0000-all-cnn-c-class-4-deer-${rule}.npy`),
  );
  const found = numbersOf(await readFile(numbers.get('frog-0000-all-cnn-c-class-4-deer-guided.npy') ?? ''));
  const maps = await saved(page, '#export-maps', 3);
  for (const path of maps.values()) {
    const bytes = await readFile(path);
    assert.equal(bytes.subarray(1, 4).toString('latin1'), 'PNG');
    // 32 pixels, each 16 wide.
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [512, 512]);
  }
  const [row = ''] = (await saved(page, '#export-row', 1)).values();
  assert.deepEqual([(await readFile(row)).readUInt32BE(16)], [4 * (512 + 16) + 16]);
  await context.close();

  const opened = await openBare(browser);
  const expected = await opened.page.evaluate(async (path) => {
    const relume = await bare.Relume.start();
    const model = await relume.load(path);
    const map = await model.explain(await bare.file('/www/pictures/cifar10/frog-0000.jpg'), { target: { class: 4 } });
    return [...map.data];
  }, ALL_CNN_C);
  assert.deepEqual(found, expected);
  assert.deepEqual(troubles, []);
  await opened.context.close();
});

test('the one HTML file opens from the disk, offline, and explains', { timeout }, async () => {
  const { page, context } = await open('/www/#picture=horse-0000');
  await explained(page);
  // A unit that has not been on show yet.
  await page.click('label:has(#export-unit)');
  await page.click('#export-file');
  assert.match(await page.innerText('#export-line'), /^No unit is explained yet/);
  await page.evaluate(() => {
    location.hash = '#picture=horse-0000&unit=relu6:51@1,2';
  });
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForFunction(
    () =>
      document.querySelector('#unit-figure')?.getAttribute('data-state') === 'ready' &&
      document.querySelector('#unit-line')?.textContent?.startsWith('relu6, channel 51, column 2, row 1'),
  );
  const [[name, path] = ['', '']] = await saved(page, '#export-file', 1);
  assert.equal(name, 'horse-0000-all-cnn-c-relu6-51-at-1-2.html');
  const drawn = (/** @type {string} */ id) =>
    page.evaluate((name) => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(name));
      return [...(canvas.getContext('2d')?.getImageData(0, 0, 32, 32).data ?? [])];
    }, id);
  const guided = await drawn('unit-guided');

  await context.setOffline(true);
  /** @type {string[]} */
  const requests = [];
  context.on('request', (request) => requests.push(new URL(request.url()).protocol));
  /** @type {string[]} */
  const errors = [];
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('#status[data-ready]', { timeout: 60_000 });
  assert.match(await page.innerText('#status'), /in layer relu6, channel 51, has the value/);
  const alone = await drawn('guided');
  const apart = alone.reduce((most, value, i) => Math.max(most, Math.abs(value - (guided[i] ?? 0))), 0);
  assert.ok(apart <= 1, `the drawings are ${apart} of 255 apart`);
  await page.locator('#choice button').nth(2).click();
  await page.waitForFunction(() => document.querySelector('#status')?.textContent?.startsWith('The score of “'));
  assert.notDeepEqual(await drawn('guided'), alone);
  assert.deepEqual(
    requests.filter((protocol) => !['file:', 'data:', 'blob:'].includes(protocol)),
    [],
  );
  assert.deepEqual(errors, []);
  await context.close();
});

test('the link, the tag and the frame say what is on show', { timeout }, async () => {
  const { page, context, troubles } = await open('/www/#picture=frog-0000&class=4&fold=max');
  await explained(page);
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector('#export-link')).value.includes('class=4'));
  const link = new URL(await page.inputValue('#export-link'));
  assert.equal(link.hash, '#network=all-cnn-c&picture=frog-0000&class=4&fold=max');
  await page.click('#export-tag');
  await page.waitForFunction(() => document.querySelector('#export-code')?.textContent?.includes('relume-view'));
  assert.equal(
    await page.innerText('#export-code'),
    `<script type="module" src="${browser.origin}/pkg/view.js"></script>\n` +
      `<relume-view model="${browser.origin}${ALL_CNN_C}" src="${browser.origin}/www/pictures/cifar10/frog-0000.jpg" alt="A frog" methods="backprop deconvnet guided" target="class:4" fold="max" colors="grey"></relume-view>`,
  );
  await page.click('#export-frame');
  await page.waitForFunction(() => document.querySelector('#export-code')?.textContent?.includes('iframe'));
  // A unit that nobody chose is named all the same.
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#unit-figure[data-state="ready"]');
  await page.click('label:has(#export-unit)');
  assert.match(await page.inputValue('#export-link'), /#network=all-cnn-c&picture=frog-0000&class=4&unit=relu7:\d+&fold=max$/);
  await page.check('#export-class', { force: true });
  await page.click('#export-frame');
  assert.match(
    await page.innerText('#export-code'),
    /^<iframe src="http:\/\/localhost:\d+\/www\/embed\.html#network=all-cnn-c&amp;picture=frog-0000&amp;class=4&amp;fold=max" title=/,
  );
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what a button did is said below it', { timeout }, async () => {
  const { page, context, troubles } = await open('/www/#picture=frog-0000');
  await explained(page);
  for (const button of ['#export-numbers', '#export-frame', '#export-copy', '#export-tag']) {
    await page.click(button);
    await page.waitForFunction(() => document.querySelector('#export-line')?.textContent !== '');
    const [below, line] = await Promise.all([button, '#export-line'].map((id) => page.locator(id).boundingBox()));
    const apart = (line?.y ?? NaN) - (below?.y ?? NaN) - (below?.height ?? NaN);
    assert.ok(apart >= 0 && apart < 80, `${button}: ${apart} px`);
  }
  // On a telephone the buttons stand in several rows; what is said is still on the screen with the first of them.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.click('#export-row');
  await page.waitForFunction(() => document.querySelector('#export-line')?.textContent?.includes('.png'));
  const [pressed, said] = await Promise.all(['#export-row', '#export-line'].map((id) => page.locator(id).boundingBox()));
  assert.ok(pressed && said && said.y > pressed.y && said.y + said.height - pressed.y < 300, `${pressed?.y} and ${said?.y}`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the frame of a picture or network of one’s own shows the saved HTML file, and what the tag needs is said', { timeout }, async () => {
  const { page, context, troubles } = await open('/www/#network=all-cnn-c');
  await explained(page);
  await page.setInputFiles('#file', `${ROOT}www/pictures/cifar10/ship-0000.jpg`);
  await explained(page, 'ship-0000.jpg');
  const copied = async (/** @type {string} */ button, /** @type {string} */ words) => {
    await page.click(button);
    await page.waitForFunction((wanted) => document.querySelector('#export-line')?.textContent?.includes(wanted), words);
    return { code: await page.innerText('#export-code'), line: await page.innerText('#export-line') };
  };
  const frame = await copied('#export-frame', 'a picture of your own');
  const [, file = ''] = /^<iframe src="([\w.-]+\.html)" title=/.exec(frame.code) ?? [];
  assert.match(file, /^ship-0000-all-cnn-c-class-\d+-[a-z]+\.html$/);
  assert.match(frame.line, new RegExp(`It shows ${file}, .*One HTML file that still computes`));
  // That file has this name, and in the frame it explains the picture.
  const files = await saved(page, '#export-file', 1);
  assert.deepEqual([...files.keys()], [file]);
  const folder = dirname(files.get(file) ?? '');
  await writeFile(join(folder, 'page.html'), frame.code);
  const author = await context.newPage();
  await author.goto(pathToFileURL(join(folder, 'page.html')).href);
  await author.frameLocator('iframe').locator('#status[data-ready]').waitFor({ timeout: 60_000 });

  const tag = await copied('#export-tag', 'Put ship-0000.jpg');
  assert.match(tag.code, / src="ship-0000\.jpg" alt="ship-0000" /);
  assert.match(tag.line, /Put ship-0000\.jpg beside your page\. In alt, say what is to be seen/);
  assert.match(tag.line, /another server than localhost:\d+ shows nothing unless this server allows it \(CORS\)/);
  // The file's name is what counts, not that of the network in it.
  const own = { name: 'my net.safetensors', mimeType: '', buffer: await readFile(`${ROOT}www/models/model-c.safetensors`) };
  await page.setInputFiles('#model-file', own);
  await page.waitForFunction(() => document.querySelector('#model-message')?.textContent?.includes('is loaded'));
  await explained(page, 'ship-0000.jpg');
  assert.match((await copied('#export-frame', 'a network of your own')).line, /a picture and a network of your own/);
  const both = await copied('#export-tag', 'Put ship-0000.jpg and');
  assert.match(both.line, /Put ship-0000\.jpg and my net\.safetensors beside your page/);
  assert.match(both.code, /<relume-view model="my net\.safetensors" /);
  const [named = ''] = (await saved(page, '#export-row', 1)).keys();
  assert.match(named, /^ship-0000-my-net-class-\d+-[a-z]+\.png$/);
  // The author's page lies on the disk.
  assert.deepEqual(
    troubles.filter((trouble) => !trouble.startsWith('another origin: file:')),
    [],
  );
  await context.close();
});
