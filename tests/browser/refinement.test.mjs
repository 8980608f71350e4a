// Methods of many steps: their maps grow while one looks, are spread over the workers, and are over when nobody looks any more.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 600_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('a map grows while one looks, and is complete at the end', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const model = await relume.load(path);
    const trace = await model.forward(await bare.file('/www/pictures/chelsea.png'));
    /** @type {number[]} */
    const looks = [];
    let last;
    for await (const map of trace.refine({ method: 'integrated-gradients', steps: 100 })) {
      looks.push(map.progress.done);
      last = map;
    }
    /** @type {number[]} */
    const progress = [];
    const whole = await trace.explain({
      method: 'integrated-gradients',
      steps: 100,
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    const sum = last?.data.reduce((total, value) => total + value, 0) ?? NaN;
    const similarity = last && (await last.compare(whole));
    return { looks, total: last?.progress.total, completeness: last?.completeness, sum, progress, similarity, method: last?.method };
  }, ALL_CNN_C);
  assert.ok(found.looks.length > 2 && found.looks[0] === 1 && found.looks.at(-1) === 100, String(found.looks));
  assert.ok(
    found.looks.every((done, i) => i === 0 || done > (found.looks[i - 1] ?? 0)),
    String(found.looks),
  );
  assert.deepEqual([found.total, found.progress.at(-1), found.method], [100, 1, 'integrated-gradients']);
  const { sum, difference } = found.completeness ?? { sum: NaN, difference: NaN };
  assert.ok(Math.abs(sum - difference) < 0.01 * Math.abs(difference), `${sum} of ${difference}`);
  assert.ok(Math.abs(sum - found.sum) < 1e-3 * Math.abs(sum));
  assert.ok((found.similarity?.rankCorrelation ?? 0) > 0.9999);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('100 refinements that are cancelled, each answered within 100 ms: nothing goes on, memory stays flat', { timeout }, async (t) => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const model = await relume.load(path);
    const trace = await model.forward(await bare.file('/www/pictures/chelsea.png'));
    const methods = /** @type {const} */ (['smoothgrad', 'integrated-gradients', 'occlusion']);
    const own = { smoothgrad: { samples: 100_000 }, 'integrated-gradients': { steps: 10_000 }, occlusion: { stride: [1, 1] } };
    const before = await trace.explain({ method: 'smoothgrad', samples: 30 });
    /** @type {{ how: string, code: string, answered: number, looks: number }[]} */
    const ends = [];
    /** @type {number[]} */
    const memory = [];
    for (let i = 0; i < 100; i++) {
      const method = methods[i % 3] ?? 'smoothgrad';
      const controller = new AbortController();
      let [heardAt, looks, code] = [NaN, 0, 'none'];
      // If even a bare promise with the same signal is late, the machine was busy.
      controller.signal.addEventListener('abort', () => Promise.resolve().then(() => (heardAt = performance.now())));
      const isLeft = i % 4 === 3;
      if (!isLeft) {
        setTimeout(() => controller.abort(), (i * 37) % 150);
      }
      try {
        for await (const map of trace.refine(/** @type {any} */ ({ method, ...own[method], signal: controller.signal }))) {
          looks = map.progress.done;
          if (!isLeft || looks < 5) continue;
          heardAt = performance.now();
          break;
        }
      } catch (error) {
        code = /** @type {any} */ (error).code;
      }
      ends.push({ how: isLeft ? 'left' : 'aborted', code, answered: performance.now() - heardAt, looks });
      memory.push(relume.memory());
    }
    const began = performance.now();
    const after = await trace.explain({ method: 'smoothgrad', samples: 30 });
    return { ends, memory, apart: bare.difference(after.data, before.data), soon: performance.now() - began };
  }, ALL_CNN_C);
  for (const { how, code, answered, looks } of found.ends) {
    assert.equal(code, how === 'left' ? 'none' : 'cancelled');
    assert.ok(answered <= 100, `${how} after ${looks} steps, answered ${answered} ms later`);
  }
  assert.ok(
    found.ends.some(({ looks }) => looks > 0),
    'some were looked at before they were cancelled',
  );
  const [early, late] = [Math.max(...found.memory.slice(0, 30)), Math.max(...found.memory.slice(30))];
  // One run that stays behind would be more.
  assert.ok(late <= early + 2 ** 20, `${early} bytes in the first 30, ${late} later`);
  assert.ok(found.apart < 1e-6, 'afterwards the maps are what they were before');
  t.diagnostic(`the next map took ${found.soon.toFixed(0)} ms`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a refinement that nobody takes from is cancelled when its signal says so, with one worker, two and four', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const picture = await bare.file('/www/pictures/chelsea.png');
    const ends = [];
    for (const workers of [1, 2, 4]) {
      const relume = await bare.Relume.start({ workers });
      const trace = await (await relume.load(path)).forward(picture);
      const controller = new AbortController();
      let [code, looks] = ['none', 0];
      try {
        for await (const _ of trace.refine({ method: 'smoothgrad', samples: 100_000, signal: controller.signal })) {
          if (++looks !== 2) continue;
          // Meanwhile the workers rest, because nobody looks at what they have.
          await new Promise((resolve) => setTimeout(resolve, 1500));
          controller.abort();
        }
      } catch (error) {
        code = /** @type {any} */ (error).code;
      }
      ends.push({ code, looks });
      relume.close();
    }
    return ends;
  }, ALL_CNN_C);
  for (const { code, looks } of found) assert.ok(code === 'cancelled' && looks <= 3, JSON.stringify(found));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('with fewer steps than workers the map is that of one worker, and a wrong target is refused', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const picture = await bare.file('/www/pictures/chelsea.png');
    const [alone, four] = await Promise.all([1, 4].map((workers) => bare.Relume.start({ workers })));
    const [one, trace] = await Promise.all([alone, four].map(async (relume) => (await relume?.load(path))?.forward(picture)));
    if (!one || !trace) throw new Error('no traces');
    // So that each worker has the model.
    await Promise.all([1, 2, 3, 4].map(() => trace.explain({ method: 'guided' })));
    const numbers = 3 * 32 * 32;
    const noise = Float32Array.from({ length: 3 * numbers }, (_, i) => Math.sin(7.3 * i));
    const given = (/** @type {number} */ samples) => noise.subarray(0, samples * numbers);
    /** @type {import('../../pkg/api/explain-options.js').ExplainOptions[]} */
    const methods = [1, 2, 3].flatMap((samples) => [
      { method: 'smoothgrad', samples },
      { method: 'smoothgrad', noise: given(samples) },
      { method: 'integrated-gradients', steps: samples },
    ]);
    const differences = [];
    for (const method of methods) {
      const [whole, spread] = await Promise.all([one.explain(method), trace.explain(method)]);
      const largest = whole.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      differences.push(spread.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (whole.data[i] ?? NaN))), 0) / largest);
      differences.push(
        Math.abs((spread.completeness?.difference ?? 0) - (whole.completeness?.difference ?? 0)),
        1 - spread.progress.total / spread.progress.done,
      );
    }
    const refused = await trace
      .explain({ method: 'smoothgrad', samples: 2, target: { layer: 'conv1', channel: 0, at: [99, 99] } })
      .catch(({ code }) => code);
    return { differences, refused };
  }, ALL_CNN_C);
  assert.ok(
    found.differences.every((difference) => difference < 1e-6),
    String(found.differences),
  );
  assert.equal(found.refused, 'invalid-target');
  assert.deepEqual(troubles, []);
  await context.close();
});
