// Many calls at once, many aborts, many tabs: every call is answered, rightly, and the memory stays the same.
// tests/soak does the same for as long as it is told to.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { heapOf } from './support/heap.mjs';
import { openBare } from './support/package.mjs';

const timeout = 300_000;
const READY = /** @type {const} */ ([ALL_CNN_C, '/www/pictures/chelsea.png']);
const SEED = 14126806;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('500 explains over four workers: each answered rightly, memory as before', { timeout }, async (t) => {
  const { page, context, troubles } = await openBare(browser);
  const heap = await heapOf(page);
  await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 4 });
    const network = await relume.load(model);
    const trace = await network.forward(await bare.file(picture));
    const methods = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
    const cases = methods.flatMap((method) => Array.from({ length: 10 }, (_, index) => ({ method, target: { class: index } })));
    /** @type {Map<unknown, Float32Array>} */
    const expected = new Map();
    for (const each of cases) expected.set(each, (await trace.explain(each)).data);
    const numbers = bare.seededNumbers(1);
    /** @param {number} count in batches of twelve */
    async function explains(count) {
      let right = 0;
      for (let done = 0; done < count; done += 12) {
        const batch = Array.from({ length: Math.min(12, count - done) }, () => numbers.pick(cases));
        const maps = await Promise.all(batch.map((each) => trace.explain(each)));
        right += maps.filter((map, i) => bare.same(map.data, expected.get(batch[i]) ?? [])).length;
      }
      return { right, memory: relume.memory() };
    }
    Object.assign(globalThis, { explains });
  }, READY);
  /** @param {number} count @returns {Promise<{ right: number, memory: number }>} */
  const explains = (count) => page.evaluate((many) => /** @type {any} */ (globalThis).explains(many), count);
  // All four workers have loaded the network once each has had its share.
  const warm = await explains(240);
  const heapBefore = await heap();
  const found = await explains(500);
  const heapAfter = await heap();
  assert.equal(warm.right, 240);
  assert.equal(found.right, 500);
  t.diagnostic(`wasm ${warm.memory} then ${found.memory} bytes, heap ${heapBefore} then ${heapAfter}, ${page.workers().length} workers`);
  // Each worker holds one network and one trace; a second copy of either would be more than this.
  assert.ok(found.memory <= warm.memory + 4 * 2 ** 16, `${warm.memory} bytes, after 500 explains ${found.memory}`);
  assert.ok(heapAfter <= heapBefore + 500 * 1024, `${heapBefore} bytes of JavaScript, after 500 explains ${heapAfter}`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('500 aborts at random moments: each call cancelled or right, nothing left, memory as before', { timeout }, async (t) => {
  const { page, context, troubles } = await openBare(browser);
  const heap = await heapOf(page);
  await page.evaluate(
    async ([model, picture, seed]) => {
      const relume = await bare.Relume.start({ workers: 2 });
      const photo = await bare.file(picture);
      const network = await relume.load(model);
      const trace = await network.forward(photo);
      const target = { class: 3 };
      const expected = (await trace.explain({ target })).data;
      const numbers = bare.seededNumbers(seed);
      const right = (/** @type {import('../../pkg/index.js').AttributionMap} */ { data }) => bare.same(data, expected);
      /** @type {((signal: AbortSignal) => Promise<boolean>)[]} */
      const works = [
        async (signal) => {
          const loaded = await relume.load(model, { signal });
          loaded.close();
          return loaded.info.classes.length === 10;
        },
        async (signal) => {
          const run = await network.forward(photo, { signal });
          run.close();
          return run.logits.length === 10;
        },
        async (signal) => right(await network.explain(photo, { target, signal })),
        async (signal) => right(await trace.explain({ target, signal })),
        async (signal) => (await relume.reluBackward('guided', [1, -1], [2, 2], { signal }))[0] === 2,
      ];
      /** How long each takes. @type {number[]} */
      const usual = [];
      for (const work of works) {
        const began = performance.now();
        await work(new AbortController().signal);
        usual.push(performance.now() - began);
      }
      /** @param {number} count @returns {Promise<Record<string, number>>} how often a call settled as what */
      async function aborts(count) {
        /** @type {Record<string, number>} */
        const tally = {};
        for (let done = 0; done < count; done++) {
          const which = numbers.below(works.length);
          const controller = new AbortController();
          const delay = numbers.next() * 1.2 * (usual[which] ?? 0);
          if (numbers.next() < 0.1) controller.abort();
          else setTimeout(() => controller.abort(), delay);
          const late = new Promise((resolve) => {
            setTimeout(resolve, 60_000, 'left waiting');
          });
          const settled = /** @type {(signal: AbortSignal) => Promise<boolean>} */ (works[which])(controller.signal).then(
            (ok) => (ok ? 'right' : 'wrong'),
            (error) => error.code,
          );
          // Every third call is not waited for before the next.
          const how = done % 3 === 0 && done + 1 < count ? undefined : Promise.race([settled, late]);
          if (how === undefined) pending.push(Promise.race([settled, late]));
          else count1(tally, await how);
        }
        for (const how of await Promise.all(pending.splice(0))) count1(tally, how);
        return tally;
      }
      /** @type {Promise<unknown>[]} */
      const pending = [];
      /** @param {Record<string, number>} tally @param {unknown} how */
      function count1(tally, how) {
        tally[String(how)] = (tally[String(how)] ?? 0) + 1;
      }
      const after = async () => {
        const sound = right(await trace.explain({ target })) && right(await network.explain(photo, { target }));
        return { sound, memory: relume.memory() };
      };
      Object.assign(globalThis, { aborts, after });
    },
    /** @type {const} */ ([...READY, SEED]),
  );
  /** @param {number} count @returns {Promise<Record<string, number>>} */
  const aborts = (count) => page.evaluate((many) => /** @type {any} */ (globalThis).aborts(many), count);
  /** @returns {Promise<{ sound: boolean, memory: number }>} */
  const afterwards = () => page.evaluate(() => /** @type {any} */ (globalThis).after());
  await aborts(100);
  const before = { ...(await afterwards()), heap: await heap() };
  const tally = await aborts(500);
  const then = { ...(await afterwards()), heap: await heap() };
  t.diagnostic(JSON.stringify({ tally, before, then, workers: page.workers().length }));
  const { cancelled = 0, right = 0, ...others } = tally;
  assert.deepEqual(others, {});
  assert.equal(cancelled + right, 500);
  assert.ok(cancelled > 100 && right > 50, `${cancelled} cancelled, ${right} right`);
  assert.ok(then.sound);
  // Two workers, each of which may hold the network that is in use and the one that is being loaded.
  assert.ok(then.memory <= 1.5 * before.memory, `${before.memory} bytes, after 500 aborts ${then.memory}`);
  assert.ok(then.heap <= before.heap + 500 * 1024, `${before.heap} bytes of JavaScript, after 500 aborts ${then.heap}`);
  assert.ok(page.workers().length <= 2, `${page.workers().length} workers`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('20 tabs at once: each answers its calls', { timeout }, async () => {
  const first = await openBare(browser);
  const others = await Promise.all(
    Array.from({ length: 19 }, async () => {
      const page = await first.context.newPage();
      await page.goto(first.page.url());
      await page.waitForFunction(() => 'bare' in globalThis);
      return page;
    }),
  );
  const found = await Promise.all(
    [first.page, ...others].map((page) =>
      page.evaluate(async ([model, picture]) => {
        const relume = await bare.Relume.start({ workers: 1 });
        const network = await relume.load(model);
        const photo = await bare.file(picture);
        /** @type {Float32Array[]} */
        const maps = [];
        for (let i = 0; i < 5; i++) maps.push((await network.explain(photo, { target: { class: 3 } })).data);
        return { numbers: Array.from(maps[0] ?? []).slice(0, 300), same: maps.every((map) => bare.same(map, maps[0] ?? [])) };
      }, READY),
    ),
  );
  assert.equal(found.length, 20);
  for (const each of found) assert.deepEqual(each, { numbers: found[0]?.numbers, same: true });
  // Closing one leaves the others.
  await others[0]?.close();
  const still = await first.page.evaluate(async ([model]) => {
    const relume = await bare.Relume.start({ workers: 1 });
    return (await relume.load(model)).info.classes.length;
  }, READY);
  assert.equal(still, 10);
  assert.deepEqual(first.troubles, []);
  await first.context.close();
});
