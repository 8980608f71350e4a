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

/** The bare page with `pool` on it, which looks at what is posted to workers. */
async function openPool() {
  const opened = await openBare(browser);
  await opened.page.addScriptTag({ type: 'module', url: '/tests/browser/pages/pool.js' });
  await opened.page.waitForFunction(() => 'pool' in globalThis);
  return opened;
}

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
  const { page, context, troubles } = await openPool();
  const found = await page.evaluate(async ([model, picture]) => {
    const { relume, seen } = await pool.open({ model, picture: await bare.file(picture), workers: 2 });
    const expected = await pool.three(seen);
    const maps = await Promise.all(pool.METHODS.map((method) => seen.explain({ method })));
    const operations = pool.operations();
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

    // What was asked for stays what was asked for, whatever becomes of the object.
    const target = { class: 3 };
    const all = [seen.explain(), seen.explain(), seen.explain({ target })];
    target.class = 5;
    const [, , third] = await Promise.all(all);
    const meant = (await seen.explain({ target: { class: 3 } })).data;
    const kept = third?.target.channel === 3 && bare.same(third.data, meant);
    relume.close();
    return { operations, same, rules, times, refusals, kept };
  }, /** @type {const} */ ([ALL_CNN_C, PICTURE]));
  assert.deepEqual(found.operations, ['explainHalf', 'explain', 'explain', 'explainRest']);
  assert.deepEqual(found.same, [true, true, true]);
  assert.deepEqual(found.rules, ['backprop', 'deconvnet', 'guided']);
  assert.ok(found.times.every((time) => time > 0), `${found.times}`);
  assert.deepEqual(found.refusals, Array(2).fill(['fulfilled', 'fulfilled', 'invalid-target']));
  assert.ok(found.kept, 'the target was read when it was asked for');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('given up or closed in either half, a cut map says so, and the others go on', { timeout }, async () => {
  const { page, context, troubles } = await openPool();
  const found = await page.evaluate(async ([model, picture]) => {
    const photo = await bare.file(picture);
    const { relume, network, seen } = await pool.open({ model, picture: photo, workers: 2 });
    const expected = await pool.three(seen);
    /**
     * @param {string} operation what is being posted when it happens
     * @param {(cut: AbortController) => void} happens
     */
    async function during(operation, happens) {
      const cut = new AbortController();
      pool.operations();
      pool.onPost((posted) => { if (posted === operation) happens(cut); });
      const settled = await Promise.allSettled(
        pool.METHODS.map((method) => seen.explain({ method, ...(method === 'guided' && { signal: cut.signal }) })));
      pool.onPost(undefined);
      return settled.map((each, i) => (each.status === 'fulfilled' ? bare.same(each.value.data, expected[i] ?? []) : each.reason.code));
    }
    const first = await during('explainHalf', (cut) => cut.abort());
    const wentOn = pool.operations().includes('explainRest');
    const second = await during('explainRest', (cut) => cut.abort());
    const after = await during('nothing', () => undefined);
    const closed = await during('explainHalf', () => seen.close());
    const again = await network.forward(photo);
    const alive = bare.same((await again.explain()).data, expected[2] ?? []);
    relume.close();
    return { first, wentOn, second, after, closed, alive };
  }, /** @type {const} */ ([ALL_CNN_C, PICTURE]));
  assert.deepEqual(found.first, [true, true, 'cancelled']);
  assert.ok(!found.wentOn, 'nothing more is asked for once a map is given up');
  assert.deepEqual(found.second, [true, true, 'cancelled']);
  assert.deepEqual(found.after, [true, true, true]);
  assert.equal(found.closed[2], 'closed');
  assert.ok(found.closed.every((each) => each === true || each === 'closed'), `${found.closed}`);
  assert.ok(found.alive);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('an engine that is closed leaves nothing waiting, at whatever moment', { timeout }, async () => {
  const { page, context } = await openPool();
  const found = await page.evaluate(async ([model, picture]) => {
    const photo = await bare.file(picture);
    /** @type {string[]} */
    const settled = [];
    // A few microtasks after the first half is answered the map is in no worker and not waiting either.
    for (let turns = 0; turns < 10; turns++) {
      const { relume, seen } = await pool.open({ model, picture: photo, workers: 2 });
      pool.beforeAnswer(async (answer) => {
        if (answer?.signal === undefined) return;
        for (let turn = 0; turn < turns; turn++) await null;
        relume.close();
      });
      const all = pool.METHODS.map((method) => seen.explain({ method }).then(() => 'map', (error) => error.code));
      /** @type {Promise<string>} */
      const late = new Promise((resolve) => { setTimeout(resolve, 2000, 'left waiting'); });
      settled.push(...await Promise.all(all.map((each) => Promise.race([each, late]))));
      pool.beforeAnswer(undefined);
    }
    return settled;
  }, /** @type {const} */ ([ALL_CNN_C, PICTURE]));
  assert.equal(found.length, 30);
  assert.ok(found.every((each) => each === 'map' || each === 'closed'), `${found}`);
  assert.ok(found.includes('closed'));
  await context.close();
});

test('nothing is cut where the workers come out even, or where two halves would find no two workers', { timeout }, async () => {
  const cases = /** @type {const} */ ([[2, 4, 0], [2, 2, 0], [3, 4, 1], [3, 5, 0], [3, 2, 0]]);
  const { page, context } = await openPool();
  for (const [workers, calls, halves] of cases) {
    const found = await page.evaluate(async ([model, picture, pooled, count]) => {
      const photo = await bare.file(picture);
      const { relume, network, seen } = await pool.open({ model, picture: photo, workers: pooled });
      const other = await network.forward(photo);
      pool.operations();
      // Of two runs, turn about.
      const maps = await Promise.all(Array.from({ length: count }, (_, i) => (i % 2 ? other : seen).explain()));
      const cut = pool.operations().filter((operation) => operation === 'explainHalf').length;
      relume.close();
      return { maps: maps.length, halves: cut };
    }, /** @type {const} */ ([ALL_CNN_C, PICTURE, workers, calls]));
    assert.deepEqual(found, { maps: calls, halves }, `${calls} by ${workers}`);
  }
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
