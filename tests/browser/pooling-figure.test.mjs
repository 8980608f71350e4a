// Figure 5: with and without max-pooling, with and without its switches.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { openBare } from './support/package.mjs';
import { WITH_ALL_CNN_C, choose, explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 120_000;
const NETWORKS = ['all-cnn-c', 'model-c'];
const COLUMNS = ['backprop', 'deconvnet', 'blind', 'guided', 'mixed'];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {Page} page @returns {Promise<Record<string, string>>} what is drawn, by network and column */
async function compared(page) {
  await page.locator('#pooling-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#pooling-figure[data-state="ready"][aria-busy="false"]', { timeout: 60_000 });
  return page.evaluate(
    (names) =>
      Object.fromEntries(
        names.map((name) => [name, /** @type {HTMLCanvasElement} */ (document.getElementById(`pooling-${name}`)).toDataURL()]),
      ),
    NETWORKS.flatMap((network) => COLUMNS.map((column) => `${network}-${column}`)),
  );
}

test('without pooling the deconvnet does not depend on the picture; with it, on its switches', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/#picture=horse-0000');
  await explained(page);
  const horse = await compared(page);
  const line = await page.innerText('#pooling-line');
  assert.match(line, /^All-CNN-C says “horse”, \d+ %\. Model C says “\w+”, \S+ %\. Correlation of Model C’s maps /);
  // What the paper says in its section 3.4: the deconvnet needs the switches of its picture, guided backpropagation does not.
  const [, deconvnet = '', guided = ''] = /: deconvnet (\S+), guided (\S+)\.$/.exec(line) ?? [];
  assert.ok(Math.abs(Number(deconvnet.replace('−', '-'))) < 0.3 && Number(guided) > 0.6, line);
  assert.equal(horse['all-cnn-c-deconvnet'], horse['all-cnn-c-blind'], 'nothing is lost with the picture');
  assert.notEqual(horse['model-c-deconvnet'], horse['model-c-blind'], 'the switches are lost with the picture');
  assert.equal(horse['all-cnn-c-guided'], horse['all-cnn-c-mixed'], 'there are no switches to lose');
  assert.equal(new Set(Object.values(horse)).size, 8);

  // Another picture, the same class.
  await page.click('#sample-frog-0000');
  await explained(page);
  await page.waitForFunction(() => document.querySelector('#pooling-line')?.textContent?.includes('frog'));
  await compared(page);
  await page.selectOption('#pooling-class', { label: 'horse' });
  await page.waitForFunction(() => document.querySelector('#pooling-figure')?.getAttribute('aria-busy') === 'false');
  const frog = await compared(page);
  const same = Object.keys(horse).filter((name) => horse[name] === frog[name]);
  assert.deepEqual(same, ['all-cnn-c-deconvnet', 'all-cnn-c-blind', 'model-c-blind']);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a map by its own run’s switches is the usual map; the deconvnet’s by those of zeros is that of zeros', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async () => {
    const folder = '/www';
    const { explainBySwitches } = /** @type {typeof import('../../www/other-switches.js')} */ (await import(`${folder}/other-switches.js`));
    const { readModelFile } = /** @type {typeof import('../../www/model-file.js')} */ (await import(`${folder}/model-file.js`));
    const bytes = await (await fetch('/www/models/model-c.safetensors')).arrayBuffer();
    const relume = await globalThis.bare.Relume.start({ workers: 1 });
    const model = await relume.load(bytes.slice());
    const picture = await globalThis.bare.file('/www/pictures/cifar10/frog-0000.jpg');
    const [trace, zeros] = [await model.forward(picture), await model.forward(new Float32Array(3 * 32 * 32))];
    const { signal } = new AbortController();
    const run = { trace, picture, file: readModelFile(bytes), load: (/** @type {Blob} */ part) => relume.load(part) };
    const options = { target: { class: 7 }, draw: { clip: 0 }, signal };
    const most = (/** @type {Float32Array} */ data) => data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    /** The largest difference, as a share of the largest value. @param {{ data: Float32Array }} one @param {{ data: Float32Array }} other */
    const apart = (one, other) => most(one.data.map((value, i) => value - (other.data[i] ?? NaN))) / most(other.data);
    const own = await Promise.all(
      /** @type {const} */ (['backprop', 'deconvnet', 'guided']).map(async (method) =>
        apart(
          await explainBySwitches({ ...run, switches: trace }, { ...options, method }),
          await trace.explain({ method, target: { class: 7 } }),
        ),
      ),
    );
    const method = 'deconvnet';
    const blind = apart(
      await explainBySwitches({ ...run, switches: zeros }, { ...options, method }),
      await zeros.explain({ method, target: { class: 7 } }),
    );
    return [...own, blind];
  });
  assert.ok(
    found.every((difference) => difference < 1e-5),
    String(found),
  );
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a horse replaces a photograph; a small picture and one’s own are compared themselves', { timeout }, async () => {
  /** @type {string[]} */
  const models = [];
  const { page, context, troubles } = await browser.open('/www/', {
    before: async (made) => {
      made.on('request', (request) => {
        if (request.url().endsWith('.safetensors')) models.push(request.url());
      });
    },
  });
  await explained(page);
  assert.equal(models.length, 1, 'it loads when it comes near');
  const horse = await compared(page);
  assert.equal(new Set(models).size, 3);
  assert.match(await page.innerText('#pooling-line'), /^All-CNN-C says “horse”/);
  assert.match(await page.innerText('#pooling-caption'), /The picture is “A horse” from CIFAR-10/);
  // Its networks are small, so their default clip applies, and the caption says so.
  assert.match(await page.innerText('#pooling-caption'), /98 % of the total/);
  await page.fill('#clip', '5');
  await page.waitForFunction(
    (before) => /** @type {HTMLCanvasElement} */ (document.getElementById('pooling-all-cnn-c-guided')).toDataURL() !== before,
    horse['all-cnn-c-guided'],
  );
  assert.match(await page.innerText('#pooling-caption'), /95 % of the total/);
  await page.click('#display-reset');
  // Another photograph, a class chosen here: nothing changes.
  await page.selectOption('#pooling-class', { label: 'deer' });
  const deer = await compared(page);
  await page.click('#sample-coffee');
  await explained(page, 'Coffee');
  assert.deepEqual(await compared(page), deer);
  assert.equal(await page.inputValue('#pooling-class'), '4');
  for (const [title, choose] of /** @type {const} */ ([
    ['A ship', () => page.click('#sample-ship-0000')],
    ['coffee.jpg', () => page.setInputFiles('#file', 'www/pictures/coffee.jpg')],
  ])) {
    await choose();
    await explained(page, title);
    await page.waitForFunction(
      (words) => document.querySelector('#pooling-which')?.textContent?.includes(words),
      `the one chosen above, “${title}”`,
    );
    assert.notDeepEqual(await compared(page), horse, title);
  }
  await page.click('#sample-chelsea');
  await explained(page, 'Chelsea');
  await page.waitForFunction(() => document.querySelector('#pooling-which')?.textContent?.includes('“A horse”'));
  assert.deepEqual(await compared(page), horse);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a network that cannot be fetched is said in place, and fetched again with the next picture', { timeout }, async () => {
  let broken = true;
  const { page, context } = await browser.open(WITH_ALL_CNN_C, {
    before: (made) => made.route('**/models/model-c.safetensors', (route) => (broken ? route.abort() : route.continue())),
  });
  await explained(page);
  await page.locator('#pooling-figure').scrollIntoViewIfNeeded();
  await page.waitForSelector('#pooling-figure[data-state="failed"]', { timeout: 60_000 });
  assert.match(await page.innerText('#pooling-line'), /^The two networks could not be compared\. .*model-c/);
  broken = false;
  await page.click('#sample-ship-0000');
  await explained(page);
  await compared(page);
  // The page switches to another backend.
  await page.click('#engine summary');
  await page.check('input[name=backend][value=ndarray]', { force: true });
  await explained(page);
  await compared(page);
  await context.close();
});

