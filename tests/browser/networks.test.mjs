// The page's two networks: which one it opens with, the way from one to the other, and addresses that name them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { MAPS, apart, digests, look } from './support/canvas.mjs';
import { ALL_CNN_C, CATS, EFFICIENTNET, gallery, withoutEfficientNet } from './support/fixtures.mjs';
import { WITH_EFFICIENTNET, answers, choose, countOperations, explained, mapsAsked, onceInEachWorker } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const skip = withoutEfficientNet();
const timeout = 300_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

/** @param {Page} page */
const chosen = (page) => page.locator('input[name=network]:checked').evaluateAll((radios) =>
  radios.map((radio) => /** @type {HTMLInputElement} */ (radio).value).join());

/** @param {Page} page @returns {Promise<string | null>} the sample on show */
const sample = (page) => page.locator('#gallery [aria-pressed=true], #samples [aria-pressed=true]').getAttribute('id');

/** The first cat All-CNN-C gets right: the picture the page opens with. */
async function firstCat() {
  const { pictures } = await gallery();
  const cat = pictures.find(({ class: truth, answer }) => truth === 'cat' && answer === 'cat');
  return `sample-${cat?.file.replace('.jpg', '')}`;
}

test('the page opens with All-CNN-C and a cat, from files of its own and no larger network', { timeout }, async () => {
  /** @type {string[]} */
  const models = [];
  const { page, context, troubles } = await browser.open('/www/', {
    async before(made) {
      await countOperations(made);
      made.on('request', (request) => {
        if (request.url().includes('/models/') && request.method() === 'GET') models.push(new URL(request.url()).pathname);
      });
    },
  });
  await explained(page);
  assert.equal(await chosen(page), 'all-cnn-c');
  assert.equal(await sample(page), await firstCat());
  for (const canvas of ['#view', ...MAPS]) {
    const { width, height, colours } = await look(page, canvas);
    assert.deepEqual([width, height], [32, 32], canvas);
    assert.ok(colours > 100, `${canvas} has ${colours} colours`);
    const shown = await page.locator(canvas).evaluate((element) => ({
      wide: element.getBoundingClientRect().width, rendering: getComputedStyle(element).imageRendering }));
    assert.ok(shown.wide >= 200, `${canvas} is ${shown.wide} px wide`);
    assert.equal(shown.rendering, 'pixelated');
  }
  for (const [one = '', other = ''] of [[MAPS[0], MAPS[1]], [MAPS[0], MAPS[2]], [MAPS[1], MAPS[2]]]) {
    assert.ok((await apart(page, one, other)).share > 0.05, `${one} and ${other} are alike`);
  }
  // All ten are listed, so there is nothing to search for.
  assert.deepEqual((await answers(page)).toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(await page.isVisible('#class-search'), false);
  assert.match(await page.innerText('#status'), /The network says “cat”/);
  assert.ok(await page.isVisible('#note-deconvnet'));
  assert.equal(await mapsAsked(page), 3);
  await onceInEachWorker(page);
  assert.deepEqual(models, [ALL_CNN_C]);
  assert.equal(new URL(page.url()).hash, '');
  // Another origin among the requests, or a file that is not there, would be among these.
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the deconvnet’s map of a class is the same for two pictures, the others are not', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  const [cat] = await answers(page);
  const before = await digests(page);
  await page.click('#gallery button >> nth=0');
  await explained(page, 'An airplane');
  await page.click(`#answers [data-class="${cat}"]`);
  await explained(page);
  const now = await digests(page);
  assert.deepEqual(now.map((digest, i) => digest === before[i]), [false, true, false]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('to the other network and back: each with its picture, the look stays', { skip, timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&class=5&fold=max&colors=heat&clip=0.05');
  await explained(page);
  const tile = page.locator('#gallery-wrong button >> nth=2');
  await tile.click();
  await explained(page, await tile.getAttribute('title') ?? '');
  const picture = await sample(page);
  const maps = await digests(page);
  const caption = await page.innerText('#display-caption');

  const [, , third] = await answers(page);
  await page.click(`#answers [data-class="${third}"]`);
  await explained(page);
  await choose(page, 'efficientnet-lite0');
  assert.equal(await sample(page), 'sample-chelsea');
  assert.deepEqual(await look(page, '#map-guided').then(({ width, height }) => [width, height]), [224, 224]);
  const top = await answers(page);
  assert.equal(top.length, 5);
  assert.ok(CATS.includes(top[0] ?? NaN), await page.innerText('#answers'));
  assert.equal(await page.getAttribute(`#answers [data-class="${top[0]}"]`, 'aria-pressed'), 'true', 'not class 5 of another network');
  assert.equal(await page.innerText('#display-caption'), caption);
  assert.ok(await page.isVisible('#class-search'));
  await page.waitForURL('**/#network=efficientnet-lite0&fold=max&colors=heat&clip=0.05');
  await page.click('#sample-coffee');
  await explained(page, 'Coffee');

  await choose(page, 'all-cnn-c');
  assert.equal(await sample(page), picture);
  assert.deepEqual(await digests(page), maps);
  assert.equal(await page.innerText('#display-caption'), caption);
  await page.waitForURL(`**/#network=all-cnn-c&picture=${picture?.replace('sample-', '')}&fold=max&colors=heat&clip=0.05`);
  await choose(page, 'efficientnet-lite0');
  assert.equal(await sample(page), 'sample-coffee');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture of one’s own goes along, and either network takes either kind', { skip, timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  await page.setInputFiles('#file', 'www/pictures/coffee.jpg');
  await explained(page, 'coffee.jpg');
  const small = await look(page, '#view');
  await choose(page, 'efficientnet-lite0');
  assert.match(await page.getAttribute('#view', 'aria-label') ?? '', /^coffee\.jpg/);
  const own = await digests(page);
  await page.click('#sample-coffee');
  await explained(page, 'Coffee cup');
  assert.deepEqual(await digests(page), own);
  await page.click(`#${await firstCat()}`);
  await explained(page, 'A cat');
  assert.equal((await look(page, '#view')).width, 224);
  await choose(page, 'all-cnn-c');
  await page.click('#sample-coffee');
  await explained(page, 'Coffee cup');
  assert.deepEqual(await look(page, '#view'), small);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('an address carries the network, and one from before there were two means what it meant', { skip, timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=efficientnet-lite0&picture=coffee&class=968');
  await explained(page, 'Coffee');
  assert.equal(await chosen(page), 'efficientnet-lite0');
  const maps = await digests(page);
  await page.reload();
  await explained(page, 'Coffee');
  assert.deepEqual(await digests(page), maps);
  assert.match(await page.innerText('#target-line'), /explain cup/);

  /** @type {[hash: string, network: string, picture: string, title: string, becomes: string][]} */
  const visits = [
    ['#picture=coffee&class=968', 'efficientnet-lite0', 'sample-coffee', 'Coffee', '#network=efficientnet-lite0&picture=coffee&class=968'],
    ['#class=968', 'efficientnet-lite0', 'sample-chelsea', 'Chelsea', '#network=efficientnet-lite0&class=968'],
    ['#fold=max', 'all-cnn-c', await firstCat(), 'A cat', '#fold=max'],
    ['#network=all-cnn-c&picture=coffee', 'all-cnn-c', 'sample-coffee', 'Coffee', '#network=all-cnn-c&picture=coffee'],
    ['#network=all-cnn-c&class=968', 'all-cnn-c', await firstCat(), 'A cat', ''],
    ['#network=nonesuch&picture=nonesuch', 'all-cnn-c', await firstCat(), 'A cat', ''],
  ];
  for (const [hash, network, picture, title, becomes] of visits) {
    // Typed into the open page, and opened anew: the same.
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.waitForFunction(([name, id = '', end]) => document.querySelector('input[name=network]:checked')?.getAttribute('value') === name
      && document.getElementById(id)?.getAttribute('aria-pressed') === 'true' && location.hash === end, [network, picture, becomes]);
    await explained(page, title);
    const typed = await digests(page);
    const opened = await browser.open(`/www/${hash}`);
    await explained(opened.page);
    assert.deepEqual([await chosen(opened.page), await sample(opened.page)], [network, picture], hash);
    assert.deepEqual(await digests(opened.page), typed, hash);
    await opened.page.waitForFunction((end) => location.hash === end, becomes);
    assert.deepEqual(opened.troubles, []);
    await opened.context.close();
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('without EfficientNet-Lite0 its choice says how to get it, and its addresses open with the other', { timeout }, async () => {
  for (const hash of ['', WITH_EFFICIENTNET.replace('/www/', ''), '#picture=coffee&class=3']) {
    const { page, context, troubles } = await browser.open(`/www/${hash}`, {
      before: (made) => made.route(`**${EFFICIENTNET}`, (route) => route.fulfill({ status: 404 })),
    });
    await explained(page);
    assert.equal(await chosen(page), 'all-cnn-c', hash);
    assert.ok(await page.isDisabled('input[value=efficientnet-lite0]'), hash);
    assert.match(await page.innerText('#efficientnet-line'), /make models/, hash);
    assert.equal(await sample(page), hash.includes('coffee') ? 'sample-coffee' : await firstCat(), hash);
    assert.match(await page.innerText('#target-line'), /the likeliest class/, `${hash}: the class of a network that is not there`);
    // The one question whether it is there, as the browser puts its answer on the console.
    assert.equal(troubles.length, 1);
    assert.match(troubles[0] ?? '', /404.*efficientnet-lite0\.safetensors/);
    await context.close();
  }
});

test('a network that fails to arrive leaves the one before it in use', { skip, timeout }, async () => {
  const { page, context } = await browser.open('/www/', {
    before: (made) => made.route(`**${EFFICIENTNET}`, (route) => (route.request().method() === 'GET' ? route.abort('connectionreset') : route.continue())),
  });
  await explained(page);
  const maps = await digests(page);
  await page.locator('input[value=efficientnet-lite0]').click();
  await page.waitForSelector('#status[data-kind="error"]');
  assert.match(await page.innerText('#status-text'), /could not be fetched from .*efficientnet-lite0.*All-CNN-C is still in use/s);
  assert.equal(await chosen(page), 'all-cnn-c');
  assert.deepEqual(await digests(page), maps);
  await page.click('#gallery button >> nth=0');
  await page.waitForSelector('#status[data-kind="ready"]');
  await explained(page, 'An airplane');
  await context.close();
});
