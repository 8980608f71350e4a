// A worker that is ended from outside, as by a browser that is short of memory: nothing is told of it but that its lock is free.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { withReach } from './support/started-workers.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 120_000;
const READY = /** @type {const} */ ([ALL_CNN_C, '/www/pictures/chelsea.png']);

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

for (const moment of /** @type {const} */ (['idle', 'in the middle of a call', 'with calls that wait'])) {
  test(`the only worker, ${moment}: its call has a code, the others and the next are answered`, { timeout }, async () => {
    const { page, context, troubles } = await openBare(browser, withReach);
    const found = await page.evaluate(
      async ([model, picture, when]) => {
        const relume = await bare.Relume.start({ workers: 1 });
        const network = await relume.load(model);
        const trace = await network.forward(await bare.file(picture));
        const expected = await trace.explain({ target: { class: 3 } });
        const count = when === 'idle' ? 0 : when.startsWith('in') ? 1 : 4;
        const settled = Promise.all(
          Array.from({ length: count }, () =>
            trace.explain({ target: { class: 3 } }).then(
              (map) => (bare.same(map.data, expected.data) ? 'right' : 'wrong'),
              (error) => error.code,
            ),
          ),
        );
        // What a pool has posted, it has posted by then.
        await new Promise((resolve) => {
          setTimeout(resolve, 2);
        });
        const workers = /** @type {any} */ (globalThis).started;
        workers.at(-1).terminate();
        const codes = await settled;
        // That it has ended may come to be known with a call only.
        const next = await trace.explain({ target: { class: 3 } }).catch(() => trace.explain({ target: { class: 3 } }));
        relume.close();
        return { codes, same: bare.same(next.data, expected.data), workers: workers.length };
      },
      /** @type {const} */ ([...READY, moment]),
    );
    assert.ok(found.same);
    assert.equal(found.workers, 2);
    // A call may have been answered just before.
    assert.ok(found.codes.filter((code) => code === 'engine-crashed').length <= 1, `${found.codes}`);
    assert.ok(
      found.codes.every((code) => ['engine-crashed', 'right'].includes(code)),
      `${found.codes}`,
    );
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

test('one of two workers: what the other does goes on, and another takes its place', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser, withReach);
  const found = await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const network = await relume.load(model);
    const trace = await network.forward(await bare.file(picture));
    const expected = await trace.explain({ target: { class: 3 } });
    const workers = /** @type {Worker[]} */ (/** @type {any} */ (globalThis).started);
    /** @type {string[]} */
    const codes = [];
    let ended = 0;
    for (let round = 0; round < 40; round++) {
      const all = Array.from({ length: 6 }, () =>
        trace.explain({ target: { class: 3 } }).then(
          (map) => (bare.same(map.data, expected.data) ? 'right' : 'wrong'),
          (error) => error.code,
        ),
      );
      if (round % 8 === 7) {
        ended += 1;
        workers[workers.length - (1 + (ended % 2))]?.terminate();
      }
      codes.push(...(await Promise.all(all)));
    }
    relume.close();
    return { codes, ended, workers: workers.length };
  }, READY);
  assert.equal(found.codes.length, 240);
  const lost = found.codes.filter((code) => code !== 'right');
  assert.ok(lost.length <= found.ended && lost.every((code) => code === 'engine-crashed'), `${found.ended} ended, lost: ${lost}`);
  assert.ok(found.workers > 2, `${found.workers} workers were started`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a worker that closes itself is missed too, and the message says so', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser, withReach);
  await page.evaluate(async ([model]) => {
    const relume = await bare.Relume.start({ workers: 1 });
    Object.assign(globalThis, { relume, network: await relume.load(model) });
  }, READY);
  const [worker] = page.workers();
  assert.ok(worker);
  // It may be gone before it can answer.
  await worker.evaluate(() => self.close()).catch(() => undefined);
  const said = await page.evaluate(async () => {
    const { relume } = /** @type {any} */ (globalThis);
    const refused = await bare.refusal(() => relume.reluBackward('guided', [1], [1]));
    return { ...refused, then: (await bare.refusal(() => relume.reluBackward('guided', [1], [1]))).code };
  });
  assert.ok(['none', 'engine-crashed'].includes(said.code), said.message);
  if (said.code !== 'none') assert.match(said.message, /ended from outside/);
  assert.equal(said.then, 'none');
  assert.deepEqual(troubles, []);
  await context.close();
});
