// Figure 2 on the page as it opens, with SqueezeNet 1.1 and a photograph: one picture, three maps, another class, another
// look; and the same with EfficientNet-Lite0, where it is fetched.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { MAPS, apart, digests, look, redrawn } from './support/canvas.mjs';
import { CATS, withoutEfficientNet } from './support/fixtures.mjs';
import { countOperations, mapsComputed, onceInEachWorker } from './support/operations.mjs';
import { WITH_EFFICIENTNET, choose as chooseNetwork, explained, predictions } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 300_000;

const SQUEEZENET = { name: 'squeezenet-1.1', path: '/www/', side: 227, skip: /** @type {string | false} */ (false) };
const EFFICIENTNET = { name: 'efficientnet-lite0', path: WITH_EFFICIENTNET, side: 224, skip: withoutEfficientNet() };

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

async function openExplained({ path } = SQUEEZENET) {
  const opened = await browser.open(path, { before: countOperations });
  await explained(opened.page);
  return opened;
}

for (const { name, side, ...network } of [SQUEEZENET, EFFICIENTNET])
  test(`${name}: a sample picture is explained as soon as the page is open`, { skip: network.skip, timeout }, async () => {
    const { page, context, troubles } = await openExplained({ ...network, name, side });
    assert.equal(await page.getAttribute('#sample-chelsea', 'aria-pressed'), 'true');
    for (const canvas of ['#view', ...MAPS]) {
      const { width, height, colours } = await look(page, canvas);
      assert.deepEqual([width, height], [side, side], canvas);
      assert.ok(colours > 300, `${canvas} has ${colours} colours`);
      assert.equal(await page.getAttribute(canvas, 'data-blank'), 'false', canvas);
    }
    for (const [one, other] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const { share } = await apart(page, MAPS[one ?? 0] ?? '', MAPS[other ?? 0] ?? '');
      assert.ok(share > 0.05, `${MAPS[one ?? 0]} and ${MAPS[other ?? 0]} differ in ${share * 100} % of their pixels`);
    }

    const top = await predictions(page);
    assert.equal(top.length, 5);
    if (name === SQUEEZENET.name) {
      assert.deepEqual(top.slice(0, 3), [285, 281, 282], 'Egyptian cat, tabby, tiger cat');
      assert.match(await page.innerText('#status'), /^The network says “Egyptian cat”, 43 %\.$/);
    } else {
      assert.ok(
        top.slice(0, 3).some((index) => CATS.includes(index)),
        `no cat in ${await page.innerText('#predictions')}`,
      );
    }
    assert.match(await page.innerText('#clock'), /Forward \d.*ms.*way back \d.*ms/);
    assert.equal(mapsComputed(page), 3);
    await onceInEachWorker(page);
    assert.deepEqual(troubles, []);
    await context.close();
  });

test('another class needs only backward passes, and the newest choice wins', { timeout }, async () => {
  const { page, context, troubles } = await openExplained();
  const first = await digests(page);
  const [, second, third] = await predictions(page);
  await page.click(`#predictions [data-class="${second}"]`);
  await explained(page);
  const ofSecond = await digests(page);
  ofSecond.forEach((digest, i) => assert.notEqual(digest, first[i], MAPS[i]));
  assert.equal(await page.getAttribute(`#predictions [data-class="${second}"]`, 'aria-pressed'), 'true');
  await page.waitForURL(`**/#network=squeezenet-1.1&class=${second}`);
  assert.equal(mapsComputed(page), 6);
  await onceInEachWorker(page);

  // Two classes at once: the last one is shown, whichever result arrives first.
  await page.evaluate(
    (classes) => {
      for (const index of classes) {
        const button = document.querySelector(`#predictions [data-class="${index}"]`);
        if (button instanceof HTMLElement) button.click();
      }
    },
    [third, second],
  );
  await explained(page);
  assert.deepEqual(await digests(page), ofSecond);
  await onceInEachWorker(page);

  // A class that is not among the five, found by the search.
  await page.fill('#class-search', 'espresso');
  await page.press('#class-search', 'Enter');
  await explained(page);
  assert.match(await page.innerText('#target-line'), /The maps explain espresso, in place \d+ of 1000/);
  (await digests(page)).forEach((digest, i) => assert.notEqual(digest, ofSecond[i], MAPS[i]));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('another class: how much its maps have in common with those of the likeliest', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&picture=airplane-0001&class=7');
  await explained(page);
  await page.waitForFunction(() => document.querySelector('#likeness')?.textContent !== '');
  const said = await page.innerText('#likeness');
  const [backprop = NaN, deconvnet = NaN, guided = NaN] = [...said.matchAll(/(?:backprop|deconvnet|guided) (\S+?)[,.](?= |$)/g)].map(
    ([, value = '']) => Number(value.replace('−', '-')),
  );
  assert.match(said, /^Correlation with the maps for “airplane”, where 1 is the same map: /);
  // The lesson's step 6: the guided map hardly changes, the gradient does.
  assert.ok(guided > 0.9 && Math.abs(backprop) < 0.6 && Math.abs(deconvnet) <= 1, said);
  await page.click('#predictions [data-class="0"]');
  await explained(page);
  assert.equal(await page.innerText('#likeness'), '');
  await page.click('#predictions [data-class="7"]');
  await explained(page);
  assert.equal(await page.innerText('#likeness'), said, 'the same from the maps that were on show');
  assert.deepEqual(troubles, []);
  await context.close();
});

/** Each choice: how it is made, what the caption says then, and what becomes of the colours. */
const CHOICES = [
  { choose: 'input[name=fold][value=max]', says: /where it is strongest, whatever its sign/, grey: true },
  { choose: 'input[name=colors][value=diverging]', says: /negative blue, positive orange/, grey: false },
  { choose: 'input[name=colors][value=heat]', says: /from dark to bright/, grey: false },
  { choose: 'input[name=colors][value=grey]', says: /grey at zero/, grey: true },
  { choose: 'input[name=fold][value=sum]', says: /sum over the three channels/, grey: true },
  { choose: 'input[name=sign][value=positive]', says: /positive values only/, grey: true },
  { choose: 'input[name=sign][value=negative]', says: /negative values only/, grey: true },
  { choose: 'input[name=sign][value=magnitude]', says: /strength without sign/, grey: true },
  { choose: '#clip', value: '20', says: /80 %/, grey: true },
  { choose: '#clip', value: '2', says: /98 %/, grey: true },
  { choose: '#clip', value: '0', says: /nothing clipped/, grey: true },
  { choose: '#over', says: /laid over the picture/, grey: true },
  { choose: 'input[name=fold][value=rgb]', says: /three colour channels/, grey: false },
];

test('a scale beside the maps of both signs has the colours that they are drawn in', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&fold=sum&clip=0');
  await explained(page);
  for (const colors of ['grey', 'diverging', 'heat']) {
    await page.check(`input[name=colors][value=${colors}]`, { force: true });
    await page.waitForTimeout(500);
    const found = await page.evaluate(async () => {
      const { background } = getComputedStyle(/** @type {Element} */ (document.querySelector('.scale-bar')));
      const ends = [...background.matchAll(/rgb\((\d+), (\d+), (\d+)\)/g)].map(([, ...rgb]) => rgb.map(Number).join());
      const { data } = /** @type {ImageData} */ (
        /** @type {HTMLCanvasElement} */ (document.querySelector('#map-backprop')).getContext('2d')?.getImageData(0, 0, 32, 32)
      );
      const drawn = Array.from({ length: data.length / 4 }, (_, i) => data.subarray(4 * i, 4 * i + 3).join());
      return { ends: [ends[0], ends.at(-1)], drawn };
    });
    // Nothing is clipped, so the largest value has the colour of its end.
    assert.ok(
      found.ends.some((end) => found.drawn.includes(end ?? '')),
      `${colors}: ${found.ends.join(' and ')}`,
    );
  }
  await page.check('input[name=sign][value=positive]', { force: true });
  assert.equal(await page.isVisible('#display-scale'), false);
  assert.deepEqual(troubles, []);
  await context.close();
});

