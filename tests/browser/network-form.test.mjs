// The form that a network of another tool opens: its choices, and what the network answers to each.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { bring, bringAll } from './support/bring.mjs';
import { openBrowser } from './support/browser.mjs';
import { frames, withCamera } from './support/camera.mjs';
import { digests } from './support/canvas.mjs';
import { ROOT } from './support/fixtures.mjs';
import { answer, answered, fileOf, pick, use } from './support/network-form.mjs';
import { onnxNetwork } from './support/onnx-network.mjs';
import { WITH_ALL_CNN_C, explained, predictions } from './support/page.mjs';

const timeout = 240_000;
const PLAIN = await readFile(`${ROOT}crates/relume-onnx/tests/files/plain-torchscript.onnx`);
const AXE = await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** The page with a small network, ready. @param {Parameters<typeof browser.open>[1]} [options] */
async function open(options) {
  const opened = await browser.open(WITH_ALL_CNN_C, options);
  await explained(opened.page);
  return opened;
}

for (const how of /** @type {const} */ (['drop', 'paste']))
  test(`an export of PyTorch’s, by ${how}, becomes the page’s network`, { timeout }, async () => {
    const { page, context, troubles } = await open();
    // It is told by its bytes, whatever it is called.
    await bring(page, how, fileOf('birds.bin', PLAIN));
    assert.equal((await answer(page, 'birds.bin')).length, 3);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'network-form-title');
    assert.match(await page.innerText('#form-notes'), /takes pictures of \d+ × \d+ pixels/);
    await page.fill('#form-title', 'Birds <b>of</b> mine');
    const first = (await answer(page))[0] ?? '';
    await use(page);
    assert.equal((await predictions(page)).length, 5);
    assert.match(await page.innerText('#status'), new RegExp(`The network says “${first}”`));
    assert.equal(await page.locator('input[name=network]:checked').count(), 0);
    assert.match(await page.innerText('#own-network'), /In use: Birds <b>of<\/b> mine, your own/);
    assert.match(await page.innerText('#engine-summary'), /Birds <b>of<\/b> mine/);
    for (const figure of ['signal-figure', 'unit-figure', 'patch-figure']) {
      await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
      await page.waitForSelector(`#${figure}[data-state="ready"]`);
    }
    assert.deepEqual(troubles, []);
    await context.close();
  });

