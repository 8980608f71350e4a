// What the package's calls take, in the words that the element and the command line take too, and what they say otherwise.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, ODD } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('an engine is started, not made', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const refused = await page.evaluate(() => bare.refusal(async () => new /** @type {any} */ (bare.Relume)()));
  assert.equal(refused.code, 'invalid-option');
  assert.match(refused.message, /await Relume\.start\(\)/);
  await context.close();
});

test('a target in short: a class by its number or its name, a unit', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const trace = await model.forward(await bare.file('/www/pictures/cifar10/horse-0000.jpg'));
    const targets = ['horse', 7, '7', 'class:7', 'HORS', 'top', 'relu6:51', 'relu6:51@1,2'];
    const units = [];
    for (const target of targets) units.push((await trace.explain({ target })).target);
    const refused = await bare.refusal(() => trace.explain({ target: 'unicorn' }));
    const once = await model.explain(await bare.file('/www/pictures/cifar10/horse-0000.jpg'), { target: 'horse' });
    relume.close();
    return { units, refused, once: once.target.channel };
  }, ALL_CNN_C);
  assert.deepEqual(
    found.units.map(({ layer, channel }) => `${layer}:${channel}`),
    [...Array(6).fill('global_pool:7'), 'relu6:51', 'relu6:51'],
  );
  assert.deepEqual(found.units[7]?.at, [1, 2]);
  assert.equal(found.once, 7);
  assert.equal(found.refused.code, 'invalid-target');
  assert.match(found.refused.message, /neither top, nor a class .*nearest names/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture by its address, as a word or a URL; one that is not there is said', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const expected = await model.forward(await bare.file('/www/pictures/chelsea.png'));
    const image = document.createElement('canvas').toDataURL();
    const same = [];
    for (const address of [
      '/www/pictures/chelsea.png',
      '../../../www/pictures/chelsea.png',
      new URL('/www/pictures/chelsea.png', location.href),
    ]) {
      same.push(bare.same((await model.forward(address)).logits, expected.logits));
    }
    const { crop } = expected;
    const drawn = (await model.forward(image)).crop;
    const refusals = [
      await bare.refusal(() => model.forward('/www/pictures/absent.png')),
      await bare.refusal(() => model.forward('http://')),
      await bare.refusal(() => model.forward('data:image/png;base64,AAAA')),
    ];
    const numbers = (await model.forward(new Float32Array(3 * 19 * 26))).crop;
    relume.close();
    return { same, crop, drawn, numbers, refusals };
  }, ODD);
  assert.deepEqual(found.same, [true, true, true]);
  // 451 × 300 for an input of 26 × 19: 300 · 26 / 19 = 410.5, and the middle of what is left.
  assert.deepEqual(found.crop, { y: 0, x: 20, height: 300, width: 411, of: { width: 451, height: 300 } });
  assert.deepEqual(found.drawn?.of, { width: 300, height: 150 });
  assert.equal(found.numbers, undefined);
  assert.deepEqual(
    found.refusals.map(({ code }) => code),
    ['unreadable', 'unreadable', 'unreadable'],
  );
  assert.match(found.refusals[0]?.message ?? '', /absent\.png cannot be loaded or decoded/);
  assert.match(found.refusals[1]?.message ?? '', /"http:\/\/" is not an address/);
  await context.close();
});

test('a call that its signal ended rejects with an AbortError, which has its code', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const signal = AbortSignal.abort();
    const errors = [
      await relume.load(path, { signal }).catch((error) => error),
      await relume.load('/absent.safetensors').catch((error) => error),
    ];
    relume.close();
    return errors.map((error) => [error.name, error.code, error instanceof bare.RelumeError]);
  }, ODD);
  assert.deepEqual(found, [
    ['AbortError', 'cancelled', true],
    ['RelumeError', 'unreadable', true],
  ]);
  await context.close();
});

test('what is disposed of is closed', { timeout }, async (t) => {
  const { page, context } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    if (!('dispose' in Symbol)) return undefined;
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const trace = await model.forward('/www/pictures/chelsea.png');
    trace[Symbol.dispose]();
    const refusals = [await bare.refusal(() => trace.explain())];
    model[Symbol.dispose]();
    refusals.push(await bare.refusal(() => model.forward('/www/pictures/chelsea.png')));
    relume[Symbol.dispose]();
    refusals.push(await bare.refusal(() => relume.load(path)));
    return refusals.map(({ code }) => code);
  }, ODD);
  if (!found) t.skip('this browser has no Symbol.dispose');
  else assert.deepEqual(found, ['closed', 'closed', 'closed']);
  await context.close();
});

