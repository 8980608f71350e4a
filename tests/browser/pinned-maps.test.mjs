// A pin keeps one state of figure 2 on show while another is chosen.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { digests, look, redrawn } from './support/canvas.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { choose, explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 120_000;
const RULES = ['backprop', 'deconvnet', 'guided'];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Waits until the maps are pinned. @param {Page} page */
async function pinned(page) {
  await page.waitForFunction(
    (rules) =>
      document.querySelector('#pinned-line')?.textContent?.startsWith('Pinned') &&
      rules.every((rule) => document.querySelector(`#pinned-${rule}`)?.getAttribute('data-blank') === 'false'),
    RULES,
    { timeout: 60_000 },
  );
}

/** @param {Page} page */
async function pinnedDigests(page) {
  const seen = [];
  for (const rule of RULES) seen.push((await look(page, `#pinned-${rule}`)).digest);
  return seen;
}

test('what is pinned stays, drawn with the same options, until the pin is removed', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000');
  await explained(page);
  assert.equal(await page.isVisible('#pinned'), false);
  const horse = await digests(page);
  await page.click('#pin');
  await pinned(page);
  assert.deepEqual(await pinnedDigests(page), horse);
  assert.equal((await look(page, '#pinned-view')).digest, (await look(page, '#view')).digest);
  assert.equal(await page.innerText('#pinned-line'), 'Pinned: All-CNN-C looks at “A horse”, and the maps explain “horse”.');
  assert.match(await page.innerText('#pinned-likeness'), /^The maps below are the same\. Now choose another class/);
  await page.waitForURL('**/#network=all-cnn-c&pin=all-cnn-c,horse-0000,7');

  await page.click('#sample-frog-0000');
  await explained(page, 'A frog');
  await choose(page, 'model-c');
  assert.deepEqual(await pinnedDigests(page), horse, 'after another picture and network');
  assert.notDeepEqual(await digests(page), horse);
  // Another look is that of both.
  const before = await digests(page);
  await page.check('input[name=fold][value=max]', { force: true });
  await redrawn(page, before);
  await page.waitForTimeout(300);
  for (const rule of RULES) assert.equal((await look(page, `#pinned-${rule}`)).grey, true, rule);

  // One at a time.
  await page.click('#pin');
  assert.match(await page.innerText('#pinned-line'), /^Pinned: Model C looks at “A frog”/);
  await pinned(page);
  const now = await digests(page);
  // The pin before has canvases of the same size; its maps stand there until these are drawn.
  for (let tries = 0; tries < 50 && String(await pinnedDigests(page)) !== String(now); tries++) await page.waitForTimeout(100);
  assert.deepEqual(await pinnedDigests(page), now);
  await page.focus('#unpin');
  await page.keyboard.press('Enter');
  assert.equal(await page.isVisible('#pinned'), false);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'pin');
  await page.waitForFunction(() => !location.hash.includes('pin='));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a pin in the address, and how alike its maps are to those on show', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=frog-0000&class=7&pin=all-cnn-c,horse-0000,3');
  await explained(page);
  await pinned(page);
  await page.waitForFunction(() => document.querySelector('#pinned-likeness')?.textContent !== '');
  const said = await page.innerText('#pinned-likeness');
  const drawn = await pinnedDigests(page);
  // Another pin, by a link, in the same page.
  await page.evaluate(() => {
    location.hash = '#network=all-cnn-c&picture=frog-0000&class=7&pin=all-cnn-c,horse-0000,7';
  });
  await page.waitForFunction(() => /deconvnet 1, /.test(document.querySelector('#pinned-likeness')?.textContent ?? ''), undefined, {
    timeout: 60_000,
  });
  assert.notDeepEqual(await pinnedDigests(page), drawn);
  assert.deepEqual(troubles, []);
  await context.close();

  const bare = await openBare(browser);
  const maps = await bare.page.evaluate(async (path) => {
    const model = await (await globalThis.bare.Relume.start()).load(path);
    const map = async (/** @type {string} */ name, /** @type {any} */ method, /** @type {number} */ index) => [
      ...(await model.explain(await globalThis.bare.file(`/www/pictures/cifar10/${name}.jpg`), { method, target: { class: index } })).data,
    ];
    const rules = ['backprop', 'deconvnet', 'guided'];
    return Promise.all(rules.map(async (rule) => [await map('frog-0000', rule, 7), await map('horse-0000', rule, 3)]));
  }, ALL_CNN_C);
  await bare.context.close();
  // Pearson's correlation, by sums: (nΣab − ΣaΣb) / √((nΣa² − (Σa)²)(nΣb² − (Σb)²)).
  const expected = maps.map(([a = [], b = []]) => {
    const sum = (/** @type {(i: number) => number} */ of) => a.reduce((total, _, i) => total + of(i), 0);
    const [at, other] = [(/** @type {number} */ i) => a[i] ?? NaN, (/** @type {number} */ i) => b[i] ?? NaN];
    const spread = (/** @type {(i: number) => number} */ of) => a.length * sum((i) => of(i) ** 2) - sum(of) ** 2;
    return (a.length * sum((i) => at(i) * other(i)) - sum(at) * sum(other)) / Math.sqrt(spread(at) * spread(other));
  });
  const found = [...said.matchAll(/(?:backprop|deconvnet|guided) (−?\d\.\d\d)/g)].map(([, value = '']) => Number(value.replace('−', '-')));
  assert.deepEqual(
    found.map((value, i) => Math.abs(value - (expected[i] ?? NaN)) <= 0.00501),
    [true, true, true],
    `${said} Here ${expected}`,
  );
});