/** Opens the page, and counts which networks it fetches. @param {string} path @param {(name: string) => Promise<unknown>} [before] waited for before one is fetched */
async function openCounting(path, before) {
  /** @type {string[]} */
  const fetched = [];
  const opened = await browser.open(path, {
    before: (made) =>
      made.route('**/models/*.safetensors', async (route) => {
        const name = /([^/]*)\.safetensors/.exec(route.request().url())?.[1] ?? '';
        fetched.push(name);
        await before?.(name);
        await route.continue().catch(() => undefined);
      }),
  });
  return { ...opened, fetched: () => fetched.toSorted() };
}

test('a network that figure 2 has is not fetched again, and stays when figure 2 switches to another', { timeout }, async () => {
  const { page, context, troubles, fetched } = await openCounting(WITH_ALL_CNN_C);
  await explained(page);
  await compared(page);
  // Model C's file a second time from the browser's cache, for networks of its parts.
  assert.deepEqual(fetched(), ['all-cnn-c', 'model-c', 'model-c']);
  await choose(page, 'squeezenet-1.1');
  const horse = await compared(page);
  await page.selectOption('#pooling-class', { label: 'deer' });
  await page.waitForFunction(
    (before) => /** @type {HTMLCanvasElement} */ (document.getElementById('pooling-all-cnn-c-guided')).toDataURL() !== before,
    horse['all-cnn-c-guided'],
  );
  await compared(page);
  // Figure 2 has what figure 5 fetched, too.
  await choose(page, 'model-c');
  await choose(page, 'all-cnn-c');
  await page.click('#sample-ship-0000');
  await explained(page, 'A ship');
  await page.waitForFunction(() => document.querySelector('#pooling-which')?.textContent?.includes('A ship'));
  await compared(page);
  assert.deepEqual(fetched(), ['all-cnn-c', 'model-c', 'model-c', 'squeezenet-1.1']);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a network that figure 2 gives up while it loads still arrives for figure 5', { timeout }, async () => {
  let release = () => {};
  const held = new Promise((go) => {
    release = () => go(undefined);
  });
  const { page, context, troubles, fetched } = await openCounting('/www/', async (name) => {
    if (name === 'all-cnn-c') await held;
  });
  await explained(page);
  await page.locator('#pooling-figure').scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector('#pooling-line')?.textContent?.startsWith('Fetching'));
  await page.check('input[name=network][value="all-cnn-c"]');
  await page.waitForFunction(() => document.querySelector('#status-text')?.textContent?.includes('All-CNN-C'));
  await choose(page, 'squeezenet-1.1');
  release();
  await compared(page);
  assert.deepEqual(fetched(), ['all-cnn-c', 'model-c', 'model-c', 'squeezenet-1.1']);
  assert.deepEqual(troubles, []);
  await context.close();
});