test('whatever a call is given, it answers or refuses with an error of its own kind', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const picture = await bare.file('/www/pictures/cifar10/horse-0000.jpg');
    const trace = await model.forward(picture);
    const map = await trace.explain();
    const throwing = (/** @type {string} */ name) => Object.defineProperty({}, name, { enumerable: true, get: () => JSON.parse('{') });
    /** @type {Record<string, any>} */
    const odd = {
      ...{
        symbol: Symbol('odd'),
        'a BigInt': 7n,
        'a function': () => 1,
        NaN,
        'a number': -1,
        'a word': 'odd',
        'an array': [Symbol('odd')],
      },
      ...{ 'no prototype': Object.create(null), 'a getter that throws': throwing('aborted'), null: null },
    };
    /** The calls by the option or argument that is odd. @type {Record<string, (value: any) => unknown>} */
    const calls = {
      'start()': (value) => bare.Relume.start(value),
      'load()': (value) => relume.load(value),
      'load(, options)': (value) => relume.load(path, value),
      'forward()': (value) => model.forward(value),
      'forward(, options)': (value) => model.forward(picture, value),
      'model.explain(, options)': (value) => model.explain(picture, value),
      'explain()': (value) => trace.explain(value),
      'top()': (value) => trace.top(value),
      'activation()': (value) => trace.activation(value),
      'activation(, options)': (value) => trace.activation('relu1', value),
      'receptiveField()': async (value) => model.receptiveField(value, value),
      'receptiveField(, at)': async (value) => model.receptiveField('relu1', value),
      'draw()': (value) => map.draw(value),
      'pixels()': (value) => map.pixels(value),
      'reluBackward()': (value) => relume.reluBackward(value, [1], [1]),
      'reluBackward(, f)': (value) => relume.reluBackward('guided', value, [1]),
      'reluBackward(,,, options)': (value) => relume.reluBackward('guided', [1], [1], value),
    };
    const options = {
      start: { call: (/** @type {any} */ all) => bare.Relume.start(all), names: ['backend', 'relaxed', 'workers', 'odd'] },
      load: { call: (/** @type {any} */ all) => relume.load(path, all), names: ['signal', 'onProgress', 'limits', 'odd'] },
      forward: { call: (/** @type {any} */ all) => model.forward(picture, all), names: ['maps', 'signal', 'odd'] },
      explain: {
        call: (/** @type {any} */ all) => trace.explain(all),
        names: ['method', 'target', 'draw', 'signals', 'signal', 'onProgress', 'odd'],
      },
      pixels: { call: (/** @type {any} */ all) => map.pixels(all), names: ['fold', 'sign', 'clip', 'colors', 'over', 'signal', 'odd'] },
      maps: {
        call: (/** @type {any} */ all) => model.forward(picture, { maps: [all] }),
        names: ['method', 'target', 'draw', 'signals', 'odd'],
      },
      draw: { call: (/** @type {any} */ all) => trace.explain({ draw: all }), names: ['fold', 'sign', 'clip', 'colors', 'over', 'odd'] },
      class: { call: (/** @type {any} */ all) => trace.explain({ target: all }), names: ['class', 'layer', 'channel'] },
    };
    for (const [name, { call, names }] of Object.entries(options)) {
      for (const key of names) {
        calls[`${name}({ ${key} })`] = (value) => call({ [key]: value });
        odd[`{ ${key} } that throws`] ??= throwing(key);
      }
    }
    const wrong = [];
    for (const [call, run] of Object.entries(calls)) {
      for (const [what, value] of Object.entries(odd)) {
        // Each of these getters is of one option.
        if (what.includes('that throws') && what !== 'a getter that throws' && /\(\{/.test(call)) continue;
        const { code, message } = await bare.refusal(async () => run(value));
        if (code.includes(' ') || ['engine-crashed', 'internal'].includes(code)) wrong.push(`${call} with ${what}: ${code} ${message}`);
      }
    }
    const kinds = [
      await bare.refusal(() => trace.explain(/** @type {any} */ ({ maps: Symbol('odd') }))),
      await bare.refusal(() => model.forward(picture, /** @type {any} */ ({ maps: Symbol('odd') }))),
      await bare.refusal(() => trace.explain(/** @type {any} */ (throwing('method')))),
      await bare.refusal(() => trace.explain(/** @type {any} */ ([]))),
    ];
    relume.close();
    return { wrong, kinds: kinds.map(({ code }) => code) };
  }, ALL_CNN_C);
  assert.deepEqual(found.wrong, []);
  assert.deepEqual(found.kinds, Array(4).fill('invalid-option'));
  // A word is an address, at which nothing is.
  assert.deepEqual(
    troubles.filter((trouble) => !/404 .*\/odd\)/.test(trouble)),
    [],
  );
  await context.close();
});