test('a photograph is pinned too; maps of another size are not compared, and a pin of nothing is said', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=horse-0000&pin=squeezenet-1.1,chelsea,285');
  await explained(page);
  await pinned(page);
  assert.match(await page.innerText('#pinned-line'), /^Pinned: SqueezeNet 1\.1 looks at “.*”, and the maps explain “Egyptian cat”\.$/);
  assert.equal((await look(page, '#pinned-guided')).width, 227);
  assert.equal(await page.innerText('#pinned-likeness'), '');
  for (const pin of ['all-cnn-c,horse-0000,10', 'all-cnn-c,unicorn,1', 'lenet,horse-0000,7', 'horse']) {
    await page.goto('about:blank');
    await page.goto(`${browser.origin}/www/#network=all-cnn-c&picture=horse-0000&pin=${pin}`);
    await explained(page);
    await page.waitForFunction((word) => document.querySelector('#status')?.textContent?.includes(`pin=${word} (nothing is pinned`), pin);
    assert.equal(await page.isVisible('#pinned'), false, pin);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture of one’s own stays pinned without an address, and across engines', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&pin=all-cnn-c,horse-0000,7');
  await explained(page);
  await pinned(page);
  await page.setInputFiles('#file', `${ROOT}www/pictures/cifar10/ship-0000.jpg`);
  await explained(page, 'ship-0000.jpg');
  await page.click('#pin');
  await pinned(page);
  assert.match(await page.innerText('#pinned-line'), /looks at “ship-0000\.jpg”/);
  await page.waitForFunction(() => !location.hash.includes('pin='));
  await page.click('#engine summary');
  await page.check('input[name=backend][value=ndarray]', { force: true });
  await page.waitForFunction(() => /NdArray/.test(document.querySelector('#engine-summary')?.textContent ?? ''), undefined, {
    timeout: 60_000,
  });
  await explained(page);
  await page.waitForTimeout(1000);
  await page.check('input[name=fold][value=sum]', { force: true });
  await page.waitForFunction(() => {
    const canvas = document.querySelector('#pinned-guided');
    const data = canvas instanceof HTMLCanvasElement ? canvas.getContext('2d')?.getImageData(0, 0, 32, 32).data : undefined;
    return data?.every((value, i) => i % 4 === 3 || value === data[i - (i % 4)]);
  }, undefined);
  assert.match(await page.innerText('#pinned-line'), /^Pinned: All-CNN-C looks at “ship-0000\.jpg”/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('maps of another class than the pinned ones are said to be so, with random weights too', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(
    '/www/#network=all-cnn-c&weights=random&picture=airplane-0001&class=2&pin=all-cnn-c,airplane-0001,0',
  );
  await explained(page);
  await pinned(page);
  const says = (/** @type {RegExp} */ words) =>
    page.waitForFunction(
      (pattern) => new RegExp(pattern).test(document.querySelector('#pinned-likeness')?.textContent ?? ''),
      words.source,
    );
  await says(/^The maps below explain “bird”, the pinned ones “airplane”\. Correlation of the maps below/);
  await page.click('#predictions [data-class="0"]');
  await says(/^Correlation of the maps below/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a correlation of 1 is said of identical maps alone', { timeout }, async () => {
  const { page, context } = await browser.open('/www/#network=all-cnn-c');
  const said = await page.evaluate(async () => {
    const path = '/www/correlation-words.js';
    const { correlationInWords } = /** @type {typeof import('../../www/correlation-words.js')} */ (await import(path));
    const map = Float32Array.from([3, -1, 0.5, 0]);
    return [
      map.slice(),
      map.map((value) => 2 * value),
      map.map((value) => -value),
      Float32Array.from([3, -1, 0.5, 0.1]),
      Float32Array.from([1, 0, 0, 0]),
      new Float32Array(4),
    ].map((other) => correlationInWords(map, other));
  });
  // The fifth by hand: (3 − 0.625) / √(8.6875 · 0.75) = 0.93.
  assert.deepEqual(said, ['1', 'above 0.99', 'below −0.99', 'above 0.99', '0.93', 'none, because a map is empty']);
  await context.close();
});
