// <relume-view> with several methods: a map each, those of many steps while they grow; on one scale; and what the numbers mean.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('../../pkg/element/relume-view.js').RelumeView} RelumeView */

const FROG = '/www/pictures/cifar10/frog-0000.jpg';
const timeout = 240_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** A page with an element in it, once that is explained, or the code of its error. @param {Record<string, string>} attributes */
async function open(attributes) {
  const opened = await openBare(browser);
  const told = await opened.page.evaluate(async ([model, src, all]) => {
    await import(/** @type {any} */ ('/pkg/view.js'));
    const view = document.createElement('relume-view');
    for (const [name, value] of Object.entries({ model, src, loading: 'eager', ...all })) view.setAttribute(name, value);
    const settled = new Promise((resolve) => {
      view.addEventListener('relume-explained', () => resolve('explained'), { once: true });
      view.addEventListener('relume-error', (event) => resolve(/** @type {CustomEvent} */ (event).detail.code), { once: true });
    });
    document.body.replaceChildren(view);
    return settled;
  }, /** @type {const} */ ([ALL_CNN_C, FROG, attributes]));
  return { ...opened, told };
}

/** What stands below each map, and the lines of the caption. @param {Page} page */
function words(page) {
  return page.evaluate(() => {
    const root = /** @type {ShadowRoot} */ (document.querySelector('relume-view')?.shadowRoot);
    return {
      labels: [...root.querySelectorAll('.label')].map((label) => label.textContent),
      meanings: [...root.querySelectorAll('[part~=meanings] > span')].map((line) => line.textContent),
      growing: [...root.querySelectorAll('.growth')].filter((growth) => growth.checkVisibility()).length,
    };
  });
}

/** Whether each canvas shows what the package draws of the same map. @param {Page} page @param {import('../../pkg/index.js').DrawOptions & { shared?: boolean }} looks */
function drawnAs(page, looks) {
  return page.evaluate(async ({ shared, ...look }) => {
    const { sharedScale } = /** @type {typeof import('../../pkg/index.js')} */ (await import(/** @type {any} */ ('/pkg/index.js')));
    const view = /** @type {RelumeView} */ (document.querySelector('relume-view'));
    const maps = Object.values(view.maps);
    const scale = shared ? await sharedScale(maps, look) : look.scale;
    return Promise.all(
      maps.map(async (map) => {
        const { data } = await map.pixels({ ...look, ...(scale !== undefined && { scale }) });
        const canvas = /** @type {HTMLCanvasElement} */ (view.shadowRoot?.querySelector(`[data-name="${map.method}"]`));
        const shown = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        return shown.length === data.length && data.every((value, i) => value === shown[i]);
      }),
    );
  }, looks);
}

