// Bad input: each is refused with its code, nothing is lost, and the next call works.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ODD, ROOT } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { blackPng } from './support/png.mjs';

const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** An engine with the odd network, a trace and a map, kept to be used again after each failure. */
async function openSubject() {
  const opened = await openBare(browser);
  let workers = 0;
  opened.page.on('worker', () => {
    workers += 1;
  });
  const subject = await opened.page.evaluateHandle(async (path) => {
    const relume = await bare.Relume.start();
    const model = await relume.load(path);
    const picture = await bare.file('/www/pictures/chelsea.png');
    const trace = await model.forward(picture);
    const map = await trace.explain({ target: { class: 3 } });
    /** Whether everything still gives the same results. */
    const sound = async () =>
      bare.same((await trace.explain({ target: { class: 3 } })).data, map.data) &&
      bare.same((await model.explain(picture, { target: { class: 3 } })).data, map.data);
    return { relume, model, picture, trace, map, sound };
  }, ODD);
  return { ...opened, subject, workers: () => workers };
}

/** @typedef {Awaited<ReturnType<typeof openSubject>>['subject'] extends import('playwright-core').JSHandle<infer T> ? T : never} Subject */
/** @typedef {import('./pages/bare.js').Refusal} Refusal */

/**
 * Each call must be refused with the code and a message about what was wrong, and leave everything as it was.
 * @param {string} code
 * @param {[what: string, says: RegExp, call: (subject: Subject) => Promise<Refusal>][]} calls
 */
