// Networks that cannot be used: the reason stands in place, and the page stays as it was.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bring } from './support/bring.mjs';
import { openBrowser } from './support/browser.mjs';
import { digests } from './support/canvas.mjs';
import { ROOT } from './support/fixtures.mjs';
import { answered, fileOf, told } from './support/network-form.mjs';
import { onnxNetwork } from './support/onnx-network.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

const timeout = 240_000;
const PLAIN = await readFile(`${ROOT}crates/relume-onnx/tests/files/plain-dynamo.onnx`);

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
/** @type {string} */
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relume-refused-'));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

test('each with its reason, a long list of operators folded; the page goes on as before', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const maps = await digests(page);
  /** @type {[string, Buffer, RegExp][]} */
  const refused = [
    ['text.onnx', Buffer.from('These are notes, not a network.\n'), /neither an ONNX file nor a PyTorch checkpoint/],
    ['nothing.onnx', Buffer.alloc(0), /It is empty\./],
    ['cut.onnx', PLAIN.subarray(0, PLAIN.length - 200), /cut off or damaged/],
    ['cut early.onnx', PLAIN.subarray(0, 12), /cut off or damaged|neither an ONNX file/],
    ['four.onnx', onnxNetwork({ channels: 4 }), /\[1, 4, 24, 24\]/],
    ['odd.onnx', onnxNetwork({ activation: 'Softsign' }), /“active” \(Softsign\): relume has no such layer/],
  ];
  for (const [name, buffer, reason] of refused) {
    await bring(page, 'drop', fileOf(name, buffer));
    await answered(page, name);
    assert.equal(await page.getAttribute('#network-form', 'data-state'), 'refused', name);
    assert.match(await page.innerText('#form-trouble'), reason, name);
    assert.ok(await page.isHidden('#form-use'), name);
    assert.deepEqual(await digests(page), maps, name);
  }
  // Of the last, what relume reads instead can be unfolded.
  assert.doesNotMatch(await page.innerText('#form-trouble'), /GlobalAveragePool/);
  await page.click('#form-trouble summary');
  assert.match(await page.innerText('#form-trouble'), /GlobalAveragePool/);
  assert.equal(await page.innerText('#form-cancel'), 'Close');
  await page.click('#form-cancel');
  assert.equal(await page.locator('#network-form').count(), 0);
  await page.click('#sample-frog-0000');
  await explained(page, 'A frog');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a size that does not fit is said beside it, and another one works', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.setInputFiles('#model-file', fileOf('open.onnx', onnxNetwork({ size: 'open' })));
  await answered(page, 'open.onnx');
  // One row of the largest width: as many numbers as the engine computes, but a picture of another shape is fine again.
  await page.fill('#form-height', '4096');
  await page.fill('#form-width', '4096');
  await answered(page);
  await page.fill('#form-height', '16');
  await page.fill('#form-width', '16');
  await answered(page);
  assert.match(await page.innerText('#form-notes'), /16 × 16/);
  assert.ok(await page.isEnabled('#form-use'));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a file that disappears is said, before it was read and after', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const path = join(folder, 'gone.onnx');
  await writeFile(path, onnxNetwork());
  await page.setInputFiles('#model-file', path);
  await answered(page, 'gone.onnx');
  await rm(path);
  await page.check('input[name=form-input][value=zero-to-one]');
  await page.waitForFunction(() => document.querySelector('#form-trouble')?.textContent !== '');
  assert.match(await page.innerText('#form-trouble'), /could not be read|cannot be read|moved or deleted/);
  assert.ok(await page.isDisabled('#form-use'));
  // It is there again, under the same name.
  await writeFile(path, onnxNetwork());
  await page.setInputFiles('#model-file', path);
  await answered(page, 'gone.onnx');
  assert.equal(await page.innerText('#form-trouble'), '');
  await page.click('#form-cancel');
  // A file whose bytes cannot be read at all.
  await page.evaluate(() => {
    const file = new File(['unread'], 'unread.onnx');
    Object.defineProperty(file, 'slice', {
      value: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }),
    });
    const transfer = new DataTransfer();
    const event = new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true });
    Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], files: [file] } });
    document.dispatchEvent(event);
  });
  await answered(page, 'unread.onnx');
  assert.match(await page.innerText('#form-trouble'), /could not be read: was it moved or deleted/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('without the code of the form, it is said that it was not read', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, {
    before: (made) => made.route('**/network-form.js', (route) => route.fulfill({ status: 503 })),
  });
  await explained(page);
  await page.setInputFiles('#model-file', fileOf('plain.onnx', PLAIN));
  await told(page, /plain\.onnx.*was not read.*Reload the page/);
  assert.equal(troubles.length, 1, `${troubles}`);
  await context.close();
});
