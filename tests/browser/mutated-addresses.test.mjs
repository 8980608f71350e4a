// Addresses of the page, targets and drawing options that were changed at random: none is an error that nobody catches, none hangs,
// and nothing of an address is ever taken for markup or code.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RelumeError } from '../../pkg/engine/error.js';
import { targetFrom } from '../../pkg/engine/target-notation.js';
import { readEmbedWords } from '../../www/embed-words.js';
import { hashOf, readState } from '../../www/permalink.js';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, galleryClasses } from './support/fixtures.mjs';
import { mutatedWords } from './support/mutated-words.mjs';
import { openBare } from './support/package.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

const timeout = 300_000;
const MANY = 3000;
/** Of them in a page, which begins to load what each one asks for. */
const SHOWN = 300;
const SEED = 14126806;
const NUMBERS = '1,-2,3,4,5,6,7,8,9';
const ADDRESSES = [
  '#network=all-cnn-c',
  '#network=all-cnn-c&picture=horse-0000&class=7',
  '#network=model-c&picture=deer-0001&unit=relu6:51@1,2&close=1',
  '#network=all-cnn-c&weights=random&fold=sum&sign=positive&colors=heat&clip=0.05&over=1',
  '#network=all-cnn-c&patches=conv3&compare=6&guess=1&pin=all-cnn-c,horse-0000,7',
  `#f=${NUMBERS}&r=${NUMBERS}&class=frog`,
  '#picture-figure',
  '#network=own:light-or-dark&backend=flex',
  '#network=all-cnn-c&class=tiger+cat&parts=picture,maps,caption&locked=1&lang=ko',
];
const TARGETS = ['top', '3', 'class:3', 'frog', 'class:truck', 'relu6:51', 'relu6:51@1,2', 'conv1:0@31,31'];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test(`${MANY} addresses are read: whatever they say, there is a state, and its own address says the same`, () => {
  const next = mutatedWords(SEED, ADDRESSES);
  for (let i = 0; i < MANY; i++) {
    const address = next();
    const state = readState(address);
    const written = hashOf(state);
    assert.equal(hashOf(readState(written)), written, address);
    readEmbedWords(`?${address.slice(1)}`, address);
  }
});

test(`${MANY} targets in words: a target, or invalid-target`, async () => {
  const classes = await galleryClasses();
  const next = mutatedWords(SEED, TARGETS);
  let targets = 0;
  for (let i = 0; i < MANY; i++) {
    const words = next();
    try {
      const target = targetFrom(words, () => classes);
      targets += 1;
      assert.ok(target === 'top' || ('class' in target ? Number.isInteger(target.class) : Number.isInteger(target.channel)), words);
    } catch (error) {
      assert.ok(error instanceof RelumeError && error.code === 'invalid-target', `${words}: ${error}`);
    }
  }
  assert.ok(targets > 100 && targets < MANY - 100, `${targets} of ${MANY} are targets`);
});

test('300 targets and drawing options reach the engine: a map, or a code, and the same map as before at the end', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const nextTarget = mutatedWords(SEED + 1, TARGETS);
  const nextWord = mutatedWords(SEED + 2, ['rgb', 'max', 'sum', 'both', 'positive', 'grey', 'heat', '0.02']);
  const calls = Array.from({ length: 300 }, (_, i) => ({
    target: i % 2 ? nextTarget() : 'top',
    draw: i % 2 ? {} : { [['fold', 'sign', 'colors', 'clip', nextWord()][i % 5] ?? '']: i % 4 ? nextWord() : Number(nextWord()) },
  }));
  const found = await page.evaluate(async ([model, asked]) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const trace = await (await relume.load(model)).forward(await bare.file('/www/pictures/chelsea.png'));
    const expected = await trace.explain();
    const codes = [];
    for (const options of asked) codes.push((await bare.refusal(() => trace.explain(/** @type {any} */ (options)))).code);
    return { codes, same: bare.same((await trace.explain()).data, expected.data) };
  }, /** @type {const} */ ([ALL_CNN_C, calls]));
  const unexpected = found.codes.flatMap((code, i) =>
    ['none', 'invalid-target', 'invalid-option'].includes(code) ? [] : [`${code}: ${JSON.stringify(calls[i])}`],
  );
  assert.deepEqual(unexpected, []);
  assert.ok(found.codes.includes('invalid-target') && found.codes.includes('invalid-option') && found.codes.includes('none'));
  assert.ok(found.same);
  assert.equal(page.workers().length, 1);
  assert.deepEqual(troubles, []);
  await context.close();
});

/** What an address must not have brought into the page. @param {import('playwright-core').Page} page */
async function assertUnstained(page) {
  const found = await page.evaluate(() => ({
    stained: 'stained' in globalThis,
    strangers: [...document.querySelectorAll('img[src="x"], svg[onload], [onerror], script:not([src]), iframe')].map(
      (each) => each.outerHTML,
    ),
    there: document.querySelectorAll('#picture-figure, #networks, #status').length,
  }));
  assert.deepEqual(found, { stained: false, strangers: [], there: 3 });
}

/** Of the second engine, which an address may ask for, a copy may have none. @param {string[]} troubles */
const serious = (troubles) => troubles.filter((trouble) => !trouble.includes('/wasm/ndarray/'));

test(`${SHOWN} addresses, one after the other in one page: it stays usable`, { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const next = mutatedWords(SEED, ADDRESSES);
  for (let done = 0; done < SHOWN; done += 20) {
    const addresses = Array.from({ length: 20 }, next);
    const unheard = await page.evaluate(async (all) => {
      let count = 0;
      for (const address of all) {
        const before = location.href;
        // The page begins what the address asks for, and the next comes before that is done. A browser passes over what comes too fast.
        await new Promise((resolve) => {
          const late = setTimeout(() => resolve(count++), 5000);
          const heard = () => {
            clearTimeout(late);
            setTimeout(resolve);
          };
          addEventListener('hashchange', heard, { once: true });
          location.hash = address;
          if (location.href === before) {
            removeEventListener('hashchange', heard);
            heard();
          }
        });
      }
      return count;
    }, addresses);
    assert.equal(unheard, 0);
    await assertUnstained(page);
  }
  await page.evaluate(() => {
    location.hash = '#network=all-cnn-c&picture=horse-0000&class=7';
  });
  await explained(page, 'A horse');
  await page.click('#sample-deer-0001');
  await explained(page, 'A deer');
  await assertUnstained(page);
  assert.deepEqual(serious(troubles), []);
  await context.close();
});
