// <relume-view> in an author's page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { countOperations, operations } from './support/operations.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('../../pkg/element/relume-view.js').RelumeView} RelumeView */

const PAGE = '/tests/browser/pages/elements.html';
const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Waits for what the elements have told, in any order. @param {Page} page @param {string[]} wanted */
async function heard(page, wanted) {
  await page
    .waitForFunction(
      (words) => {
        const { told } = /** @type {{ told?: string[] }} */ (/** @type {unknown} */ (globalThis));
        return words.every((word) => told?.includes(word));
      },
      wanted,
      { timeout: 60_000 },
    )
    .catch(async (error) => {
      const told = await page.evaluate(() => /** @type {any} */ (globalThis).told);
      throw new Error(`told: ${told}; wanted: ${wanted}`, { cause: error });
    });
}

const FOUR = [
  'relume-explained first backprop deconvnet guided',
  'relume-explained class guided',
  'relume-explained unit guided',
  'relume-explained image guided',
];

/** @param {Page} page @param {string} id @returns {Promise<{ words: string, canvases: string[], drawn: number }>} */
function look(page, id) {
  return page.evaluate((name) => {
    const root = /** @type {ShadowRoot} */ (document.getElementById(name)?.shadowRoot);
    const canvases = [...root.querySelectorAll('canvas')];
    return {
      words: root.querySelector('figcaption span')?.textContent ?? '',
      canvases: canvases.map((canvas) => canvas.ariaLabel ?? canvas.getAttribute('aria-label') ?? ''),
      drawn: canvases.filter(
        (canvas) =>
          !canvas.hidden &&
          new Set(
            new Uint32Array(canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data.buffer ?? new ArrayBuffer(0)),
          ).size > 20,
      ).length,
    };
  }, id);
}

