// The page's networks: which one it opens with, switching between them, and addresses that name them or do not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { MAPS, apart, digests, look } from './support/canvas.mjs';
import { CATS, EFFICIENTNET, SQUEEZENET, gallery, withoutEfficientNet } from './support/fixtures.mjs';
import { countOperations, mapsComputed, onceInEachWorker } from './support/operations.mjs';
import { WITH_ALL_CNN_C, WITH_EFFICIENTNET, choose, explained, predictions } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const skip = withoutEfficientNet();
const timeout = 300_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {Page} page */
const chosen = (page) =>
  page
    .locator('input[name=network]:checked')
    .evaluateAll((radios) => radios.map((radio) => /** @type {HTMLInputElement} */ (radio).value).join());

/** @param {Page} page @returns {Promise<string | null>} the sample on show */
const sample = (page) => page.locator('#gallery [aria-pressed=true], #samples [aria-pressed=true]').getAttribute('id');

/** The first horse that All-CNN-C gets right: the picture it opens with. */
async function firstHorse() {
  const { pictures } = await gallery();
  const horse = pictures.find(({ class: truth, answer }) => truth === 'horse' && answer === 'horse');
  return `sample-${horse?.file.replace('.jpg', '')}`;
}

test('the page opens with SqueezeNet and the cat’s photograph, and asks for no file besides', { timeout }, async () => {
  /** @type {string[]} */
  const asked = [];
  const { page, context, troubles } = await browser.open('/www/', {
    async before(made) {
      await countOperations(made);
      made.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    },
  });
  await explained(page);
  assert.equal(await chosen(page), 'squeezenet-1.1');
  assert.equal(await sample(page), 'sample-chelsea');
  assert.deepEqual((await predictions(page)).slice(0, 3), [285, 281, 282]);
  assert.match(await page.innerText('#status'), /The network says “Egyptian cat”/);
  assert.ok(await page.isVisible('#class-search'));
  assert.equal(await page.isVisible('#note-deconvnet'), false, 'its max-poolings remember the picture');
  assert.equal(mapsComputed(page), 3);
  await onceInEachWorker(page);
  assert.equal(new URL(page.url()).hash, '');
  assert.deepEqual(
    asked.filter((each) => each.includes('/models/')),
    [`GET ${SQUEEZENET}`],
  );
  // Scrolls through the whole page, and uses the list of networks.
  for (const figure of ['unit-figure', 'patch-figure', 'pooling-figure']) {
    await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
    await page.waitForSelector(`#${figure}[data-state="ready"]`, { timeout: 60_000 });
  }
  await page.hover('input[value=efficientnet-lite0]');
  await page.focus('input[name=network]:checked');
  await choose(page, 'model-c');
  assert.deepEqual(
    asked.filter((each) => /efficientnet|ndarray/i.test(each)),
    [],
  );
  // A request to another origin, or for a missing file, would be among these.
  assert.deepEqual(troubles, []);
  await context.close();
});

test('All-CNN-C begins with a horse of CIFAR-10, its pixels to be seen', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: countOperations });
  await explained(page);
  assert.equal(await chosen(page), 'all-cnn-c');
  assert.equal(await sample(page), await firstHorse());
  for (const canvas of ['#view', ...MAPS]) {
    const { width, height, colours } = await look(page, canvas);
    assert.deepEqual([width, height], [32, 32], canvas);
    assert.ok(colours > 100, `${canvas} has ${colours} colours`);
    const shown = await page
      .locator(canvas)
      .evaluate((element) => ({ wide: element.getBoundingClientRect().width, rendering: getComputedStyle(element).imageRendering }));
    assert.ok(shown.wide >= 200, `${canvas} is ${shown.wide} px wide`);
    assert.equal(shown.rendering, 'pixelated');
  }
  for (const [one = '', other = ''] of [
    [MAPS[0], MAPS[1]],
    [MAPS[0], MAPS[2]],
    [MAPS[1], MAPS[2]],
  ]) {
    assert.ok((await apart(page, one, other)).share > 0.05, `${one} and ${other} are alike`);
  }
  // All ten are listed, so there is nothing to search for.
  assert.deepEqual((await predictions(page)).toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(await page.isVisible('#class-search'), false);
  assert.match(await page.innerText('#status'), /The network says “horse”/);
  assert.equal(await page.innerText('#note-deconvnet'), 'the same for this class, whatever the picture: why');
  assert.match(await page.innerText('#display-caption'), /98 % of the total/, 'the usual clip of a small network');
  assert.equal(mapsComputed(page), 3);
  await onceInEachWorker(page);
  assert.equal(new URL(page.url()).hash, '#network=all-cnn-c');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the deconvnet’s map of a class is the same for two pictures, the others are not', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const [horse] = await predictions(page);
  const before = await digests(page);
  await page.click('#gallery button >> nth=0');
  await explained(page, 'An airplane');
  await page.click(`#predictions [data-class="${horse}"]`);
  await explained(page);
  const now = await digests(page);
  assert.deepEqual(
    now.map((digest, i) => digest === before[i]),
    [false, true, false],
  );
  assert.deepEqual(troubles, []);
  await context.close();
});

