// The address holds the whole state of the page: after a reload, or for somebody else, it shows the same.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openBrowser } from './support/browser.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 180_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Everything that is drawn and chosen, once all figures are computed. @param {Page} page */
async function everything(page) {
  await explained(page);
  for (const figure of ['scheme', 'unit-figure', 'patch-figure', 'pooling-figure']) {
    await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
    await page.waitForFunction(
      (id) => {
        const found = document.getElementById(id);
        return (
          found?.dataset['state'] === 'ready' && !found.querySelector('[aria-busy=true]') && found.getAttribute('aria-busy') !== 'true'
        );
      },
      figure,
      { timeout: 60_000 },
    );
  }
  // The network whose maps are drawn comes before those of the chart.
  await page.locator('#trust-layers').scrollIntoViewIfNeeded();
  for (const rule of ['backprop', 'deconvnet', 'guided']) await page.waitForSelector(`#trust-randomised-${rule}[data-blank="false"]`);
  await page.locator('#trust-others').scrollIntoViewIfNeeded();
  await page.waitForSelector('#trust-others[data-state="ready"][aria-busy="false"]');
  // The survey's tiles are redrawn on their own.
  await page.waitForSelector('#excited canvas');
  const { canvases, patches, ...rest } = await page.evaluate(() => {
    // Not toDataURL: Firefox writes something of its own into its PNG.
    const pixels = (/** @type {Element} */ element) => {
      const canvas = /** @type {HTMLCanvasElement} */ (element);
      return String(canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data);
    };
    return {
      canvases: Object.fromEntries([...document.querySelectorAll('canvas[id]')].map((canvas) => [canvas.id, pixels(canvas)])),
      patches: [...document.querySelectorAll('#patches canvas')].map(pixels).join(),
      numbers: [...document.querySelectorAll('#rule-figure input')].map((input) => /** @type {HTMLInputElement} */ (input).value).join(' '),
      chosen: [...document.querySelectorAll('input:checked')]
        .map((input) => input.id || `${/** @type {HTMLInputElement} */ (input).name}=${/** @type {HTMLInputElement} */ (input).value}`)
        .join(' '),
      compare: /** @type {HTMLSelectElement} */ (document.querySelector('#pooling-class')).value,
      line: document.querySelector('#unit-line')?.textContent,
    };
  });
  // Compared by checksum, so that a failure names the picture instead of printing it.
  return {
    ...rest,
    patches: crc32(patches),
    canvases: Object.fromEntries(Object.entries(canvases).map(([id, drawn]) => [id, crc32(drawn)])),
  };
}

