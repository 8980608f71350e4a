// Every language has every sentence of the page, and nothing else. What is missing is listed with its file, to be added to
// www/languages; docs/translating.md says how.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { CODES } from '../../pkg/engine/error.js';
import { openBrowser } from './support/browser.mjs';
import { galleryClasses, ROOT } from './support/fixtures.mjs';
import { dictionaryOf, languages, placesIn, wordsOfModules, wordsOfPictures } from './support/words.mjs';

/** @typedef {import('./support/words.mjs').Word} Word */

const timeout = 60_000;
const PAGES = ['index.html', 'embed.html', 'standalone.html', 'document.html'];
/** As crates/relume/src/attribution/warning.rs names them. */
const WARNINGS = ['plain-gradient', 'zero-gradient'];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
/** All that can be translated. @type {Word[]} */
let words = [];
before(async () => {
  browser = await openBrowser();
  const { page, context } = await browser.open('/tests/browser/pages/bare.html');
  const inHtml = await page.evaluate(async (files) => {
    const { unitsIn, attributesIn } = await import(/** @type {any} */ ('/www/static-text.js'));
    const found = await Promise.all(
      files.map(async (file) => {
        const html = new DOMParser().parseFromString(await (await fetch(`/www/${file}`)).text(), 'text/html');
        return [...unitsIn(html), ...attributesIn(html)].map(({ key }) => ({ file, key }));
      }),
    );
    return /** @type {{ file: string, key: string }[]} */ (found.flat());
  }, PAGES);
  await context.close();
  assert.ok(inHtml.length > 100, `${inHtml.length} in the HTML`);
  const { found } = await wordsOfModules();
  assert.ok(found.length > 100, `${found.length} in the modules`);
  // What is only words in braces and signs between them is the same in any language, unless it is translated.
  words = [...inHtml, ...found, ...(await wordsOfPictures())];
});
after(() => browser?.close());

test('each sentence stands in the call that says it, where it can be found', { timeout }, async () => {
  assert.deepEqual((await wordsOfModules()).unreadable, []);
});

test('the page offers the languages there are', { timeout }, async () => {
  for (const file of ['index.html', 'embed.html', 'document.html']) {
    const html = await readFile(`${ROOT}www/${file}`, 'utf8');
    const offered = /data-languages="([^"]*)"/.exec(html)?.[1]?.split(' ');
    assert.deepEqual(offered, ['en', ...(await languages())], `${file}: data-languages`);
    if (file === 'embed.html') continue;
    const buttons = [...html.matchAll(/data-language="(\w+)" lang="(\w+)"/g)];
    assert.deepEqual(
      buttons.map(([, code]) => code),
      offered,
    );
    for (const [, code, lang] of buttons) assert.equal(code, lang);
  }
});

for (const code of await languages()) {
  test(`${code}: no sentence is missing`, { timeout }, async () => {
    const { strings } = await dictionaryOf(code);
    const missing = words.filter(({ key }) => !Object.hasOwn(strings, key) && /\p{L}/u.test(key.replace(/\{\w+\}/g, '')));
    assert.deepEqual(
      missing.map(({ file, key }) => `${file}: ${JSON.stringify(key)}`),
      [],
    );
  });

  test(`${code}: no sentence is left over`, { timeout }, async () => {
    const used = new Set(words.map(({ key }) => key));
    const { strings } = await dictionaryOf(code);
    assert.deepEqual(
      Object.keys(strings).filter((key) => !used.has(key)),
      [],
    );
  });

  test(`${code}: each sentence has the elements and values of the English one`, { timeout }, async () => {
    const { strings } = await dictionaryOf(code);
    const different = Object.entries(strings).filter(([english, other]) => {
      const [wanted, found] = [placesIn(english), placesIn(other)];
      return wanted.join() !== found.join() || other.trim() === '';
    });
    assert.deepEqual(different, []);
  });

  test(`${code}: every code of an error and of a warning, every class of CIFAR-10`, { timeout }, async () => {
    const { classes, errors, warnings } = await dictionaryOf(code);
    assert.deepEqual(Object.keys(errors).sort(), [...CODES].sort());
    assert.deepEqual(Object.keys(warnings).sort(), WARNINGS);
    assert.deepEqual(Object.keys(classes).sort(), (await galleryClasses()).sort());
  });
}
