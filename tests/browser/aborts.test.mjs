// Cancelling: the call rejects at once, at any point of the work, and no other call is lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ODD, seeded } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 300_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('20 aborts at random moments of load, forward and explain: each answered within 100 ms', { timeout }, async (t) => {
  const path = await seeded('all-cnn-c');
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (model) => {
    const relume = await bare.Relume.start();
    const picture = await bare.file('/www/pictures/chelsea.png');
    const network = await relume.load(model);
    const trace = await network.forward(picture);
    const expected = await trace.explain({ target: { class: 3 } });

    /** @type {Record<string, (signal: AbortSignal) => Promise<unknown>>} */
    const works = {
      load: async (signal) => (await relume.load(model, { signal })).close(),
      forward: async (signal) => (await network.forward(picture, { signal })).close(),
      explain: (signal) => trace.explain({ target: { class: 3 }, signal }),
    };
    /** How long each takes when it is let be. @type {Record<string, number>} */
    const usual = {};
    for (const [what, work] of Object.entries(works)) {
      const began = performance.now();
      await work(new AbortController().signal);
      usual[what] = performance.now() - began;
    }
    /** @type {{ what: string, after: number, answered: number, byTheClock: number, code: string }[]} */
    const aborts = [];
    for (let attempt = 0; aborts.length < 20 && attempt < 400; attempt++) {
      const what = Object.keys(works)[attempt % 3] ?? '';
      const delay = Math.random() * (usual[what] ?? 0);
      const controller = new AbortController();
      let abortedAt = NaN;
      // A bare promise with the same signal: if even that is late, the machine was busy.
      let heardAt = NaN;
      controller.signal.addEventListener('abort', () => {
        Promise.resolve().then(() => {
          heardAt = performance.now();
        });
      });
      const refused = bare.refusal(() => works[what]?.(controller.signal) ?? Promise.resolve());
      setTimeout(() => {
        abortedAt = performance.now();
        controller.abort();
      }, delay);
      const { code } = await refused;
      const now = performance.now();
      // Calls that finished before their abort do not count.
      if (code === 'none') continue;
      aborts.push({ what, after: delay, answered: now - heardAt, byTheClock: now - abortedAt, code });
    }
    const again = await trace.explain({ target: { class: 3 } });
    const whole = await network.explain(picture, { target: { class: 3 } });
    return { aborts, usual, sound: bare.same(again.data, expected.data) && bare.same(whole.data, expected.data) };
  }, path);
  assert.equal(found.aborts.length, 20);
  for (const { what, after: delay, answered, code } of found.aborts) {
    assert.equal(code, 'cancelled', `${what}, aborted after ${delay} ms`);
    assert.ok(answered <= 100, `${what}, aborted after ${delay} ms, answered ${answered} ms later`);
  }
  for (const what of ['load', 'forward', 'explain']) {
    assert.ok(
      found.aborts.some((each) => each.what === what),
      `no abort fell into ${what}, which takes ${found.usual[what]} ms`,
    );
  }
  assert.ok(found.sound, 'after the aborts the maps are what they were before');
  const byTheClock = found.aborts.map((each) => each.byTheClock).sort((a, b) => a - b);
  assert.ok((byTheClock[10] ?? NaN) <= 100, `by the clock: ${byTheClock}`);
  t.diagnostic(`20 aborts, the slowest answered after ${byTheClock.at(-1)?.toFixed(1)} ms by the clock`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a signal that was aborted before the call, and one that is aborted after it', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start();
    const model = await relume.load(path);
    const picture = await bare.file('/www/pictures/chelsea.png');
    const trace = await model.forward(picture);
    const signal = AbortSignal.abort();
    const codes = await Promise.all(
      [
        () => relume.load(path, { signal }),
        () => model.forward(picture, { signal }),
        () => model.explain(picture, { signal }),
        () => trace.explain({ signal }),
        () => trace.activation('relu1', { signal }),
        () => relume.reluBackward('guided', [1], [1], { signal }),
      ].map(async (call) => (await bare.refusal(call)).code),
    );
    const late = new AbortController();
    const map = await trace.explain({ signal: late.signal });
    late.abort();
    const next = await trace.explain();
    return { codes, same: bare.same(map.data, next.data), largest: Math.max(...next.data) };
  }, ODD);
  assert.deepEqual(
    found.codes,
    Array.from({ length: 6 }, () => 'cancelled'),
  );
  assert.ok(found.same && found.largest > 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('one call is cancelled, those before and after it in the queue are answered', { timeout }, async () => {
  const path = await seeded('all-cnn-c');
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (model) => {
    const relume = await bare.Relume.start();
    const network = await relume.load(model);
    const trace = await network.forward(await bare.file('/www/pictures/chelsea.png'));
    const alone = await Promise.all([0, 1, 2].map(async (index) => (await trace.explain({ target: { class: index } })).data));
    const controller = new AbortController();
    const calls = [0, 1, 2].map((index) =>
      trace.explain({ target: { class: index }, ...(index === 1 ? { signal: controller.signal } : {}) }),
    );
    controller.abort();
    const settled = await Promise.allSettled(calls);
    return settled.map((each, i) => (each.status === 'rejected' ? each.reason.code : bare.same(each.value.data, alone[i] ?? [])));
  }, path);
  assert.deepEqual(found, [true, 'cancelled', true]);
  assert.deepEqual(troubles, []);
  await context.close();
});
