// Networks that a visitor keeps in the browser: they are listed, survive a reload, and can be deleted; what goes wrong is said.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { digests } from './support/canvas.mjs';
import { keepSaved, savedFiles } from './support/downloads.mjs';
import { greyNetwork } from './support/grey-network.mjs';
import { pick, told, use } from './support/network-form.mjs';
import { onnxNetwork } from './support/onnx-network.mjs';
import { WITH_ALL_CNN_C, choose, explained, predictions, written } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 240_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** What is listed, a line each. @param {Page} page */
const listed = (page) => page.locator('#kept-networks .kept-network label').allInnerTexts();

/** @param {Page} page @param {number} count */
const lists = (page, count) => page.waitForFunction((wanted) => document.querySelectorAll('.kept-network').length === wanted, count);

/** Keeps a small network by the form, and shows it. @param {Page} page @param {string} [title] */
async function keepOne(page, title = 'Light or dark') {
  await pick(page, 'light.onnx', onnxNetwork());
  await page.fill('#form-title', title);
  await page.check('#form-keep');
  await use(page);
  await lists(page, 1);
}

test('kept by the form: named by the address, there after a reload, undone by Back', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  assert.ok(await page.isHidden('#kept-networks'));
  await keepOne(page);
  await written(page);
  assert.match(page.url(), /#network=own:light-or-dark/);
  assert.match((await listed(page)).join(), /^Light or dark\s+Yours, kept in this browser: [\d.]+ MB\.$/);
  assert.ok(await page.isChecked('input[value="own:light-or-dark"]'));
  assert.ok(await page.isHidden('#own-keep'));
  // Nothing that others are given names what only this browser has.
  assert.doesNotMatch(await page.inputValue('#export-link'), /own:/);
  assert.equal(await page.getAttribute('#export-panel', 'data-own'), 'true');
  const maps = await digests(page);

  await page.reload();
  await explained(page);
  assert.equal((await predictions(page)).length, 2);
  assert.deepEqual(await digests(page), maps);
  await lists(page, 1);
  assert.ok(await page.isChecked('input[value="own:light-or-dark"]'));
  // Back, to what was before the reload, and forward again.
  await page.goBack();
  await page.waitForFunction(() => /All-CNN-C/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  await explained(page);
  assert.ok(await page.isChecked('input[value="all-cnn-c"]'));
  await page.goForward();
  await page.waitForFunction(() => /Light or dark/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  await explained(page);
  assert.deepEqual(await digests(page), maps);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a model file of relume is kept, chosen, saved and deleted too', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: keepSaved });
  await explained(page);
  const model = greyNetwork({ side: 24, mean: 120, std: 60, weights: [1, -1], relu: true });
  for (const count of [1, 2]) {
    await page.setInputFiles('#model-file', { name: 'grey.safetensors', mimeType: '', buffer: model });
    await told(page, /grey\.safetensors is loaded/);
    await explained(page);
    await written(page);
    const before = await page.evaluate(() => history.length);
    await page.click('#own-keep');
    await lists(page, count);
    await told(page, /only here: nothing was uploaded/);
    await written(page);
    assert.equal(await page.evaluate(() => history.length), before, 'it is the same network');
  }
  assert.match(page.url(), /#network=own:grey-2/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'own-save');
  const saved = await savedFiles(page, () => page.click('#own-save'), 1);
  assert.deepEqual(saved.get('grey.safetensors'), model);

  await choose(page, 'all-cnn-c');
  assert.ok(await page.isHidden('#own-network'));
  await page.check('input[value="own:grey"]');
  await page.waitForFunction(() => /Grey/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  await explained(page);
  await written(page);
  assert.match(page.url(), /#network=own:grey(&|$)/);
  // Another choice right after it takes precedence.
  await choose(page, 'all-cnn-c');
  await page.evaluate(() => {
    for (const name of ['own:grey', 'model-c']) /** @type {HTMLElement} */ (document.querySelector(`input[value="${name}"]`)).click();
  });
  await page.waitForFunction(() => /Model C/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  await explained(page);
  assert.ok(await page.isChecked('input[value="model-c"]'));
  await page.check('input[value="own:grey"]');
  await page.waitForFunction(() => /Grey/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
  await explained(page);
  // Deleting asks once more. What is in use stays in use, and no address names it then.
  const remove = page.locator('[data-kept="own:grey"] button');
  await remove.click();
  assert.equal(await remove.innerText(), 'Really delete?');
  await page.focus('#model-file');
  assert.equal(await remove.innerText(), 'Delete');
  await remove.click();
  await remove.click();
  await lists(page, 1);
  await told(page, /“Grey” is no longer kept/);
  assert.match(await page.innerText('#own-network'), /In use: Grey/);
  assert.ok(await page.isVisible('#own-keep'));
  await written(page);
  assert.doesNotMatch(page.url(), /own:/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('an address of one that is not there shows another, and says so', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=own:nowhere&picture=coffee');
  await explained(page, 'Coffee');
  await page.waitForFunction(() => /not kept in this browser/.test(document.querySelector('#status')?.textContent ?? ''));
  assert.match(
    await page.innerText('#status'),
    /network=own:nowhere \(not kept in this browser any longer, or damaged; SqueezeNet 1\.1 instead\)/,
  );
  assert.ok(await page.isChecked('input[value="squeezenet-1.1"]'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('deleted in another tab: it stays in use here, can be kept again, and the list follows', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await keepOne(page);
  const maps = await digests(page);
  const other = await context.newPage();
  await other.goto(`${browser.origin}${WITH_ALL_CNN_C}`);
  await explained(other);
  await lists(other, 1);
  const remove = other.locator('.kept-network button');
  await remove.click();
  await remove.click();
  await lists(other, 0);
  await lists(page, 0);
  assert.deepEqual(await digests(page), maps);
  await page.waitForSelector('#own-keep');
  await page.click('#own-keep');
  await lists(page, 1);
  await lists(other, 1);
  // Chosen in the moment in which it is deleted elsewhere.
  await other.evaluate(async () => {
    const networks = await (await navigator.storage.getDirectory()).getDirectoryHandle('networks');
    for await (const name of networks.keys()) await networks.removeEntry(name);
  });
  // Not `check`: it is taken back at once.
  await other.click('input[name=network][value^="own:"]');
  await told(other, /could not be opened; the one before it is still in use\. It is not kept/);
  await lists(other, 0);
  assert.ok(await other.isChecked('input[value="all-cnn-c"]'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a damaged one is listed as such and can be deleted; its address shows another network', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await keepOne(page);
  await written(page);
  await page.evaluate(async () => {
    const networks = await (await navigator.storage.getDirectory()).getDirectoryHandle('networks');
    const file = await networks.getFileHandle('light-or-dark.safetensors');
    const stream = await file.createWritable({ keepExistingData: true });
    await stream.truncate((await file.getFile()).size - 4);
    await stream.close();
  });
  await page.reload();
  await explained(page);
  await lists(page, 1);
  assert.match((await listed(page))[0] ?? '', /Damaged/);
  assert.ok(await page.isDisabled('input[name=network][value^="own:"]'));
  await page.waitForFunction(() => /or damaged; All-CNN-C instead/.test(document.querySelector('#status')?.textContent ?? ''));
  const remove = page.locator('.kept-network button');
  await remove.click();
  await remove.click();
  await lists(page, 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('without room it is said, nothing half is left, and the network can be used all the same', { timeout }, async (t) => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const session = await context.newCDPSession(page).catch(() => undefined);
  if (!session) return t.skip('only Chromium’s quota can be set');
  await session.send('Storage.overrideQuotaForOrigin', { origin: browser.origin, quotaSize: 1000 });
  await pick(page, 'thousand.onnx', onnxNetwork({ outputs: 1000 }));
  await page.check('#form-keep');
  await page.click('#form-use');
  await page.waitForFunction(() => /more than this browser still gives/.test(document.querySelector('#form-trouble')?.textContent ?? ''));
  assert.match(await page.innerText('#form-trouble'), /everything is as it was.*needs [\d.]+ MB, more than/s);
  assert.match(await page.innerText('#engine-summary'), /All-CNN-C/);
  await page.uncheck('#form-keep');
  await use(page);
  await page.click('#own-keep');
  await told(page, /could not be kept\. This network needs/);
  assert.ok(await page.isEnabled('#own-keep'));
  await session.send('Storage.overrideQuotaForOrigin', { origin: browser.origin });
  await page.click('#own-keep');
  await lists(page, 1);
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const [what, without] of /** @type {const} */ ([
  ['refuses the page its folder', 'StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("no", "SecurityError"))'],
  ['has no such folder', 'delete StorageManager.prototype.getDirectory'],
  ['cannot write into it', 'delete FileSystemFileHandle.prototype.createWritable'],
]))
  test(`where the browser ${what}, that is said, and all else works`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, {
      before: async (made) => {
        await keepSaved(made);
        // Not in the empty page before it, which has none of this.
        await made.addInitScript(`if (isSecureContext) ${without}`);
      },
    });
    await explained(page);
    await pick(page, 'light.onnx', onnxNetwork());
    await page.check('#form-keep');
    await page.click('#form-use');
    await page.waitForFunction(() => /lets the page keep nothing/.test(document.querySelector('#form-trouble')?.textContent ?? ''));
    const saved = await savedFiles(page, () => page.click('#form-save'), 1);
    const file = saved.get('light.safetensors');
    assert.ok(file);
    await page.uncheck('#form-keep');
    await use(page);
    const maps = await digests(page);
    // What was saved is the same network.
    await choose(page, 'model-c');
    await page.setInputFiles('#model-file', { name: 'light.safetensors', mimeType: '', buffer: file });
    await told(page, /light\.safetensors is loaded/);
    await explained(page);
    assert.deepEqual(await digests(page), maps);
    assert.deepEqual(troubles, []);
    await context.close();
  });