function refuses(code, calls) {
  test(`${code}: ${calls.length} ways`, { timeout }, async () => {
    const { context, troubles, subject, workers } = await openSubject();
    for (const [what, says, call] of calls) {
      const refused = await subject.evaluate(call);
      assert.equal(refused.code, code, `${what}: ${refused.code}: ${refused.message}`);
      assert.match(refused.message, says, what);
      assert.ok(await subject.evaluate(({ sound }) => sound()), `after ${what} the next call gives something else`);
    }
    assert.equal(workers(), 1, 'a refusal costs no worker');
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

refuses('invalid-target', [
  ['a class beyond the last', /7/, ({ trace }) => bare.refusal(() => trace.explain({ target: { class: 7 } }))],
  ['a negative class', /target|class/, ({ trace }) => bare.refusal(() => trace.explain({ target: { class: -1 } }))],
  ['half a class', /target|class/, ({ trace }) => bare.refusal(() => trace.explain({ target: { class: 1.5 } }))],
  ['an unknown layer', /conv99/, ({ trace }) => bare.refusal(() => trace.explain({ target: { layer: 'conv99', channel: 0 } }))],
  ['the input as a layer', /input/, ({ trace }) => bare.refusal(() => trace.explain({ target: { layer: 'input', channel: 0 } }))],
  ['a channel beyond the last', /12/, ({ trace }) => bare.refusal(() => trace.explain({ target: { layer: 'relu1', channel: 12 } }))],
  [
    'a row beyond the last',
    /10/,
    ({ trace }) => bare.refusal(() => trace.explain({ target: { layer: 'relu1', channel: 0, at: [10, 0] } })),
  ],
  [
    'a column beyond the last',
    /13/,
    ({ trace }) => bare.refusal(() => trace.explain({ target: { layer: 'relu1', channel: 0, at: [0, 13] } })),
  ],
  ['a softmax', /softmax.*logit/s, ({ trace }) => bare.refusal(() => trace.explain({ target: { layer: 'softmax', channel: 0 } }))],
  [
    'a layer without a channel',
    /channel/,
    ({ trace }) => bare.refusal(() => trace.explain({ target: /** @type {any} */ ({ layer: 'relu1' }) })),
  ],
  ['an unknown word', /top/, ({ trace }) => bare.refusal(() => trace.explain({ target: /** @type {any} */ ('bottom') }))],
  [
    'a field there is not',
    /channel/,
    ({ trace }) => bare.refusal(() => trace.explain({ target: /** @type {any} */ ({ layer: 'relu1', channel: 0, position: [1, 1] }) })),
  ],
  ['a null', /top/, ({ trace }) => bare.refusal(() => trace.explain({ target: /** @type {any} */ (null) }))],
  ['the activation of an unknown layer', /conv99/, ({ trace }) => bare.refusal(() => trace.activation('conv99'))],
]);

refuses('invalid-picture', [
  [
    'text called a picture',
    /decode/,
    ({ model }) => bare.refusal(() => model.forward(new File(['no picture'], 'notes.png', { type: 'image/png' }))),
  ],
  ['an empty file', /decode/, ({ model }) => bare.refusal(() => model.forward(new Blob([])))],
  ["half a PNG's header", /decode/, ({ model, picture }) => bare.refusal(() => model.forward(picture.slice(0, 20)))],
  ['a canvas of 0×0', /0×0/, ({ model }) => bare.refusal(() => model.forward(new OffscreenCanvas(0, 0)))],
  [
    'a canvas of 64.008 megapixels',
    /8001×8000.*64 million/s,
    ({ model }) => bare.refusal(() => model.forward(new OffscreenCanvas(8001, 8000))),
  ],
  ['a number', /picture is/, ({ model }) => bare.refusal(() => model.forward(/** @type {any} */ (7)))],
]);

refuses('shape-mismatch', [
  ['numbers of another size', /3.*19.*26/s, ({ model }) => bare.refusal(() => model.forward(new Float32Array(3 * 26 * 19 - 1)))],
  ['no numbers', /3.*19.*26/s, ({ model }) => bare.refusal(() => model.forward(new Float32Array(0)))],
  ['more f than R', /./, ({ relume }) => bare.refusal(() => relume.reluBackward('guided', [1, 2, 3], [1, 2]))],
]);

refuses('not-finite', [
  ['NaN', /finite.* 700/, ({ model }) => bare.refusal(() => model.forward(new Float32Array(3 * 26 * 19).fill(NaN, 700, 701)))],
  ['an infinity', /finite.* 3/, ({ model }) => bare.refusal(() => model.forward(new Float32Array(3 * 26 * 19).fill(-Infinity, 3)))],
  ['NaN to a rule', /finite/, ({ relume }) => bare.refusal(() => relume.reluBackward('backprop', [1, NaN], [1, 2]))],
]);

refuses('invalid-option', [
  ['an unknown method', /gradcam.*guided/s, ({ trace }) => bare.refusal(() => trace.explain({ method: /** @type {any} */ ('gradcam') }))],
  ['an unknown rule', /relu/, ({ relume }) => bare.refusal(() => relume.reluBackward(/** @type {any} */ ('relu'), [1], [1]))],
  ['an unknown fold', /mean/, ({ map }) => bare.refusal(() => map.pixels({ fold: /** @type {any} */ ('mean') }))],
  ['an unknown sign', /plus/, ({ map }) => bare.refusal(() => map.pixels({ sign: /** @type {any} */ ('plus') }))],
  ['unknown colours', /jet/, ({ map }) => bare.refusal(() => map.pixels({ fold: 'max', colors: /** @type {any} */ ('jet') }))],
  ['colours of three planes', /rgb|plane/, ({ map }) => bare.refusal(() => map.pixels({ fold: 'rgb', colors: 'heat' }))],
  ['clipping all', /clip/, ({ map }) => bare.refusal(() => map.pixels({ clip: 1 }))],
  ['clipping less than nothing', /clip/, ({ map }) => bare.refusal(() => map.pixels({ clip: -0.01 }))],
  ['clipping NaN', /clip/, ({ map }) => bare.refusal(() => map.pixels({ clip: NaN }))],
  ['an option there is not', /colour/, ({ map }) => bare.refusal(() => map.pixels(/** @type {any} */ ({ colour: 'grey' })))],
  [
    'a map over no picture',
    /picture/,
    ({ model }) =>
      bare.refusal(async () => (await model.explain(new Float32Array(3 * 26 * 19), { target: { class: 0 } })).pixels({ over: true })),
  ],
  ['half a class listed', /1\.5/, ({ trace }) => bare.refusal(() => trace.top(1.5))],
  [
    'a misspelt option of forward()',
    /sginal.*signal/s,
    ({ model, picture }) => bare.refusal(() => model.forward(picture, /** @type {any} */ ({ sginal: 1 }))),
  ],
  [
    'a misspelt option of activation()',
    /layr/,
    ({ trace }) => bare.refusal(() => trace.activation('relu1', /** @type {any} */ ({ layr: 1 }))),
  ],
  [
    'a misspelt option of reluBackward()',
    /max/,
    ({ relume }) => bare.refusal(() => relume.reluBackward('guided', [1], [1], /** @type {any} */ ({ max: 6 }))),
  ],
  ['a number for a signal', /AbortController.*5/s, ({ trace }) => bare.refusal(() => trace.explain(/** @type {any} */ ({ signal: 5 })))],
  ['a number for a model', /URL/, ({ relume }) => bare.refusal(() => relume.load(/** @type {any} */ (5)))],
]);

refuses('unsupported-backend', [
  ['an unknown backend', /cuda.*flex/s, () => bare.refusal(() => bare.Relume.start({ backend: /** @type {any} */ ('cuda') }))],
]);

refuses('closed', [
  [
    'a closed run',
    /closed/,
    ({ model, picture }) =>
      bare.refusal(async () => {
        const trace = await model.forward(picture);
        trace.close();
        await trace.explain();
      }),
  ],
  [
    'a closed model',
    /closed/,
    ({ relume, picture }) =>
      bare.refusal(async () => {
        const model = await relume.load('/tests/goldens/odd.model.safetensors');
        model.close();
        await model.forward(picture);
      }),
  ],
]);

test('no options are no fault, whichever way they are left out; a closed engine fetches nothing', { timeout }, async () => {
  const { context, troubles, subject } = await openSubject();
  let fetched = 0;
  await context.route('**/later.safetensors', (route) => {
    fetched += 1;
    return route.abort();
  });
  const found = await subject.evaluate(async ({ relume, model, picture }) => {
    const trace = await model.forward(picture, /** @type {any} */ (null));
    await trace.activation('relu1', /** @type {any} */ (null));
    await trace.explain(/** @type {any} */ ({ signal: null }));
    const [two] = await relume.reluBackward('guided', [1], [2], /** @type {any} */ (null));
    const other = await bare.Relume.start();
    other.close();
    return { two, code: (await bare.refusal(() => other.load('/later.safetensors'))).code };
  });
  assert.deepEqual(found, { two: 2, code: 'closed' });
  assert.equal(fetched, 0);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('ImageData of another colour space is converted', { timeout }, async (t) => {
  const { context, troubles, subject } = await openSubject();
  const found = await subject.evaluate(async ({ model }) => {
    if (new ImageData(new Uint8ClampedArray(4), 1, 1, { colorSpace: 'display-p3' }).colorSpace !== 'display-p3') return undefined;
    // A colour within sRGB, written in Display P3: (200, 60, 60) is about (185, 71, 66) there.
    /** @param {PredefinedColorSpace} colorSpace @param {number[]} rgb */
    const seen = async (colorSpace, rgb) => {
      const data = new Uint8ClampedArray(Array.from({ length: 40 * 30 }, () => [...rgb, 255]).flat());
      const { view } = await model.forward(new ImageData(data, 40, 30, { colorSpace }));
      return Array.from(view?.data.slice(0, 3) ?? []);
    };
    return { srgb: await seen('srgb', [200, 60, 60]), p3: await seen('display-p3', [185, 71, 66]) };
  });
  if (!found) {
    await context.close();
    return t.skip('this browser knows no ImageData but that of sRGB');
  }
  for (const [i, value] of found.srgb.entries()) {
    assert.ok(Math.abs(value - (found.p3[i] ?? NaN)) <= 4, `${found.srgb} and ${found.p3}`);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('invalid-picture: a PNG file of 64.008 megapixels', { timeout }, async () => {
  const { context, troubles, subject } = await openSubject();
  await context.route('**/large.png', (route) => route.fulfill({ body: blackPng(8001, 8000), contentType: 'image/png' }));
  const refused = await subject.evaluate(({ model }) => bare.refusal(async () => model.forward(await bare.file('large.png'))));
  assert.equal(refused.code, 'invalid-picture', refused.message);
  assert.match(refused.message, /8001×8000.*64 million/s);
  assert.ok(await subject.evaluate(({ sound }) => sound()));
  assert.deepEqual(troubles, []);
  await context.close();
});

test('unreadable: an address that is not there, and one that does not answer', { timeout }, async () => {
  const { context, troubles, subject } = await openSubject();
  await context.route('**/gone.safetensors', (route) => route.abort('connectionreset'));
  const missing = await subject.evaluate(({ relume }) => bare.refusal(() => relume.load('/tests/missing.safetensors')));
  assert.equal(missing.code, 'unreadable');
  assert.match(missing.message, /missing\.safetensors.*404/s);
  const gone = await subject.evaluate(({ relume }) => bare.refusal(() => relume.load('/tests/gone.safetensors')));
  assert.equal(gone.code, 'unreadable');
  assert.match(gone.message, /gone\.safetensors cannot be reached/);
  const no = await subject.evaluate(({ relume }) => bare.refusal(() => relume.load('http://')));
  assert.equal(no.code, 'unreadable');
  assert.ok(await subject.evaluate(({ sound }) => sound()));
  assert.equal(troubles.length, 2, `the browser's own lines on the console: ${troubles}`);
  await context.close();
});

test('invalid-model: every malformed file, naming what is wrong with it', { timeout }, async () => {
  const { context, troubles, subject, workers } = await openSubject();
  /** @type {{ file: string, code: string, mentions: string }[]} */
  const faults = JSON.parse(await readFile(`${ROOT}tests/goldens/malformed/malformed.json`, 'utf8'));
  assert.ok(faults.length > 80, `only ${faults.length} files`);
  /** @type {string[]} */
  const otherwise = [];
  for (const { file, code, mentions } of faults) {
    const refused = await subject.evaluate(({ relume }, name) => bare.refusal(() => relume.load(`/tests/goldens/malformed/${name}`)), file);
    if (refused.code !== code || !refused.message.includes(mentions)) {
      otherwise.push(`${file}: wanted ${code} with “${mentions}”, got ${refused.code}: ${refused.message}`);
    }
  }
  assert.deepEqual(otherwise, []);
  // The file without the fault loads, and everything from before still works.
  const name = await subject.evaluate(async ({ relume }) => (await relume.load('/tests/goldens/malformed/sound.safetensors')).info.name);
  assert.equal(name, 'small');
  assert.ok(await subject.evaluate(({ sound }) => sound()));
  assert.equal(workers(), 1, 'a refusal costs no worker');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('zero-gradient: a map with nothing on it says why', { timeout }, async () => {
  const { context, troubles, subject } = await openSubject();
  const found = await subject.evaluate(async ({ trace }) => {
    const {
      data,
      shape: [, height, width],
    } = await trace.activation('relu1');
    const silent = data.indexOf(0);
    const at = /** @type {[number, number]} */ ([Math.floor((silent % (height * width)) / width), silent % width]);
    const target = { layer: 'relu1', channel: Math.floor(silent / height / width), at };
    const maps = await Promise.all(
      /** @type {const} */ (['backprop', 'guided', 'deconvnet']).map((method) => trace.explain({ method, target })),
    );
    return maps.map(({ data: numbers, warning, target: unit }) => ({
      zero: numbers.every((value) => value === 0),
      warning,
      value: unit.value,
    }));
  });
  for (const map of found.slice(0, 2)) {
    assert.ok(map.zero);
    assert.equal(map.value, 0);
    assert.equal(map.warning?.code, 'zero-gradient');
    assert.match(map.warning?.message ?? '', /does not fire/);
  }
  // The deconvnet rule does not depend on whether the unit fires.
  assert.deepEqual({ zero: found[2]?.zero, warning: found[2]?.warning }, { zero: false, warning: undefined });
  assert.ok(await subject.evaluate(({ sound }) => sound()));
  assert.deepEqual(troubles, []);
  await context.close();
});