test('to the other network and back: each has its picture, and the chosen look stays', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=all-cnn-c&class=5&fold=max&colors=heat&clip=0.05');
  await explained(page);
  const tile = page.locator('#gallery-wrong button >> nth=2');
  await tile.click();
  await explained(page, (await tile.getAttribute('title')) ?? '');
  const picture = await sample(page);
  const maps = await digests(page);
  const caption = await page.innerText('#display-caption');

  const [, , third] = await predictions(page);
  await page.click(`#predictions [data-class="${third}"]`);
  await explained(page);
  await choose(page, 'squeezenet-1.1');
  assert.equal(await sample(page), 'sample-chelsea');
  assert.deepEqual(await look(page, '#map-guided').then(({ width, height }) => [width, height]), [227, 227]);
  const top = await predictions(page);
  assert.equal(top.length, 5);
  assert.equal(top[0], 285, await page.innerText('#predictions'));
  assert.equal(await page.getAttribute(`#predictions [data-class="${top[0]}"]`, 'aria-pressed'), 'true', 'not class 5 of another network');
  assert.equal(await page.innerText('#display-caption'), caption);
  assert.ok(await page.isVisible('#class-search'));
  await page.waitForURL('**/#fold=max&colors=heat&clip=0.05');
  await page.click('#sample-coffee');
  await explained(page, 'Coffee');

  await choose(page, 'all-cnn-c');
  assert.equal(await sample(page), picture);
  assert.deepEqual(await digests(page), maps);
  assert.equal(await page.innerText('#display-caption'), caption);
  await page.waitForURL(`**/#network=all-cnn-c&picture=${picture?.replace('sample-', '')}&fold=max&colors=heat&clip=0.05`);
  await choose(page, 'squeezenet-1.1');
  assert.equal(await sample(page), 'sample-coffee');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the usual clip goes with the network, a chosen one does not', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  const clip = () => page.inputValue('#clip');
  assert.equal(await clip(), '10');
  await choose(page, 'all-cnn-c');
  assert.equal(await clip(), '2');
  await page.fill('#clip', '10');
  await page.waitForURL('**/#network=all-cnn-c&clip=0.1');
  await choose(page, 'squeezenet-1.1');
  assert.equal(await clip(), '10');
  await page.waitForFunction(() => location.hash === '');
  await page.fill('#clip', '20');
  await page.waitForURL('**/#clip=0.2');
  await choose(page, 'model-c');
  assert.equal(await clip(), '20');
  await page.click('#display-reset');
  assert.equal(await clip(), '2');
  await page.waitForURL('**/#network=model-c');
  // The default clip of another network is not the default here, so the address names it.
  for (const [hash, value] of [
    ['#clip=0.02', '2'],
    ['#network=all-cnn-c&clip=0.1', '10'],
    ['#picture=frog-0000&clip=0.1', '10'],
    ['#clip=0.3', '10'],
  ]) {
    const opened = await browser.open(`/www/${hash}`);
    await explained(opened.page);
    assert.equal(await opened.page.inputValue('#clip'), value, hash);
    assert.deepEqual(opened.troubles, []);
    await opened.context.close();
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture of one’s own goes along, and either network takes either kind', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.setInputFiles('#file', 'www/pictures/coffee.jpg');
  await explained(page, 'coffee.jpg');
  const small = await look(page, '#view');
  await choose(page, 'squeezenet-1.1');
  assert.match((await page.getAttribute('#view', 'aria-label')) ?? '', /^coffee\.jpg/);
  const own = await digests(page);
  await page.click('#sample-coffee');
  await explained(page, 'Coffee cup');
  assert.deepEqual(await digests(page), own);
  await page.click(`#${await firstHorse()}`);
  await explained(page, 'A horse');
  assert.equal((await look(page, '#view')).width, 227);
  await choose(page, 'all-cnn-c');
  await page.click('#sample-coffee');
  await explained(page, 'Coffee cup');
  assert.deepEqual(await look(page, '#view'), small);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('an address carries the network; one without means the network that its picture suits', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#picture=coffee&class=968');
  await explained(page, 'Coffee');
  assert.equal(await chosen(page), 'squeezenet-1.1');
  const maps = await digests(page);
  await page.reload();
  await explained(page, 'Coffee');
  assert.deepEqual(await digests(page), maps);
  assert.match(await page.innerText('#target-line'), /explain cup/);

  /** @type {[hash: string, network: string, picture: string, title: string, becomes: string][]} */
  const visits = [
    ['#picture=coffee', 'squeezenet-1.1', 'sample-coffee', 'Coffee', '#network=squeezenet-1.1&picture=coffee'],
    ['#class=968', 'squeezenet-1.1', 'sample-chelsea', 'Chelsea', '#network=squeezenet-1.1&class=968'],
    ['#fold=max', 'squeezenet-1.1', 'sample-chelsea', 'Chelsea', '#fold=max'],
    ['#picture=frog-0000&class=4', 'all-cnn-c', 'sample-frog-0000', 'A frog', '#network=all-cnn-c&picture=frog-0000&class=4'],
    [
      '#network=squeezenet-1.1&picture=frog-0000',
      'squeezenet-1.1',
      'sample-frog-0000',
      'A frog',
      '#network=squeezenet-1.1&picture=frog-0000',
    ],
    ['#network=all-cnn-c&picture=coffee', 'all-cnn-c', 'sample-coffee', 'Coffee', '#network=all-cnn-c&picture=coffee'],
    ['#network=all-cnn-c&class=968', 'all-cnn-c', await firstHorse(), 'A horse', '#network=all-cnn-c'],
    ['#network=nonesuch&picture=nonesuch', 'squeezenet-1.1', 'sample-chelsea', 'Chelsea', ''],
  ];
  for (const [hash, network, picture, title, becomes] of visits) {
    // Typed into the open page and opened in a new one, the address gives the same.
    await page.evaluate((to) => {
      location.hash = to;
    }, hash);
    await page.waitForFunction(
      ([name, id = '', end]) =>
        document.querySelector('input[name=network]:checked')?.getAttribute('value') === name &&
        document.getElementById(id)?.getAttribute('aria-pressed') === 'true' &&
        location.hash === end,
      [network, picture, becomes],
    );
    await explained(page, title);
    const opened = await browser.open(`/www/${hash}`);
    await explained(opened.page);
    assert.deepEqual([await chosen(opened.page), await sample(opened.page)], [network, picture], hash);
    const wanted = await digests(opened.page);
    // With the same network and picture as before, only the drawing is another, and it may still be under way.
    const until = Date.now() + 10_000;
    let typed = await digests(page);
    while (typed.join() !== wanted.join() && Date.now() < until) {
      await page.waitForTimeout(50);
      typed = await digests(page);
    }
    assert.deepEqual(typed, wanted, hash);
    await opened.page.waitForFunction((end) => location.hash === end, becomes);
    assert.deepEqual(opened.troubles, []);
    await opened.context.close();
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test(
  'EfficientNet-Lite0 by its address and by its choice: a photograph stays, and no max-pooling remembers it',
  { skip, timeout },
  async () => {
    const { page, context, troubles } = await browser.open('/www/#picture=coffee');
    await explained(page, 'Coffee');
    await choose(page, 'efficientnet-lite0');
    assert.equal(await sample(page), 'sample-coffee');
    assert.deepEqual(await look(page, '#map-guided').then(({ width, height }) => [width, height]), [224, 224]);
    assert.equal(await page.innerText('#note-deconvnet'), 'the same for this class, whatever the picture: why');
    const maps = await digests(page);
    await page.waitForURL('**/#network=efficientnet-lite0&picture=coffee');
    await page.reload();
    await explained(page, 'Coffee');
    assert.equal(await chosen(page), 'efficientnet-lite0');
    assert.deepEqual(await digests(page), maps);
    await page.click('#sample-chelsea');
    await explained(page, 'Chelsea');
    assert.ok(CATS.includes((await predictions(page))[0] ?? NaN), await page.innerText('#predictions'));
    assert.deepEqual(troubles, []);
    await context.close();
  },
);

test('before anybody asks whether EfficientNet-Lite0 is there, its card says that it may not be, and what to do', { timeout }, async () => {
  const { page, context } = await browser.open('/www/', {
    before: (made) => made.route(`**${EFFICIENTNET}`, (route) => route.fulfill({ status: 200, body: '' })),
  });
  await explained(page);
  const line = '#efficientnet-line';
  assert.match(await page.innerText(line), /not every copy of this page has; make models fetches it/);
  const border = () => page.$eval('.network:has([value=efficientnet-lite0])', (card) => getComputedStyle(card).borderTopStyle);
  assert.equal(await border(), 'dashed');
  // Where the server says that it has it, it is a network as the others.
  await page.locator('input[value=efficientnet-lite0]').click();
  await page.waitForSelector('#efficientnet-extra', { state: 'hidden' });
  assert.doesNotMatch(await page.innerText(line), /extra|make models/);
  assert.equal(await border(), 'solid');
  await context.close();
});

/** Serves the page without EfficientNet-Lite0. @param {import('playwright-core').BrowserContext} made */
const lacking = (made) => made.route(`**${EFFICIENTNET}`, (route) => route.fulfill({ status: 404 }));

/** The one question whether it is there, as the browser puts its answer on the console. @param {string[]} troubles */
function askedOnce(troubles) {
  assert.equal(troubles.length, 1, `${troubles}`);
  assert.match(troubles[0] ?? '', /404.*efficientnet-lite0\.safetensors/);
}

test('without EfficientNet-Lite0 its addresses open with SqueezeNet, and its choice says how to get it', { timeout }, async () => {
  for (const hash of ['', '&picture=coffee&class=968']) {
    const { page, context, troubles } = await browser.open(WITH_EFFICIENTNET + hash, { before: lacking });
    await explained(page);
    assert.equal(await chosen(page), 'squeezenet-1.1', hash);
    assert.ok(await page.isDisabled('input[value=efficientnet-lite0]'), hash);
    assert.match(await page.innerText('#efficientnet-line'), /make models/, hash);
    assert.equal(await sample(page), hash === '' ? 'sample-chelsea' : 'sample-coffee', hash);
    assert.match(await page.innerText('#target-line'), hash === '' ? /the likeliest class/ : /explain cup/, hash);
    askedOnce(troubles);
    await context.close();
  }
});

for (const how of /** @type {const} */ (['pointer', 'keyboard']))
  test(`without EfficientNet-Lite0, chosen by ${how}: it says how to get it, and the network in use stays`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open('/www/#network=model-c', { before: lacking });
    await explained(page);
    const maps = await digests(page);
    if (how === 'pointer') {
      await page.locator('input[value=efficientnet-lite0]').click();
    } else {
      await page.focus('input[value=model-c]');
      await page.keyboard.press('ArrowDown');
    }
    await page.waitForSelector('input[value=efficientnet-lite0]:disabled');
    assert.match(await page.innerText('#efficientnet-line'), /make models/);
    assert.equal(await chosen(page), 'model-c');
    if (how === 'keyboard')
      assert.equal(await page.evaluate(() => /** @type {HTMLInputElement} */ (document.activeElement).value), 'model-c');
    assert.deepEqual(await digests(page), maps);
    assert.equal(await page.getAttribute('#status', 'data-kind'), 'ready');
    askedOnce(troubles);
    await context.close();
  });

test('a network that fails to arrive leaves the one before it in use', { timeout }, async () => {
  const { page, context } = await browser.open(WITH_ALL_CNN_C, {
    before: (made) => made.route(`**${SQUEEZENET}`, (route) => route.abort('connectionreset')),
  });
  await explained(page);
  const maps = await digests(page);
  await page.locator('input[value="squeezenet-1.1"]').click();
  await page.waitForSelector('#status[data-kind="error"]');
  assert.match(await page.innerText('#status-text'), /could not be fetched from .*squeezenet-1\.1.*All-CNN-C is still in use/s);
  assert.equal(await chosen(page), 'all-cnn-c');
  assert.deepEqual(await digests(page), maps);
  await page.click('#gallery button >> nth=0');
  await page.waitForSelector('#status[data-kind="ready"]');
  await explained(page, 'An airplane');
  await context.close();
});