test('weights of PyTorch open the same form, and tell their network', { timeout }, async () => {
  const { page, context, troubles } = await open();
  const weights = await readFile(`${ROOT}crates/relume-checkpoint/tests/files/mobilenet_v2.pth`);
  await bring(page, 'drop', fileOf('leaves.pth', weights));
  assert.equal((await answer(page, 'leaves.pth')).length, 3);
  assert.equal(await page.inputValue('#form-height'), '224');
  assert.match(await page.innerText('#form-notes'), /torchvision's MobileNetV2/);
  await page.fill('#form-height', '64');
  await page.fill('#form-width', '96');
  await answer(page, 'leaves.pth');
  assert.match(await page.innerText('#form-notes'), /takes pictures of 96 × 64 pixels/);
  await use(page);
  assert.match(await page.innerText('#own-network'), /In use: leaves, your own/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the answer follows the choices, and the picture; only the newest is shown', { timeout }, async () => {
  const { page, context, troubles } = await open();
  await pick(page, 'light.onnx', onnxNetwork());
  await page.check('input[name=form-input][value=zero-to-one]');
  assert.deepEqual(await answer(page), ['class 0', 'class 1'], 'no pixel is below 0');
  await page.check('input[name=form-input][value=other]');
  assert.equal(await page.inputValue('#form-mean-1'), '0.456');
  for (const i of [0, 1, 2]) await page.fill(`#form-mean-${i}`, '1');
  assert.deepEqual(await answer(page), ['class 1', 'class 0'], 'none is above 1');
  // Each of these would answer otherwise.
  await page.evaluate(() => {
    for (const value of ['zero-to-one', 'caffe', 'other', 'zero-to-one', 'other', 'zero-to-one'])
      /** @type {HTMLInputElement} */ (document.querySelector(`input[name=form-input][value=${value}]`)).click();
  });
  assert.deepEqual(await answer(page), ['class 0', 'class 1']);
  assert.match(await page.innerText('#form-answer'), /Its answer to “A horse/);
  await page.click('#sample-frog-0000');
  await page.waitForFunction(() => /answer to “A frog/.test(document.querySelector('#form-answer')?.textContent ?? ''));
  // Wrong numbers are said where they stand, and the network cannot be used with them.
  await page.check('input[name=form-input][value=other]');
  for (const [field, text, said] of [
    ['#form-std-2', '0', /deviation is above 0/],
    ['#form-mean-0', 'much', /one number, such as/],
    ['#form-low', '1', /cannot be the same/],
  ]) {
    await page.fill(String(field), String(text));
    assert.match(await page.innerText('#form-input-line'), /** @type {RegExp} */ (said));
    assert.ok(await page.isDisabled('#form-use'));
    await page.fill(String(field), field === '#form-low' ? '0' : '0,5');
    await answered(page);
    assert.ok(await page.isEnabled('#form-use'), 'a decimal comma is one');
  }
  await page.fill('#form-std-0', '1e39');
  await page.waitForFunction(() => /cannot be used/.test(document.querySelector('#form-trouble')?.textContent ?? ''));
  assert.ok(await page.isDisabled('#form-use'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('names: ImageNet’s for a thousand outputs, a list, a file; a wrong count is said with both numbers', { timeout }, async () => {
  const { page, context, troubles } = await open();
  await pick(page, 'thousand.onnx', onnxNetwork({ outputs: 1000 }));
  assert.ok(await page.isChecked('input[name=form-classes][value=imagenet]'));
  await page.check('input[name=form-input][value=zero-to-one]');
  assert.equal((await answer(page))[0], 'tench');
  await pick(page, 'three.onnx', onnxNetwork({ outputs: 3 }));
  assert.ok(await page.isChecked('input[name=form-classes][value=numbers]'));
  await page.check('input[name=form-input][value=zero-to-one]');
  await page.check('input[name=form-classes][value=imagenet]');
  assert.match(await page.innerText('#form-names-line'), /1000 names, and the network has 3 outputs/);
  await page.check('input[name=form-classes][value=list]');
  assert.match(await page.innerText('#form-names-line'), /has 3 outputs/);
  await page.fill('#form-names', 'hen\negg');
  assert.match(await page.innerText('#form-names-line'), /2 names, and the network has 3 outputs/);
  await answered(page);
  await page.click('#form-use');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'form-names', 'what is missing');
  await page.fill('#form-names', 'hen\n\negg\n');
  assert.match(await page.innerText('#form-names-line'), /Line 2 is empty/);
  await page.setInputFiles('#form-names-file', { name: 'n.png', mimeType: 'image/png', buffer: Buffer.from([1, 0, 2]) });
  await page.waitForFunction(() => /n\.png.*not a text file/.test(document.querySelector('#form-names-line')?.textContent ?? ''));
  // With a mark of bytes in front, and lines as Windows ends them. One name is markup, one turns the direction of writing.
  const odd = '\uFEFF<img src=x onerror=alert(1)>\r\n\u202Egge\r\nhen\r\n';
  await page.setInputFiles('#form-names-file', { name: 'n.txt', mimeType: 'text/plain', buffer: Buffer.from(odd) });
  await page.waitForFunction(() => /has 3 outputs\.$/.test(document.querySelector('#form-names-line')?.textContent ?? ''));
  assert.equal((await answer(page))[0], '<img src=x onerror=alert(1)>');
  await use(page);
  assert.equal(await page.innerText('#predictions [data-class="0"] .label'), '<img src=x onerror=alert(1)>');
  assert.equal(await page.locator('#predictions img, #form-answer img, #target-line img').count(), 0);
  await page.click('#predictions [data-class="1"]');
  await explained(page);
  assert.equal(await page.locator('#target-line b').evaluate((name) => getComputedStyle(name).unicodeBidi), 'isolate');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('an open size is asked for, and the pictures have it; grey and a single output are said', { timeout }, async () => {
  const { page, context, troubles } = await open();
  await pick(page, 'open.onnx', onnxNetwork({ size: 'open', channels: 1, outputs: 1 }));
  assert.deepEqual([await page.inputValue('#form-height'), await page.inputValue('#form-width')], ['224', '224']);
  for (const preset of ['imagenet', 'caffe']) assert.ok(await page.isDisabled(`input[name=form-input][value=${preset}]`), preset);
  assert.ok(await page.isChecked('input[name=form-input][value=zero-to-one]'));
  for (const side of ['0', '4097', '1e2', '', 'wide']) {
    await page.fill('#form-width', side);
    assert.match(await page.innerText('#form-size-line'), /whole numbers from 1 to 4096/, side);
    assert.ok(await page.isDisabled('#form-use'), side);
  }
  await page.fill('#form-height', '30');
  await page.fill('#form-width', '50');
  await answered(page);
  assert.match(await page.innerText('#form-notes'), /grey pictures of 50 × 30 pixels.*always says 100 %/s);
  await page.check('input[name=form-input][value=other]');
  assert.equal(await page.locator('#form-input [id^="form-mean"]').count(), 1);
  await answered(page);
  await use(page);
  assert.deepEqual(
    await page.evaluate(() =>
      [...document.querySelectorAll('canvas#map-guided')].map((map) => [
        map.clientWidth > map.clientHeight,
        map.getAttribute('width'),
        map.getAttribute('height'),
      ]),
    ),
    [[true, '50', '30']],
  );
  assert.match(await page.innerText('#display-caption'), /sees only grey/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('cancelled, by the button and by Escape, everything is as it was', { timeout }, async () => {
  const { page, context, troubles } = await open();
  const before = [await digests(page), page.url(), await page.innerText('#status'), await page.evaluate(() => history.length)];
  for (const cancel of [() => page.keyboard.press('Escape'), () => page.click('#form-cancel')]) {
    await pick(page, 'plain.onnx', PLAIN);
    await page.focus('#form-title');
    await cancel();
    assert.equal(await page.locator('#network-form').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'model-file');
    assert.deepEqual([await digests(page), page.url(), await page.innerText('#status'), await page.evaluate(() => history.length)], before);
    assert.ok(await page.isHidden('#own-network'));
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('of two files right after one another the second has the form', { timeout }, async () => {
  const { page, context, troubles } = await open();
  for (const [first, second] of [
    ['a.onnx', 'b.onnx'],
    ['b.onnx', 'a.onnx'],
  ]) {
    await bringAll(page, 'drop', [fileOf(first ?? '', PLAIN), fileOf(second ?? '', onnxNetwork())]);
    await answered(page, second);
    assert.equal(await page.locator('.network-form').count(), 1);
    assert.equal((await answer(page)).length, 2);
  }
  // A model file of relume is another network that is wanted.
  await page.setInputFiles('#model-file', `${ROOT}www/models/model-c.safetensors`);
  await page.waitForFunction(() => /model-c.*is loaded/.test(document.querySelector('#model-message')?.textContent ?? ''));
  assert.equal(await page.locator('.network-form').count(), 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('while the camera is live: it goes on, then with the new network', { timeout }, async () => {
  const { page, context, troubles } = await open({ before: withCamera });
  await page.click('#live-begin');
  await frames(page, 2);
  await bring(page, 'drop', fileOf('light.onnx', onnxNetwork({ size: [40, 40] })));
  await answered(page, 'light.onnx');
  // Out of view it would wait.
  await page.locator('#live').scrollIntoViewIfNeeded();
  await frames(page, Number(await page.getAttribute('#live', 'data-frames')) + 2);
  await page.click('#form-use');
  await page.waitForSelector('#network-form', { state: 'detached' });
  await page.locator('#live').scrollIntoViewIfNeeded();
  await page.waitForFunction(() => /** @type {HTMLCanvasElement} */ (document.querySelector('#live-view')).width === 40);
  await page.click('#live-end');
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const [width, colorScheme] of /** @type {const} */ ([
  [1280, 'light'],
  [320, 'dark'],
]))
  test(`axe finds nothing in it, and nothing scrolls sideways, at ${width} px`, { timeout }, async () => {
    const { page, context, troubles } = await open({ viewport: { width, height: 800 }, colorScheme });
    await pick(
      page,
      'a-rather-long-name-of-a-file-that-somebody-has-exported.onnx',
      onnxNetwork({ size: 'open', outputs: 3, layer: '/features/features.0/features.0.0/block/block.1/Conv' }),
    );
    await page.check('input[name=form-input][value=other]');
    await page.check('input[name=form-classes][value=list]');
    await page.fill('#form-names', 'one\ntwo');
    await answered(page);
    await page.evaluate(AXE);
    const found = await page.evaluate(async () => {
      const { violations } = await /** @type {any} */ (globalThis).axe.run('#own-networks', {
        rules: { 'target-size': { enabled: true } },
      });
      return violations.flatMap((/** @type {any} */ { id, nodes }) =>
        nodes.map((/** @type {any} */ { target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
      );
    });
    assert.deepEqual(found, []);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    // By the keyboard, from the title to the button.
    await page.focus('#form-title');
    const passed = [];
    for (let i = 0; i < 20 && passed.at(-1) !== 'form-cancel'; i++) {
      await page.keyboard.press('Tab');
      passed.push(await page.evaluate(() => document.activeElement?.id || /** @type {HTMLInputElement} */ (document.activeElement).name));
    }
    assert.deepEqual(passed, [
      ...['form-input', 'form-low', 'form-high', 'form-mean-0', 'form-mean-1', 'form-mean-2', 'form-std-0', 'form-std-1', 'form-std-2'],
      ...[
        'form-height',
        'form-width',
        'form-classes',
        'form-names',
        'form-names-file',
        'form-keep',
        'form-use',
        'form-save',
        'form-cancel',
      ],
    ]);
    // In use, too, its layers' names being as long as exporters write them.
    await page.fill('#form-names', 'one\ntwo\nthree');
    await use(page);
    for (const figure of ['signal-figure', 'unit-figure', 'patch-figure']) {
      await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
      await page.waitForSelector(`#${figure}[data-state="ready"]`);
    }
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    assert.deepEqual(troubles, []);
    await context.close();
  });