test('a map for each method, in their order, with what their numbers mean', { timeout }, async () => {
  const { page, context, told, troubles } = await open({ methods: 'guided grad-cam occlusion lrp' });
  assert.equal(told, 'explained');
  assert.deepEqual(await words(page), {
    labels: ['picture', 'guided', 'Grad-CAM', 'occlusion', 'LRP'],
    meanings: [
      'guided: positive where a brighter pixel raises the explained value along the paths that the rule keeps, negative where a darker one does.',
      'Grad-CAM: positive where the activations of the layer raise the explained value; never negative.',
      'occlusion: positive where covering the picture lowers the explained value, negative where it raises it.',
      'LRP: the explained value, shared out layer by layer among the pixels. Positive where a pixel adds to that value, negative where it takes away from it.',
    ],
    growing: 0,
  });
  assert.deepEqual(await drawnAs(page, {}), [true, true, true, true]);
  const same = await page.evaluate(async (path) => {
    const view = /** @type {RelumeView} */ (document.querySelector('relume-view'));
    const model = await (await bare.Relume.start({ workers: 1 })).load(path);
    const trace = await model.forward(await bare.file('/www/pictures/cifar10/frog-0000.jpg'));
    return Promise.all(
      Object.values(view.maps).map(async (map) => String((await trace.explain({ method: map.method })).data) === String(map.data)),
    );
  }, ALL_CNN_C);
  assert.deepEqual(same, [true, true, true, true], 'with the default options of each method');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a map of many steps is shown while it grows, and a newer wish ends the work', { timeout }, async () => {
  const { page, context, troubles } = await open({ methods: 'guided' });
  const seen = await page.evaluate(async () => {
    const view = /** @type {RelumeView} */ (document.querySelector('relume-view'));
    const root = /** @type {ShadowRoot} */ (view.shadowRoot);
    const next = () => new Promise((resolve) => view.addEventListener('relume-explained', resolve, { once: true }));
    /** @type {{ text: string, value: number, name: string, canvas: boolean }[]} */
    const steps = [];
    /** How much of the map the bar and its words cover, in square pixels, at each look. @type {number[]} */
    const covers = [];
    const watch = new MutationObserver(() => {
      const growth = root.querySelector('.frame:has([data-name=smoothgrad]) ~ .growth');
      const bar = growth?.querySelector('progress');
      if (!growth?.checkVisibility() || !bar) return;
      const text = growth.textContent ?? '';
      if (steps.at(-1)?.text === text) return;
      const canvas = root.querySelector('canvas[data-name=smoothgrad]')?.checkVisibility() ?? false;
      const map = root.querySelector('canvas[data-name=smoothgrad]')?.getBoundingClientRect() ?? new DOMRect();
      const covered = [bar, growth.querySelector('span')].reduce((area, part) => {
        const { left, right, top, bottom } = part?.getBoundingClientRect() ?? new DOMRect();
        const [across, down] = [
          Math.min(right, map.right) - Math.max(left, map.left),
          Math.min(bottom, map.bottom) - Math.max(top, map.top),
        ];
        return area + Math.max(0, across) * Math.max(0, down);
      }, 0);
      if (canvas) covers.push(covered);
      steps.push({ text, value: bar.value, name: bar.getAttribute('aria-label') ?? '', canvas });
    });
    watch.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    const explained = next();
    view.setAttribute('methods', 'guided smoothgrad');
    await explained;
    const shape = { covered: Math.max(...covers), looks: covers.length };
    const whole = { ...steps.at(-1), keys: Object.keys(view.maps), done: view.maps.smoothgrad?.progress };
    // The next wish comes in the middle of the work.
    steps.length = 0;
    view.setAttribute('methods', 'smoothgrad backprop');
    while (!steps.some(({ value }) => value > 0)) await new Promise(requestAnimationFrame);
    const last = next();
    view.setAttribute('methods', 'deconvnet');
    await last;
    watch.disconnect();
    return {
      first: steps[0],
      whole,
      shape,
      seen: steps.length,
      keys: Object.keys(view.maps),
      canvases: root.querySelectorAll('canvas').length,
    };
  });
  assert.deepEqual(seen.whole.keys, ['guided', 'smoothgrad']);
  assert.deepEqual(seen.whole.done, { done: 50, total: 50 });
  assert.equal(seen.whole.name, 'Map by SmoothGrad: steps done');
  assert.match(seen.whole.text ?? '', /^\d+ %$/);
  assert.equal(seen.whole.canvas, true, 'there is a map to look at before it is whole');
  assert.ok(seen.shape.looks > 1 && seen.shape.covered === 0, 'nothing lies on the map that grows');
  assert.equal(seen.first?.text, '0 %');
  assert.deepEqual([seen.keys, seen.canvases], [['deconvnet'], 2]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('several methods share a scale, or have one that is told', { timeout }, async () => {
  const { page, context, troubles } = await open({ methods: 'backprop guided smoothgrad', scale: 'shared', clip: '0.1' });
  assert.deepEqual(await drawnAs(page, { clip: 0.1, shared: true }), [true, true, true]);
  assert.deepEqual((await words(page)).meanings, [
    'backprop, SmoothGrad: positive where a brighter pixel raises the explained value, negative where a darker one does.',
    'guided: positive where a brighter pixel raises the explained value along the paths that the rule keeps, negative where a darker one does.',
  ]);
  const redraw = (/** @type {string} */ scale) =>
    page.evaluate(async (value) => {
      const view = /** @type {RelumeView} */ (document.querySelector('relume-view'));
      const changed = new Promise((resolve) => view.addEventListener('relume-changed', resolve, { once: true }));
      view.scale = value;
      return /** @type {CustomEvent} */ (await changed).detail.state.drawing.scale;
    }, scale);
  assert.equal(await redraw('0.25'), 0.25);
  assert.deepEqual(await drawnAs(page, { clip: 0.1, scale: 0.25 }), [true, true, true]);
  assert.equal(await redraw('own'), 'own');
  assert.deepEqual(await drawnAs(page, { clip: 0.1 }), [true, true, true]);
  assert.deepEqual(troubles, []);
  await context.close();
  for (const scale of ['', 'all', '-1', 'NaN', 'Infinity']) {
    const refused = await open({ scale });
    assert.equal(refused.told, 'invalid-option', scale);
    await refused.context.close();
  }
});

test('an empty map says why, and what to try; in Korean too', { timeout }, async () => {
  const { page, context } = await open({ methods: 'guided', target: 'relu6:51@1,2', src: '/www/pictures/cifar10/horse-0000.jpg' });
  const caption = page.locator('relume-view figcaption');
  assert.match(await caption.innerText(), /The map .* is zero everywhere.* Try backprop, or another class or unit\./s);
  await page.evaluate(() => document.querySelector('relume-view')?.setAttribute('lang', 'ko'));
  assert.match(await caption.innerText(), /맵이 어디서나 0입니다\..*역전파로 보거나 다른 클래스나 유닛을 골라 보세요\..*양수.*음수/s);
  await context.close();
});
