// The value at full strength: told, or shared by several maps, computed by the engine's own rule.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('a shared scale, a scale that is told, and the difference of two maps, by hand', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const { sharedScale } = /** @type {typeof import('../../pkg/index.js')} */ (await import(/** @type {any} */ ('/pkg/index.js')));
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const trace = await model.forward(await bare.file('/www/pictures/cifar10/frog-0000.jpg'));
    const [one, other] = [await trace.explain({ method: 'guided' }), await trace.explain({ method: 'backprop' })];
    // The numbers of a map can be written over: four that are not 0 in the one, one in the other.
    one.data.fill(0).set([1, -2, 3, -4]);
    other.data.fill(0).set([6]);
    const maps = [one, other];
    const first = async (/** @type {import('../../pkg/index.js').DrawOptions} */ options) => (await one.pixels(options)).data[0];
    const refused = async (/** @type {() => Promise<unknown>} */ call) => call().then(String, ({ code, message }) => `${code}: ${message}`);
    const less = one.minus(other);
    const cam = await trace.explain({ method: 'grad-cam' });
    const answer = {
      largest: await sharedScale(maps, { clip: 0 }),
      clipped: await sharedScale(maps, { clip: 0.375 }),
      positive: await sharedScale(maps, { clip: 0, sign: 'negative', fold: 'max' }),
      alone: await sharedScale(new Set([one]), { clip: 0 }),
      own: await first({ clip: 0 }),
      ownByName: await first({ clip: 0, scale: 'own' }),
      told: await first({ scale: 8 }),
      beyond: await first({ scale: 0.5 }),
      less: [...less.data.slice(0, 5)],
      lessPixel: (await less.pixels({ scale: 5 })).data[0],
      wrong: [
        await refused(() => first({ scale: /** @type {any} */ ('shared') })),
        await refused(() => first({ scale: -1 })),
        await refused(() => first({ scale: NaN })),
        await refused(() => sharedScale([])),
        await refused(() => sharedScale(/** @type {any} */ ([one, {}]))),
        await refused(() => sharedScale(maps, /** @type {any} */ ({ scale: 1 }))),
        await refused(async () => one.minus(cam)),
      ],
    };
    relume.close();
    return answer;
  }, ALL_CNN_C);
  const { wrong, ...numbers } = found;
  assert.deepEqual(numbers, {
    // Magnitudes 1, 2, 3, 4, 6 sum to 16; from the smallest up they carry 1, 3, 6, 10, 16, and with 0.375 clipped 10 are wanted.
    largest: 6,
    clipped: 4,
    positive: 4,
    alone: 4,
    // 0.5 + 0.5 · 1/4 of 255 is 159; on a scale of 8 it is 143.
    own: 159,
    ownByName: 159,
    told: 143,
    beyond: 255,
    less: [-5, -2, 3, -4, 0],
    lessPixel: 0,
  });
  assert.match(wrong[0] ?? '', /^invalid-option: .*'own' or a number, not "shared": sharedScale\(maps\)/);
  assert.match(wrong[1] ?? '', /^invalid-option: scale is -1/);
  assert.match(wrong[2] ?? '', /^invalid-option: scale is NaN/);
  assert.match(wrong[3] ?? '', /^invalid-option: sharedScale\(\) takes one map or more/);
  assert.match(wrong[4] ?? '', /^invalid-option: sharedScale\(\) takes one map or more/);
  assert.match(wrong[5] ?? '', /^invalid-option: sharedScale\(\) has no option "scale"/);
  assert.match(wrong[6] ?? '', /^shape-mismatch: /);
  assert.deepEqual(troubles, []);
  await context.close();
});
