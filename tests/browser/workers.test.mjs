// Several workers: started only when calls wait, giving the same results as one, and losing one call in a crash.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { limitEngine } from './support/limited-engine.mjs';
import { openBare } from './support/package.mjs';

const timeout = 300_000;
const PICTURE = '/www/pictures/chelsea.png';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('one thing after the other stays in one worker', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  await page.evaluate(async ([path, picture]) => {
    const relume = await bare.Relume.start({ workers: 4 });
    const network = await relume.load(path);
    const trace = await network.forward(await bare.file(picture));
    for (const method of /** @type {const} */ (['backprop', 'deconvnet', 'guided'])) await trace.explain({ method });
  }, /** @type {const} */ ([ALL_CNN_C, PICTURE]));
  assert.equal(page.workers().length, 1);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('calls at once are spread over the workers, and give the same numbers; the model is fetched once', { timeout }, async () => {
  let fetched = 0;
  const { page, context, troubles } = await openBare(browser, (opening) =>
    opening.route(`**${ALL_CNN_C}`, (route) => {
      fetched += 1;
      return route.continue();
    }),
  );
  const found = await page.evaluate(async ([path, picture]) => {
    const methods = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
    const photo = await bare.file(picture);
    /** @param {number} workers @param {number} memory rounds go on until so much is in use */
    async function maps(workers, memory) {
      const relume = await bare.Relume.start({ workers });
      const network = await relume.load(path);
      const trace = await network.forward(photo);
      const round = () =>
        Promise.all([0, 3, 5].flatMap((index) => methods.map((method) => trace.explain({ method, target: { class: index } }))));
      let found = await round();
      // The second worker has to start and load the model before it can help.
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

/** The package, a network and a trace of a picture. */
const READY = /** @type {const} */ ([ALL_CNN_C, PICTURE]);

test('of several calls at once each explains its own target, as it was when called', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const trace = await (await relume.load(model)).forward(await bare.file(picture));
    /** @param {any} target */
    const refused = async (target) => {
      const settled = await Promise.allSettled([{}, {}, { target }].map((options) => trace.explain(/** @type {any} */ (options))));
      return settled.map((each) => (each.status === 'fulfilled' ? 'map' : each.reason.code));
    };
    const refusals = [await refused({ class: 10 }), await refused('nothing')];
    const target = { class: 3 };
    const all = [trace.explain(), trace.explain(), trace.explain({ target })];
    target.class = 5;
    const [, , third] = await Promise.all(all);
    const expected = await trace.explain({ target: { class: 3 } });
    relume.close();
    return { refusals, channel: third?.target.channel, same: bare.same(third?.data ?? [], expected.data) };
  }, READY);
  assert.deepEqual(found.refusals, Array(2).fill(['map', 'map', 'invalid-target']));
  assert.deepEqual([found.channel, found.same], [3, true]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a call that is cancelled or closed at any moment rejects, and nothing is left waiting', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async ([model, picture]) => {
    const methods = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
    const photo = await bare.file(picture);
    /** @type {{ what: string, settled: string[] }[]} */
    const rounds = [];
    // From before the first message to after some of the answers.
    for (const milliseconds of [-1, 0, 1, 2, 4, 6, 8, 12, 20]) {
      for (const what of ['signal', 'trace', 'engine']) {
        const relume = await bare.Relume.start({ workers: 2 });
        const network = await relume.load(model);
        const trace = await network.forward(photo);
        const expected = await trace.explain({ method: 'backprop' });
        const controller = new AbortController();
        const all = methods.map((method) =>
          trace.explain({ method, ...(method === 'guided' && { signal: controller.signal }) }).then(
            ({ data }) => (method !== 'backprop' || bare.same(data, expected.data) ? 'map' : 'another map'),
            (error) => error.code,
          ),
        );
        if (milliseconds >= 0)
          await new Promise((resolve) => {
            setTimeout(resolve, milliseconds);
          });
        if (what === 'signal') controller.abort();
        else if (what === 'trace') trace.close();
        else relume.close();
        /** @type {Promise<string>} */
        const late = new Promise((resolve) => {
          setTimeout(resolve, 5000, 'left waiting');
        });
        rounds.push({ what, settled: await Promise.all(all.map((each) => Promise.race([each, late]))) });
        if (what !== 'engine') {
          const again = await (await network.forward(photo)).explain({ method: 'backprop' });
          if (!bare.same(again.data, expected.data)) rounds.push({ what, settled: ['not usable afterwards'] });
        }
        relume.close();
      }
    }
    return rounds;
  }, READY);
  for (const { what, settled } of found) {
    const allowed = what === 'signal' ? [['map'], ['map'], ['map', 'cancelled']] : Array(3).fill(['map', 'closed']);
    assert.ok(settled.length === 3 && settled.every((each, i) => allowed[i]?.includes(each)), `${what}: ${settled}`);
  }
  assert.ok(found.some(({ settled }) => settled.includes('cancelled')) && found.some(({ settled }) => settled.includes('closed')));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a worker that crashes takes one call with it, and another takes its place', { timeout }, async () => {
  const path = '/www/models/squeezenet-1.1.safetensors';
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
  let engines = () => 0;
  const { page, context } = await openBare(browser, async (opening) => {
    engines = await limitEngine(opening, { worker: 2, bytes: limit });
  });
  const found = await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const network = await relume.load(model);
    const trace = await network.forward(await bare.file(picture));
    const expected = await trace.explain({ target: { class: 1 } });
    /** @type {string[]} */
    const codes = [];
    let right = 0;
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        [1, 1, 1, 1].map((index) =>
          trace.explain({ target: { class: index } }).then(
            (map) => {
              right += Number(bare.same(map.data, expected.data));
            },
            (error) => {
              codes.push(error.code);
            },
          ),
        ),
      );
    }
    return { codes, right };
  }, /** @type {const} */ ([path, PICTURE]));
  assert.ok(found.codes.length <= 1 && found.codes.every((code) => code === 'engine-crashed'), `lost: ${found.codes}`);
  assert.equal(found.right + found.codes.length, 40);
  assert.ok(engines() >= 3, `${engines()} engines: one has taken the place of the one that crashed`);
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