/** @param {Page} page @param {string} choose @param {string} [value] */
async function choose(page, choose, value) {
  // The radios themselves are hidden; a visitor clicks on their labels.
  if (value === undefined) await page.locator(choose).evaluate((input) => /** @type {HTMLInputElement} */ (input).click());
  else await page.fill(choose, value);
}

test('the usual clip depends on the size of the input, and the page says so', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  for (const [network, share] of /** @type {const} */ ([
    ['all-cnn-c', 2],
    ['squeezenet-1.1', 10],
  ])) {
    await chooseNetwork(page, network);
    assert.equal(await page.inputValue('#clip'), String(share));
    assert.match(
      await page.innerText('#clip-usual'),
      new RegExp(`^Unless you choose, ${share}\\s% here: 2\\s% for inputs of up to 64\\s×\\s64 pixels, 10\\s% for larger ones`),
    );
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('every display option changes the drawing, and the caption says so', { timeout }, async () => {
  const { page, context, troubles } = await openExplained();
  assert.match(await page.innerText('#display-caption'), /90 % of the total/, 'the usual clip of a network for photographs');
  const usual = await digests(page);
  let before = usual;
  for (const { choose: selector, value, says, grey } of CHOICES) {
    await choose(page, selector, value);
    before = await redrawn(page, before);
    const caption = await page.innerText('#display-caption');
    assert.match(caption, says, selector);
    for (const map of MAPS) assert.equal((await look(page, map)).grey, grey, `${selector}: ${map} grey`);
  }

  // Drawing runs no network.
  assert.equal(mapsComputed(page), 3);
  await onceInEachWorker(page);

  // The address carries all of it to whoever opens it.
  const caption = await page.innerText('#display-caption');
  await page.waitForURL('**/#sign=magnitude&clip=0&over=1');
  await page.reload();
  await explained(page);
  assert.equal(await page.innerText('#display-caption'), caption);
  assert.deepEqual(await digests(page), before);

  await page.click('#display-reset');
  assert.deepEqual(await redrawn(page, before), usual);
  assert.equal(mapsComputed(page), 3);
  await onceInEachWorker(page);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('another sample shows another picture and its own prediction', { timeout }, async () => {
  const { page, context, troubles } = await openExplained();
  const view = (await look(page, '#view')).digest;
  const maps = await digests(page);
  await page.click('#sample-coffee');
  await explained(page, 'Coffee cup');
  assert.notEqual((await look(page, '#view')).digest, view);
  (await digests(page)).forEach((digest, i) => assert.notEqual(digest, maps[i], MAPS[i]));
  // Espresso, almost certainly: 0.97 and more.
  assert.equal((await predictions(page))[0], 967);
  const share = await page.locator('#predictions button >> nth=0').evaluate((button) => Number(button.style.getPropertyValue('--share')));
  assert.ok(share > 0.97, `${share}`);
  assert.match(await page.innerText('#credit'), /Coffee cup.*CC0/);
  assert.deepEqual(troubles, []);
  await context.close();
});
