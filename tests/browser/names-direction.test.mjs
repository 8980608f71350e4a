// Names from right to left, as a model file may have them: the text around them stays as it is. Marks that turn the direction are refused
// by the engine, and a file's name may still have them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isolated } from '../../pkg/engine/isolated-text.js';
import { openBrowser } from './support/browser.mjs';
import { greyNetwork } from './support/grey-network.mjs';
import { told } from './support/network-form.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

const timeout = 180_000;
const [OVERRIDE, ISOLATE, FIRST_STRONG, POP_ISOLATE, LINE] = ['\u202e', '\u2066', '\u2068', '\u2069', '\u2028'];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

const NETWORK = greyNetwork({
  side: 24,
  mean: 120,
  std: 60,
  weights: [1, -1],
  relu: true,
  title: 'Grey אפור end',
  classes: ['light, 99 %', 'שחור'],
});

test('in a sentence: on one line, from right to left only by itself, and twice the same as once', () => {
  for (const [name, expected] of [
    ['tiger cat', 'tiger cat'],
    [`a${OVERRIDE}b`, 'ab'],
    [`a${LINE}b\u0085c\nd`, 'a b c d'],
    [`${POP_ISOLATE}${POP_ISOLATE}a${ISOLATE}`, 'a'],
    ['שחור', `${FIRST_STRONG}שחור${POP_ISOLATE}`],
    [`שחור${OVERRIDE}`, `${FIRST_STRONG}שחור${POP_ISOLATE}`],
    ['سنور (1)', `${FIRST_STRONG}سنور (1)${POP_ISOLATE}`],
    ['고양이', '고양이'],
    // A sentence that has such a name in it already.
    [`${FIRST_STRONG}שחור${POP_ISOLATE} with random weights`, `${FIRST_STRONG}שחור${POP_ISOLATE} with random weights`],
    // Two joined letters stay joined.
    ['می\u200cخواهم', `${FIRST_STRONG}می\u200cخواهم${POP_ISOLATE}`],
  ]) {
    assert.equal(isolated(String(name)), expected);
    assert.equal(isolated(isolated(String(name))), expected);
  }
});

/** Every text and every attribute to read that a document has, those in shadow roots too; runs in the page. */
function allTexts() {
  /** @type {string[]} */
  const found = [document.title];
  /** @param {Document | ShadowRoot} root */
  function collect(root) {
    for (const element of root.querySelectorAll('*')) {
      for (const name of ['title', 'alt', 'aria-label', 'aria-description', 'placeholder']) found.push(element.getAttribute(name) ?? '');
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) found.push(node.nodeValue ?? '');
      if (element.shadowRoot) collect(element.shadowRoot);
    }
  }
  collect(document);
  return found;
}

/** Fails where a text has a mark that is open at its end, a break, or a name from right to left that is not isolated. @param {string[]} texts */
function assertUndisturbed(texts) {
  let isolates = 0;
  for (const text of texts) {
    const outside = text.replace(/\u2068[^\u2066-\u2069]*\u2069/gu, () => {
      isolates += 1;
      return '';
    });
    assert.doesNotMatch(outside, /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\u0590-\u08ff]/u, JSON.stringify(text));
  }
  assert.ok(isolates > 0, 'the name from right to left is nowhere');
}

test('on the page, in both languages, whichever class is explained', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.setInputFiles('#model-file', { name: `grey${OVERRIDE}.safetensors`, mimeType: '', buffer: NETWORK });
  await told(page, /is loaded/);
  await explained(page);
  for (const figure of ['scheme', 'unit-figure', 'patch-figure', 'pooling-figure']) {
    await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
  }
  await page.click('#engine summary');
  for (const language of ['en', 'ko']) {
    await page.click(`.languages [lang="${language}"]`);
    await page.waitForSelector(`html[lang="${language}"]`);
    for (const index of [0, 1]) {
      await page.click(`#predictions button[data-class="${index}"]`);
      await explained(page);
      const texts = await page.evaluate(allTexts);
      assertUndisturbed(texts);
      assert.ok(texts.some((text) => text.includes('light')) && texts.some((text) => text.includes('אפור')));
    }
  }
  // The second engine, which “Engine and network” asks for, is not in every copy.
  assert.deepEqual(
    troubles.filter((trouble) => !trouble.includes('/wasm/ndarray/')),
    [],
  );
  await context.close();
});

test('in <relume-view>', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/tests/browser/pages/elements.html', {
    before: (made) =>
      made.route('**/names.safetensors', (route) => route.fulfill({ body: NETWORK, contentType: 'application/octet-stream' })),
  });
  await page.evaluate(() => {
    const view = document.createElement('relume-view');
    for (const [name, value] of Object.entries({
      ...{ id: 'names', model: '/names.safetensors', src: '/www/pictures/cifar10/frog-0000.jpg', target: '1', loading: 'eager' },
      parts: 'picture maps scale caption predictions classes',
    }))
      view.setAttribute(name, value);
    document.body.prepend(view);
  });
  await page.locator('#names figcaption').filter({ hasText: 'says' }).waitFor();
  const texts = await page.evaluate(allTexts);
  assertUndisturbed(texts);
  assert.ok(texts.some((text) => text.includes('light')) && texts.some((text) => text.includes('אפור')));
  assert.deepEqual(troubles, []);
  await context.close();
});
