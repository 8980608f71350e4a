// Several workers: started only where calls wait, giving what one gives, and losing no more than one when it crashes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, ROOT, seeded } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { withMemoryLimit } from './support/wasm.mjs';

const timeout = 300_000;
const PICTURE = '/www/pictures/chelsea.png';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

test('one thing after the other stays in one worker', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  await page.evaluate(async ([path, picture]) => {
    const relume = await bare.Relume.start({ workers: 4 });
    const network = await relume.load(path);
    const seen = await network.forward(await bare.file(picture));
    for (const method of /** @type {const} */ (['backprop', 'deconvnet', 'guided'])) await seen.explain({ method });
  }, /** @type {const} */ ([ALL_CNN_C, PICTURE]));
  assert.equal(page.workers().length, 1);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what is asked for at once is spread, and gives the same numbers; the model is fetched once', { timeout }, async () => {
  let fetched = 0;
  const { page, context, troubles } = await openBare(browser, (opening) => opening.route(`**${ALL_CNN_C}`, (route) => {
    fetched += 1;
    return route.continue();
  }));
  const found = await page.evaluate(async ([path, picture]) => {
    const methods = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
    const photo = await bare.file(picture);
    /** @param {number} workers @param {number} memory rounds go on until so much is in use */
    async function maps(workers, memory) {
      const relume = await bare.Relume.start({ workers });
      const network = await relume.load(path);
      const seen = await network.forward(photo);
      const round = () => Promise.all([0, 3, 5].flatMap((index) => methods.map((method) => seen.explain({ method, target: { class: index } }))));
      let found = await round();
      // The second worker has to start, and to load the model, before it can help.
      for (let rounds = 1; rounds < 500 && relume.memory() < memory; rounds++) found = await round();
      const used = relume.memory();
      relume.close();
      return { maps: found.map((map) => map.data), memory: used };
    }
    const one = await maps(1, 0);
    const two = await maps(2, 1.5 * one.memory);
    return { same: one.maps.map((map, i) => bare.same(map, two.maps[i] ?? [])), memory: [one.memory, two.memory] };
  }, /** @type {const} */ ([ALL_CNN_C, PICTURE]));
  assert.deepEqual(found.same, Array(9).fill(true));
  assert.equal(fetched, 2, 'once for each of the two engines');
  const [one = 0, two = 0] = found.memory;
  assert.ok(two > 1.5 * one, `${found.memory} bytes: each worker holds a model`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('one map too many is cut in two halves, done by two workers, and is the same', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async ([path, picture]) => {
    const methods = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
    /** @type {{ worker: Worker, operation: string }[]} */
    let asked = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ transfer) {
      asked.push({ worker: this, operation: message.operation });
      return post.call(this, message, transfer);
    };
    const relume = await bare.Relume.start({ workers: 2 });
    const network = await relume.load(path);
    const seen = await network.forward(await bare.file(picture));
    /** @type {Float32Array[]} */
    const expected = [];
    for (const method of methods) expected.push((await seen.explain({ method })).data);
    const three = () => Promise.all(methods.map((method) => seen.explain({ method })));
    // The second worker has to start, to load the model and to run the picture, before it can help.
    for (let round = 0; round < 500; round++) {
      asked = [];
      await three();
      if (asked.length === 4 && new Set(asked.map(({ worker }) => worker)).size === 2) break;
    }
    asked = [];
    const maps = await three();
    const operations = asked.map(({ operation }) => operation);
    const same = maps.map(({ data }, i) => bare.same(data, expected[i] ?? []));
    const rules = maps.map(({ method }) => method);
    const times = maps.map(({ milliseconds }) => milliseconds);

    // What is wrong with the one that is cut is said of that one.
    /** @param {any} target */
    const refused = async (target) => {
      const [first, second, third] = await Promise.allSettled(
        [{}, {}, { target }].map((options) => seen.explain(/** @type {any} */ (options))));
      return [first?.status, second?.status, /** @type {any} */ (third)?.reason?.code];
    };
    const refusals = [await refused({ class: 10 }), await refused('nothing')];

    // Given up before, and while it is at it: the others go on, and the engine too.
    /** @type {unknown[]} */
    const given = [];
    for (const wait of [0, 1, 3, 6, 9]) {
      const controller = new AbortController();
      const signal = controller.signal;
      const all = Promise.allSettled([seen.explain(), seen.explain({ method: 'backprop' }), seen.explain({ method: 'deconvnet', signal })]);
      await new Promise((resolve) => { setTimeout(resolve, wait); });
      controller.abort();
      const [first, second, third] = await all;
      given.push([first?.status, second?.status, third?.status === 'fulfilled' || /** @type {any} */ (third).reason.code === 'cancelled']);
    }
    const after = (await three()).map(({ data }, i) => bare.same(data, expected[i] ?? []));

    // Closed in the middle, nothing is left waiting.
    const last = Promise.allSettled(methods.map((method) => seen.explain({ method })));
    await new Promise((resolve) => { setTimeout(resolve, 1); });
    relume.close();
    const closed = (await last).map((each) => each.status === 'fulfilled' || each.reason.code);
    return { operations, same, rules, times, refusals, given, after, closed };
  }, /** @type {const} */ ([ALL_CNN_C, PICTURE]));
  assert.deepEqual(found.operations, ['explainHalf', 'explain', 'explain', 'explainRest']);
  assert.deepEqual(found.same, [true, true, true]);
  assert.deepEqual(found.rules, ['backprop', 'deconvnet', 'guided']);
  assert.ok(found.times.every((time) => time > 0), `${found.times}`);
  assert.deepEqual(found.refusals, Array(2).fill(['fulfilled', 'fulfilled', 'invalid-target']));
  assert.deepEqual(found.given, Array(5).fill(['fulfilled', 'fulfilled', true]));
  assert.deepEqual(found.after, [true, true, true]);
  assert.ok(found.closed.every((each) => each === true || each === 'closed'), `${found.closed}`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a worker that crashes takes one call with it, and another takes its place', { timeout }, async () => {
  const path = await seeded('all-cnn-c');
  // Enough memory to load the network, not enough to run it.
  const limit = await (async () => {
    const { page, context } = await openBare(browser);
    const loaded = await page.evaluate(async (model) => {
      const relume = await bare.Relume.start({ workers: 1 });
      await relume.load(model);
      return relume.memory();
    }, path);
    await context.close();
    return loaded;
  })();
  let engines = 0;
  const { page, context } = await openBare(browser, (opening) => opening.route('**/wasm/flex*/relume_wasm_bg.wasm', async (route) => {
    engines += 1;
    if (engines !== 2) return route.continue();
    const wasm = await readFile(ROOT + new URL(route.request().url()).pathname);
    return route.fulfill({ body: withMemoryLimit(wasm, limit), contentType: 'application/wasm' });
  }));
  const found = await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const network = await relume.load(model);
    const seen = await network.forward(await bare.file(picture));
    const expected = await seen.explain({ target: { class: 1 } });
    /** @type {string[]} */
    const codes = [];
    let right = 0;
    for (let round = 0; round < 40; round++) {
      await Promise.all([1, 1, 1, 1].map((index) => seen.explain({ target: { class: index } }).then(
        (map) => { right += Number(bare.same(map.data, expected.data)); },
        (error) => { codes.push(error.code); })));
    }
    return { codes, right };
  }, /** @type {const} */ ([path, PICTURE]));
  assert.ok(found.codes.length <= 1 && found.codes.every((code) => code === 'engine-crashed'), `lost: ${found.codes}`);
  assert.equal(found.right + found.codes.length, 160);
  assert.ok(engines >= 3, `${engines} engines: one has taken the place of the one that crashed`);
  await context.close();
});

test('the number of workers is checked', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const codes = await page.evaluate(async () => {
    const found = [];
    for (const workers of [0, -1, 1.5, 65, NaN, '2', null]) {
      found.push((await bare.refusal(() => bare.Relume.start({ workers: /** @type {any} */ (workers) }))).code);
    }
    return found;
  });
  assert.deepEqual(codes, Array(7).fill('invalid-option'));
  await context.close();
});
