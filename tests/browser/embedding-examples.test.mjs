// docs/embedding.md says what a frame and the element take and tell: its examples, opened; its names, compared with the code's.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { PARTS } from '../../pkg/element/attributes.js';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';

const timeout = 180_000;
/** By its path alone: the page's modules are checked with the types of a browser. @type {{ FIGURES: readonly string[] }} */
const { FIGURES } = await import(new URL('../../www/embed-words.js', import.meta.url).href);
const words = await readFile(`${ROOT}docs/embedding.md`, 'utf8');

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** The first column of the table below a heading. @param {string} heading */
function names(heading) {
  const [, part = ''] = words.split(`\n${heading}\n`);
  const [table = ''] = part.split(/\n#+ /);
  return [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name);
}

test('the names of the parts, of the figures and of a frame’s words are those there are', () => {
  assert.deepEqual(names('### Parts and controls'), [...PARTS]);
  assert.deepEqual(names('### Figures of the page'), [...FIGURES]);
});

test('every frame of the document shows its figure, and every word of its address is used', { timeout }, async () => {
  const addresses = [...words.matchAll(/https:\/\/example\.org\/relume(\/www\/embed\.html[^"\s]*)"/g)].map(([, path = '']) =>
    path.replaceAll('&amp;', '&'),
  );
  assert.ok(addresses.length >= 6, `${addresses.length} found`);
  for (const path of new Set(addresses)) {
    const { page, context, troubles } = await browser.open(path);
    const figure = page.locator('relume-view canvas:not([hidden]), #rule-figure[data-checked=same], #signal-figure[data-state=ready]');
    await figure.first().waitFor({ timeout: 60_000 });
    assert.equal(await page.locator('#address-note').isVisible(), false, `${path}: ${await page.innerText('#address-note')}`);
    assert.deepEqual(troubles, [], path);
    await context.close();
  }
});

test('the locked figure of the document, and what relume-changed tells: every word of the example, and no other', { timeout }, async () => {
  const [, locked = ''] = /^(<relume-view locked .*)$/m.exec(words) ?? [];
  const [, json = ''] = /^```json\n([\s\S]*?)\n```$/m.exec(words) ?? [];
  const { page, context, troubles } = await browser.open('/tests/browser/pages/bare.html');
  await page.waitForFunction(() => 'bare' in globalThis);
  const detail = await page.evaluate(
    async ([html, model]) => {
      const told = new Promise((resolve) =>
        addEventListener('relume-changed', (event) => resolve(/** @type {CustomEvent} */ (event).detail)),
      );
      await import(/** @type {any} */ ('/pkg/view.js'));
      document.body.innerHTML = (html ?? '')
        .replace('all-cnn-c.safetensors', model ?? '')
        .replace('horse-0000.jpg', '/www/pictures/cifar10/horse-0000.jpg');
      return JSON.parse(JSON.stringify(await told));
    },
    [locked, ALL_CNN_C],
  );
  assert.deepEqual(
    [detail.state.locked, detail.state.parts, detail.state.explained.label],
    [true, ['picture', 'maps', 'scale', 'predictions'], 'horse'],
  );
  /** Its words, at every depth. @param {unknown} value @returns {unknown} */
  const shape = (value) =>
    Array.isArray(value)
      ? value.slice(0, 1).map(shape)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(
            Object.entries(value)
              .sort()
              .map(([key, inner]) => [key, shape(inner)]),
          )
        : typeof value;
  assert.deepEqual(shape(detail), shape(JSON.parse(json)));
  assert.equal(await page.locator('relume-view button, relume-view input').count(), 0);
  assert.deepEqual(troubles, []);
  await context.close();
});