test('five elements fetch the model once, use one worker, and the last waits until it comes near', { timeout }, async () => {
  const requests = /** @type {string[]} */ ([]);
  const workers = /** @type {string[]} */ ([]);
  const { page, context, troubles } = await browser.open(PAGE, {
    before: async (opening) => {
      opening.on('request', (request) => requests.push(new URL(request.url()).pathname));
      opening.on('page', (opened) => opened.on('worker', (worker) => workers.push(worker.url())));
    },
  });
  await heard(page, FOUR);
  assert.ok(!requests.includes('/www/pictures/cifar10/cat-0000.jpg'), 'the one far below has not begun');
  await page.evaluate(() => document.getElementById('far')?.scrollIntoView());
  await heard(page, ['relume-explained far guided']);

  assert.equal(requests.filter((path) => path === ALL_CNN_C).length, 1);
  assert.deepEqual(workers, [`${browser.origin}/pkg/worker/worker.js`]);
  const first = await look(page, 'first');
  assert.match(first.words, /^All-CNN-C says “frog”, \d+ %\.$/);
  assert.deepEqual(
    { canvases: first.canvases, drawn: first.drawn },
    { drawn: 4, canvases: ['The picture as the network sees it', 'Map by backprop', 'Map by deconvnet', 'Map by guided backpropagation'] },
  );
  assert.match((await look(page, 'class')).words, /Explained: “deer”\.$/);
  assert.match((await look(page, 'unit')).words, /Explained: relu6, channel 51, column 2, row 1\. The map .* is zero everywhere/);
  assert.equal((await look(page, 'image')).canvases[0], 'A ship at sea');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the maps are those of the package, drawn as the attributes say', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(PAGE);
  await heard(page, FOUR);
  const alike = await page.evaluate(async (path) => {
    const { Relume } = /** @type {{ Relume: typeof import('../../pkg/index.js').Relume }} */ (/** @type {unknown} */ (globalThis));
    const relume = await Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const picture = await (await fetch('/www/pictures/cifar10/frog-0000.jpg')).blob();
    const map = await model.explain(picture, { target: { class: 4 } });
    const pixels = await map.pixels({ fold: 'max', colors: 'diverging' });
    const view = /** @type {RelumeView} */ (document.getElementById('class'));
    const canvas = /** @type {HTMLCanvasElement} */ (view.shadowRoot?.querySelector('[data-name="guided"]'));
    const drawn = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    relume.close();
    const same = (/** @type {ArrayLike<number>} */ a, /** @type {ArrayLike<number>} */ b) =>
      a.length === b.length && Array.from(a).every((value, i) => value === b[i]);
    return { pixels: same(drawn, pixels.data), numbers: same(view.maps.guided?.data ?? [], map.data) };
  }, ALL_CNN_C);
  assert.deepEqual(alike, { pixels: true, numbers: true });
  // The author's style sheet applies to the parts.
  const outline = await page.evaluate(() => {
    const map = document.getElementById('first')?.shadowRoot?.querySelector('[part~="map"]');
    return map ? getComputedStyle(map).outlineColor : '';
  });
  assert.equal(outline, 'rgb(200, 0, 0)');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a changed attribute changes the figure; only what has to is computed again', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(PAGE, { before: countOperations });
  await heard(page, FOUR);
  const passes = () => [operations(context).forward, operations(context).explain];
  const [forward = NaN, explain = NaN] = passes();
  const redrawn = await page.evaluate(async () => {
    const view = /** @type {RelumeView} */ (document.getElementById('first'));
    const map = view.maps.guided;
    const guided = () => /** @type {HTMLCanvasElement} */ (view.shadowRoot?.querySelector('[data-name="guided"]'));
    const shot = () => guided().toDataURL();
    const usual = shot();
    view.setAttribute('fold', 'max');
    view.setAttribute('colors', 'heat');
    while (shot() === usual) await new Promise(requestAnimationFrame);
    return view.maps.guided === map;
  });
  assert.ok(redrawn);
  assert.deepEqual(passes(), [forward, explain], 'another look runs no network');
  const steps = await page.evaluate(async () => {
    const view = /** @type {RelumeView} */ (document.getElementById('first'));
    const again = new Promise((resolve) => view.addEventListener('relume-explained', resolve, { once: true }));
    view.setAttribute('target', 'class:0');
    view.setAttribute('methods', 'guided');
    await again;
    return { class: view.maps.guided?.target.channel, canvases: view.shadowRoot?.querySelectorAll('canvas').length };
  });
  assert.deepEqual(steps, { class: 0, canvases: 2 });
  // An element keeps no run, so another target costs a forward pass; but only the map that is shown is computed.
  assert.deepEqual(passes(), [forward + 1, explain + 1]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what is wrong is said in place and by an event; the rest of the page goes on', { timeout }, async () => {
  const { page, context } = await browser.open(PAGE, { before: countOperations });
  await heard(page, FOUR);
  const wrong = {
    'no-model': { model: '', src: '/www/pictures/chelsea.png' },
    'bad-model': { model: '/www/pictures/chelsea.png', src: '/www/pictures/chelsea.png' },
    'no-file': { model: '/www/models/absent.safetensors', src: '/www/pictures/chelsea.png' },
    'no-picture': { model: ALL_CNN_C, src: '/www/absent.png' },
    'bad-target': { model: ALL_CNN_C, src: '/www/pictures/chelsea.png', target: 'unicorn' },
    'bad-unit': { model: ALL_CNN_C, src: '/www/pictures/chelsea.png', target: 'relu6:9999' },
    'bad-method': { model: ALL_CNN_C, src: '/www/pictures/chelsea.png', methods: 'magic' },
    'bad-clip': { model: ALL_CNN_C, src: '/www/pictures/chelsea.png', clip: 'much' },
    'bad-fold': { model: ALL_CNN_C, src: '/www/pictures/chelsea.png', fold: 'origami' },
  };
  // The viewport is high enough for all of them to be near it: each reserves the room for its figure.
  await page.setViewportSize({ width: 1280, height: 4000 });
  await page.evaluate((all) => {
    for (const [id, attributes] of Object.entries(all)) {
      const view = document.createElement('relume-view');
      view.id = id;
      for (const [name, value] of Object.entries(attributes)) if (value) view.setAttribute(name, value);
      document.body.prepend(view);
    }
  }, wrong);
  await heard(page, [
    'relume-error no-model invalid-option',
    'relume-error bad-model invalid-model',
    'relume-error no-file unreadable',
    'relume-error no-picture unreadable',
    'relume-error bad-target invalid-target',
    'relume-error bad-unit invalid-target',
    'relume-error bad-method invalid-option',
    'relume-error bad-clip invalid-option',
    'relume-error bad-fold invalid-option',
  ]);
  const said = await page.evaluate(() => document.getElementById('bad-target')?.shadowRoot?.querySelector('[role=status]')?.textContent);
  assert.match(said ?? '', /^This figure could not be computed\. .*unicorn/);
  // Once corrected, it works.
  await page.evaluate(() => document.getElementById('bad-target')?.setAttribute('target', 'cat'));
  await heard(page, ['relume-explained bad-target guided']);
  // It also works when removed and inserted again; when removed for good, it frees everything.
  const again = await page.evaluate(async () => {
    const view = /** @type {RelumeView} */ (document.getElementById('first'));
    const explained = new Promise((resolve) => view.addEventListener('relume-explained', resolve, { once: true }));
    view.remove();
    document.body.prepend(view);
    await explained;
    return Object.keys(view.maps).length;
  });
  assert.equal(again, 3);
  // The model stays while anyone uses it. When its last user is gone, it is freed, and so is every trace.
  const used = operations(context);
  assert.equal(used['free model'], 0);
  await page.evaluate(() => {
    for (const view of document.querySelectorAll('relume-view')) view.remove();
  });
  const kept = () => ({ models: used.load - used['free model'], traces: used.forward - used['free trace'] });
  for (let i = 0; i < 500 && kept().models + kept().traces > 0; i++) await page.waitForTimeout(20);
  assert.deepEqual(kept(), { models: 0, traces: 0 });
  await context.close();
});

test('a unit of a layer whose channels are the classes is called by its class', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/embed.html#network=all-cnn-c&picture=frog-0000&unit=conv9:6@3,2');
  await page.waitForFunction(() =>
    /Explained: conv9, channel 6 \(frog\), column 2, row 3\./.test(document.querySelector('relume-view')?.shadowRoot?.textContent ?? ''),
  );
  assert.deepEqual(troubles, []);
  await context.close();
});

