// Maps that come along with a forward pass: the same numbers as when asked for one by one, and of a stream of pictures no pass twice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { countOperations, operations } from './support/operations.mjs';
import { openBare } from './support/package.mjs';

const timeout = 180_000;
const READY = /** @type {const} */ ([ALL_CNN_C, '/www/pictures/chelsea.png']);

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('they are the maps that explain() gives, drawn, and the trace serves more', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const network = await relume.load(model);
    const photo = await bare.file(picture);
    const draw = /** @type {const} */ ({ fold: 'max', over: true });
    const wanted = [{}, { method: /** @type {const} */ ('backprop'), target: { class: 3 }, draw }];
    const trace = await network.forward(photo, { maps: wanted });
    const plain = await network.forward(photo);
    const expected = await Promise.all(wanted.map((options) => plain.explain(options)));
    const same = trace.maps.map(({ data }, i) => bare.same(data, expected[i]?.data ?? []));
    const [pixels, others] = await Promise.all([trace.maps[1], expected[1]].map((map) => map?.pixels(draw)));
    const more = bare.same((await trace.explain({ method: 'deconvnet' })).data, (await plain.explain({ method: 'deconvnet' })).data);
    relume.close();
    return {
      same,
      more,
      methods: trace.maps.map(({ method }) => method),
      channel: trace.maps[1]?.target.channel,
      drawn: bare.same(pixels?.data ?? [], others?.data ?? []),
      logits: bare.same(trace.logits, plain.logits),
      none: plain.maps.length,
    };
  }, READY);
  assert.deepEqual(found, {
    same: [true, true],
    more: true,
    methods: ['guided', 'backprop'],
    channel: 3,
    drawn: true,
    logits: true,
    none: 0,
  });
  assert.deepEqual(troubles, []);
  await context.close();
});

test('options that mean nothing are refused before anything is computed', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const codes = await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const network = await relume.load(model);
    const photo = await bare.file(picture);
    const codes = [];
    const wrong = [
      'guided',
      [{ method: 'gradcam' }],
      [7],
      [{ target: 'no such class' }],
      [{ target: { class: 10 } }],
      [{ rule: 'guided' }],
    ];
    for (const maps of wrong) codes.push((await bare.refusal(() => network.forward(photo, /** @type {any} */ ({ maps })))).code);
    const { signal } = new AbortController();
    codes.push((await bare.refusal(() => network.forward(photo, /** @type {any} */ ({ maps: [{ signal }] })))).code);
    codes.push((await bare.refusal(() => network.forward(photo, { maps: [{}], signal: AbortSignal.abort() }))).code);
    // Afterwards all is well.
    codes.push((await network.forward(photo, { maps: [{}] })).maps.length);
    relume.close();
    return codes;
  }, READY);
  assert.deepEqual(codes, [
    'invalid-option',
    'invalid-option',
    'invalid-option',
    'invalid-target',
    'invalid-target',
    'invalid-option',
    'invalid-option',
    'cancelled',
    1,
  ]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('with two pictures in work at a time, two workers compute each forward pass once', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser, countOperations);
  const pictures = await page.evaluate(async ([model, picture]) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const network = await relume.load(model);
    const photo = await bare.file(picture);
    const maps = [{}, { method: /** @type {const} */ ('backprop') }];
    const one = relume.memory();
    let count = 0;
    // The second worker has to start and load the model before it can help; then both are at it for a while.
    let left = 40;
    const lane = async () => {
      while (left > 0 && count < 2000) {
        count++;
        (await network.forward(photo, { maps })).close();
        if (relume.memory() > 1.5 * one) left--;
      }
    };
    await Promise.all([lane(), lane()]);
    relume.close();
    return count;
  }, READY);
  const { load, forward, explain } = operations(context);
  assert.deepEqual({ load, forward, explain }, { load: 2, forward: pictures, explain: 2 * pictures });
  assert.deepEqual(troubles, []);
  await context.close();
});