test('all that was chosen by hand, in every figure', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  await page.fill('#f-0-0', '−2.5');
  await page.click('#sample-deer-0001');
  await explained(page);
  await page.click('#predictions button[data-class="7"]');
  await page.check('input[name=fold][value=sum]', { force: true });
  await page.check('input[name=sign][value=positive]', { force: true });
  await page.locator('#unit-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#unit-figure[data-state="ready"]');
  await page.click('#layers [data-layer="relu6"]');
  await page.waitForFunction(() => document.querySelector('#unit-line')?.textContent?.startsWith('relu6'));
  await page.click('#channels button >> nth=2');
  await page.check('#unit-close', { force: true });
  await page.locator('#patch-figure').scrollIntoViewIfNeeded();
  await page.check('#patch-layers input[value=conv3]', { force: true });
  await page.locator('#pooling-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#pooling-class:not([disabled])');
  await page.selectOption('#pooling-class', { label: 'frog' });
  await page.waitForFunction(() =>
    ['f=-2.5', 'picture=deer-0001', 'class=7', 'fold=sum', 'sign=positive', 'unit=relu6:', 'close=1', 'patches=conv3', 'compare=6'].every(
      (word) => location.hash.includes(word),
    ),
  );
  const there = await everything(page);
  const address = page.url();
  // Everything was chosen by hand, so the link, which names everything, is the address.
  assert.equal(await page.inputValue('#export-link'), address);
  await page.reload();
  assert.deepEqual(await everything(page), there);
  await context.close();

  const other = await browser.open(new URL(address).pathname + new URL(address).hash);
  assert.deepEqual(await everything(other.page), there);
  // With the paper's numbers and the default look, the address no longer names them.
  await other.page.click('#rule-reset');
  await other.page.click('#display-reset');
  await other.page.uncheck('#unit-close', { force: true });
  await other.page.waitForFunction(() => !/[#&](f|r|fold|sign|close)=/.test(location.hash));
  assert.deepEqual([...troubles, ...other.troubles], []);
  await other.context.close();
});

test(
  'parts of an address that name nothing are ignored, and the page says which, until something else is chosen',
  { timeout },
  async () => {
    const { page, context, troubles } = await browser.open(
      `${WITH_ALL_CNN_C}&f=1,2,3&r=a,b&class=-1&compare=99&patches=relu1&unit=x&clip=7&fold=origami&close=yes&picture=%00`,
    );
    await explained(page);
    await page.locator('#pooling-figure').scrollIntoViewIfNeeded();
    await page.waitForSelector('#pooling-figure[data-state="ready"]', { timeout: 60_000 });
    assert.equal(await page.inputValue('#f-0-0'), '1');
    assert.equal(await page.inputValue('#r-0-0'), '−2');
    assert.equal(await page.locator('#patch-layers input:checked').getAttribute('value'), 'conv1');
    const note = /Not everything in the address could be used: (.*)\.$/;
    const [, said = ''] = note.exec(await page.innerText('#status')) ?? [];
    assert.deepEqual(
      said
        .split('; ')
        .filter((part) => /^\w+=/.test(part))
        .map((part) => part.split(' ')[0]),
      ['f=1,2,3', 'r=a,b', 'class=-1', 'compare=99', 'patches=relu1', 'unit=x', 'clip=7', 'fold=origami', 'close=yes', 'picture='],
      'a control character is shown as a space',
    );
    assert.match(said, /patches=relu1 \(conv1 instead\).*picture= +\(“A horse” instead\)$/);
    await page.click('#predictions button[data-class="3"]');
    await explained(page);
    assert.doesNotMatch(await page.innerText('#status'), note);
    assert.deepEqual(troubles, []);
    await context.close();
  },
);

/** What figure 2 shows, and what the address says of it. @param {Page} page */
const shown = (page) =>
  page.evaluate(() => ({
    network: /** @type {HTMLInputElement | null} */ (document.querySelector('input[name=network]:checked'))?.value,
    picture: document.querySelector('#view')?.getAttribute('aria-label')?.split(',')[0],
    marked: [...document.querySelectorAll('#gallery [aria-pressed=true], #samples [aria-pressed=true]')].map(({ id }) => id).join(),
    classes: document.querySelectorAll('#predictions button').length,
    address: location.hash,
  }));

const CAT = { network: 'squeezenet-1.1', picture: 'Chelsea the cat', marked: 'sample-chelsea', classes: 5, address: '' };
const SHIP = {
  network: 'all-cnn-c',
  picture: 'A ship',
  marked: 'sample-ship-0000',
  classes: 10,
  address: '#network=all-cnn-c&picture=ship-0000',
};
const FROG = {
  network: 'model-c',
  picture: 'A frog',
  marked: 'sample-frog-0000',
  classes: 10,
  address: '#network=model-c&picture=frog-0000&unit=relu3:5@1,2',
};

/** Goes to addresses one right after the other. @param {Page} page @param {...string} hashes */
const go = (page, ...hashes) =>
  page.evaluate((all) => {
    for (const hash of all) location.hash = hash;
  }, hashes);

/** Waits until nothing can change any more. @param {Page} page */
async function settled(page) {
  await page.waitForTimeout(1000);
  await explained(page);
  // The address is written a moment later.
  await page.waitForTimeout(500);
}

test('of two addresses in immediate succession, the second wins', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  for (const [first, last] of /** @type {const} */ ([
    [SHIP, FROG],
    [FROG, SHIP],
    [SHIP, CAT],
  ])) {
    await go(page, first.address, last.address || '#network=squeezenet-1.1');
    await settled(page);
    assert.deepEqual(await shown(page), last);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('an address may name a position and figure 5’s class for its picture; a picture chosen by hand has neither', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  const address = '#network=all-cnn-c&picture=ship-0000&unit=relu6:3@1,2&compare=6';
  await go(page, address);
  await settled(page);
  assert.equal((await shown(page)).address, address);
  await page.click('#sample-frog-0000');
  await settled(page);
  assert.equal((await shown(page)).address, '#network=all-cnn-c&picture=frog-0000&unit=relu6:3');
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const [what, addresses, last] of /** @type {const} */ ([
  ['a network is on its way', [[SHIP.address], ['#network=squeezenet-1.1']], CAT],
  ['a network is on its way, and two more follow at once', [[SHIP.address], ['#picture=coffee', FROG.address]], FROG],
  ['a picture is on its way', [['#picture=coffee'], ['#picture=chelsea']], CAT],
  ['a picture of another network is on its way', [[FROG.address], ['#network=model-c&picture=ship-0000'], [FROG.address]], FROG],
])) {
  test(`${what}: the newest address wins, and what is older does not come after it`, { timeout }, async () => {
    /** Requests that wait. @type {(() => void)[]} */
    const held = [];
    const { page, context } = await browser.open('/www/', {
      before: (made) =>
        made.route(/all-cnn-c\.safetensors|coffee\.\w+|ship-0000/, async (route) => {
          if (route.request().resourceType() === 'fetch')
            await new Promise((go) => {
              held.push(() => go(undefined));
            });
          // The page may have given it up.
          await route.continue().catch(() => undefined);
        }),
    });
    await explained(page);
    for (const hashes of addresses) {
      await go(page, ...hashes);
      await page.waitForTimeout(500);
    }
    assert.ok(held.length > 0);
    // What is held first is also let go first, and may ask for more.
    for (let i = 0; i < 3; i++) {
      for (const go of held.splice(0)) go();
      await page.waitForTimeout(200);
    }
    await settled(page);
    assert.deepEqual(await shown(page), last);
    await page.reload();
    for (let i = 0; i < 3; i++) {
      for (const go of held.splice(0)) go();
      await page.waitForTimeout(200);
    }
    await settled(page);
    assert.deepEqual(await shown(page), last, 'the address says what is on show');
    await context.close();
  });
}

test('an unknown network, word or place in an address is said with what is shown instead', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#network=vgg&colour=heat&methods=guided');
  await explained(page);
  const said = (/** @type {string} */ words) =>
    page.waitForFunction((wanted) => document.querySelector('#status')?.textContent?.includes(wanted), words);
  await said('Not everything in the address could be used: network=vgg (SqueezeNet 1.1 instead); colour=heat (ignored).');
  await go(page, '#network=squeezenet-1.1&colors=heat&class=1000');
  await said('colors=heat (no effect unless fold is max or sum); class=1000 (the classes are 0 to 999; the likeliest class instead).');
  await go(page, '#nowhere');
  await said('#nowhere (no part of this page).');
  await go(page, '#trust');
  await page.waitForFunction(() => !document.querySelector('#status')?.textContent?.includes('Not everything in the address'));
  assert.deepEqual(troubles, []);
  await context.close();
});