test('embed.html without a network: the one that suits its picture, with its default clip', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/embed.html');
  for (const [hash, model, picture, clip] of [
    ['', 'squeezenet-1.1', 'chelsea.png', '0.1'],
    ['#picture=coffee', 'squeezenet-1.1', 'coffee.jpg', '0.1'],
    ['#picture=frog-0000', 'all-cnn-c', 'frog-0000.jpg', '0.02'],
    ['#network=model-c&clip=0.2', 'model-c', 'horse-0000.jpg', '0.2'],
    [`#model=${encodeURIComponent(ALL_CNN_C)}&src=${encodeURIComponent('/www/pictures/chelsea.png')}`, 'all-cnn-c', 'chelsea.png', '0.02'],
  ]) {
    await page.evaluate((to) => {
      location.hash = to ?? '';
    }, hash);
    await page.waitForFunction((wanted) => {
      const view = document.querySelector('relume-view');
      return ['model', 'src', 'clip'].map((name) => view?.getAttribute(name)?.split('/').at(-1)).join() === wanted;
    }, `${model}.safetensors,${picture},${clip}`);
    await page.waitForFunction(
      () => Object.keys(/** @type {RelumeView} */ (document.querySelector('relume-view')).maps).length === 3,
      undefined,
      { timeout: 60_000 },
    );
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('embed.html shows the state of its address, in a sandboxed frame too, without special headers but CORS', { timeout }, async () => {
  const open = await openBrowser(serve(0, { headers: { 'Access-Control-Allow-Origin': '*' } }));
  try {
    const { page, context, troubles } = await open.open('/tests/browser/pages/frames.html');
    for (const [name, words] of /** @type {const} */ ([
      ['plain', /says “frog”.*Explained: “deer”/],
      ['sandboxed', /says “horse”.*Explained: relu6, channel 51/],
    ])) {
      const frame = page.frameLocator(`#${name}`);
      const caption = frame.locator('relume-view figcaption');
      await caption.filter({ hasText: 'says' }).waitFor({ timeout: 60_000 });
      assert.match(await caption.innerText(), words);
      assert.equal(await frame.locator('relume-view canvas:not([hidden])').count(), name === 'plain' ? 3 : 4);
    }
    assert.deepEqual(troubles, []);
    await context.close();
  } finally {
    await open.close();
  }
});
