// Files of other tools in the browser, ONNX files and PyTorch checkpoints: loaded, or converted to be kept; and what is refused.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ODD, ROOT, relume } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

/** @typedef {import('../../pkg/convert.js').ConversionOptions} ConversionOptions */

const timeout = 120_000;
const RULES = ['backprop', 'deconvnet', 'guided'];
const FILES = `${ROOT}crates/relume-onnx/tests/files/`;
/** scripts/compare-engine.sh tests another build than that in pkg/wasm: the folder it is in. */
const { RELUME_ENGINE } = process.env;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** The bare page, and which files of wasm/onnx/ and wasm/checkpoint/ it fetched. */
async function open() {
  /** @type {string[]} */
  const fetched = [];
  const opened = await openBare(browser, async (context) => {
    context.on('request', (request) => {
      const [, name] = request.url().split('/pkg/wasm/');
      if (name && /^(onnx|checkpoint)\//.test(name)) fetched.push(name);
    });
    if (!RELUME_ENGINE) return;
    for (const format of ['onnx', 'checkpoint']) {
      await context.route(`**/pkg/wasm/${format}/**`, (route) =>
        route.fulfill({ path: join(RELUME_ENGINE, route.request().url().split('/pkg/wasm/')[1] ?? '') }),
      );
    }
  });
  return { ...opened, fetched };
}

/** @param {string} name */
const file = async (name) => [...(await readFile(FILES + name))];

for (const network of ['plain', 'branches']) {
  test(`${network}: logits and maps are PyTorch's, from both of its exporters`, { timeout }, async () => {
    const { page, context, troubles, fetched } = await open();
    const golden = await file(`${network}.safetensors`);
    for (const exporter of ['dynamo', 'torchscript']) {
      const bytes = await file(`${network}-${exporter}.onnx`);
      const found = await page.evaluate(
        async ({ bytes, golden, rules }) => {
          const relume = await bare.Relume.start();
          const model = await relume.load(Uint8Array.from(bytes), { input: 'zero-to-one' });
          const { arrays } = bare.tensors(Uint8Array.from(golden).buffer);
          const expected = (/** @type {string} */ name) => arrays.get(name) ?? new Float32Array();
          const trace = await model.forward(expected('input'));
          const maps = await Promise.all(rules.map((method) => trace.explain({ method, target: { class: 1 } })));
          const apart = [bare.difference(trace.logits, expected('logits'))];
          for (const map of maps) apart.push(bare.difference(map.data, expected(map.method)));
          const { notes, info } = model;
          relume.close();
          return { apart, notes, title: info.title, classes: info.classes };
        },
        { bytes, golden, rules: /** @type {import('../../pkg/index.js').Rule[]} */ (RULES) },
      );
      assert.ok(Math.max(...found.apart) < 1e-5, `${exporter}: ${found.apart}`);
      assert.deepEqual(found.notes, []);
      assert.equal(found.title, 'Network');
      assert.equal(found.classes[1], 'class 1');
    }
    assert.deepEqual([...new Set(fetched)].sort(), ['onnx/relume_wasm.js', 'onnx/relume_wasm_bg.wasm']);
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

test('weights tell their network, and answer as the command line has them', { timeout }, async () => {
  const { page, context, troubles, fetched } = await open();
  const folder = await mkdtemp(join(tmpdir(), 'relume-weights-'));
  for (const name of ['squeezenet1_1.pth', 'mobilenet_v2.pth']) {
    const weights = `${ROOT}crates/relume-checkpoint/tests/files/${name}`;
    const converted = join(folder, 'model.safetensors');
    await relume('convert', weights, converted, '--size', '64,64', '--dtype', 'f32');
    const found = await page.evaluate(
      async ({ weights, converted }) => {
        const relume = await bare.Relume.start();
        const models = [await relume.load(Uint8Array.from(weights), { size: [64, 64] }), await relume.load(Uint8Array.from(converted))];
        const picture = await bare.file('/www/pictures/chelsea.png');
        const logits = [];
        for (const model of models) logits.push([...(await model.forward(picture)).logits]);
        const [{ title, input }] = models.map(({ info }) => info);
        const notes = models[0]?.notes ?? [];
        relume.close();
        return { logits, title, mean: input.mean[0], notes };
      },
      { weights: [...(await readFile(weights))], converted: [...(await readFile(converted))] },
    );
    assert.deepEqual(found.logits[0], found.logits[1], name);
    assert.match(found.title, /SqueezeNet 1\.1|MobileNetV2/);
    assert.equal(Math.round(found.mean * 1000), 485, "torchvision's own normalisation");
    assert.ok(found.notes.length > 0, 'what was taken for granted is said');
  }
  const refused = await page.evaluate(async () => {
    const { convert, pictureSize } = await bare.conversion();
    const zip = Uint8Array.from([0x50, 0x4b, 3, 4, ...Array(22).fill(0), 8, 0, 0, 0, ...new TextEncoder().encode('a/data.pkl')]);
    const pickle = Uint8Array.from([0x80, 2, 0x8a, 0x0a, ...Array(40).fill(1)]);
    const calls = [
      () => convert(zip),
      () => convert(pickle),
      () => pictureSize(new Blob([new Uint8Array(4)])),
      () => convert(zip, { dtype: /** @type {any} */ ('int8') }),
    ];
    return Promise.all(calls.map(async (call) => (await bare.refusal(call)).code));
  });
  assert.deepEqual(refused, ['invalid-model', 'invalid-model', 'invalid-model', 'invalid-option']);
  assert.deepEqual([...new Set(fetched)].sort(), ['checkpoint/relume_wasm.js', 'checkpoint/relume_wasm_bg.wasm']);
  assert.deepEqual(troubles, []);
  await context.close();
  await rm(folder, { recursive: true });
});

test('what reads ONNX files is fetched with the first of them, and its worker ends with the answer', { timeout }, async () => {
  const { page, context, troubles, fetched } = await open();
  await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    Object.assign(globalThis, { relume, odd: await relume.load(path) });
  }, ODD);
  assert.deepEqual(fetched, [], 'a model file needs none of it');
  const [engine] = page.workers();
  const ended = new Promise((resolve) => page.on('worker', (worker) => worker.on('close', resolve)));
  const bytes = await file('plain-dynamo.onnx');
  await page.evaluate(async (bytes) => {
    const { convert } = await bare.conversion();
    await convert(new Blob([Uint8Array.from(bytes)]), { input: 'imagenet' });
  }, bytes);
  await ended;
  assert.ok(fetched.length > 0);
  assert.deepEqual(page.workers(), [engine], "the engine's worker is the only one left");
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a converted file is a model file with what was told of it', { timeout }, async () => {
  const { page, context, troubles } = await open();
  const bytes = await file('branches-torchscript.onnx');
  const found = await page.evaluate(async (bytes) => {
    const { convert, pictureSize } = await bare.conversion();
    const picked = new File([Uint8Array.from(bytes)], 'Five sorts of hen.v2.onnx');
    const classes = ['a', 'b', 'c', 'd', '<e>'];
    const whole = await convert(picked, { input: { range: [0, 255], mean: [120], std: [60, 61, 62] }, classes });
    const half = await convert(picked, { input: 'minus-one-to-one', dtype: 'f16', title: 'Hens' });
    const size = await pictureSize(picked);
    const relume = await bare.Relume.start();
    const models = await Promise.all([whole, half].map(({ file }) => relume.load(file)));
    const described = models.map(({ info: { name, title, classes, input } }) => ({ name, title, classes, input }));
    relume.close();
    return { described, sizes: [whole.file.size, half.file.size], notes: whole.notes, size };
  }, bytes);
  const [whole, half] = found.described;
  assert.deepEqual([whole?.name, whole?.title], ['five-sorts-of-hen.v2', 'Five sorts of hen.v2']);
  assert.deepEqual(whole?.classes, ['a', 'b', 'c', 'd', '<e>']);
  assert.deepEqual(
    [whole?.input.range, whole?.input.mean, whole?.input.std],
    [
      [0, 255],
      [120, 120, 120],
      [60, 61, 62],
    ],
  );
  assert.deepEqual([half?.title, half?.input.range], ['Hens', [-1, 1]]);
  const [wholeSize = 0, halfSize = 0] = found.sizes;
  assert.ok(halfSize < wholeSize - 1000, `${halfSize} of ${wholeSize} bytes`);
  assert.deepEqual(found.notes, []);
  assert.deepEqual(found.size, whole?.input.shape.slice(1));
  assert.deepEqual(troubles, []);
  await context.close();
});

test("Caffe's order of channels is turned round in the weights", { timeout }, async () => {
  const { page, context } = await open();
  const bytes = await file('plain-dynamo.onnx');
  const [rgb = [], bgr = []] = await page.evaluate(async (bytes) => {
    const relume = await bare.Relume.start();
    const load = (/** @type {import('../../pkg/index.js').InputPreset} */ input) => relume.load(Uint8Array.from(bytes), { input });
    const [asItIs, turned] = await Promise.all([load('zero-to-one'), load('caffe')]);
    const [channels, height, width] = asItIs.info.input.shape;
    const plane = height * width;
    const numbers = Float32Array.from({ length: channels * plane }, (_, i) => Math.sin(i));
    const reversed = Float32Array.from(numbers, (_, i) => numbers[(2 - Math.floor(i / plane)) * plane + (i % plane)] ?? 0);
    const logits = [await asItIs.forward(numbers), await turned.forward(reversed)].map((trace) => [...trace.logits]);
    relume.close();
    return logits;
  }, bytes);
  assert.ok(rgb.length > 0 && rgb.every((value, i) => Math.abs(value - (bgr[i] ?? NaN)) < 1e-5 * Math.max(...rgb.map(Math.abs))));
  await context.close();
});

test('every refusal has its code and says what to do, and the next file is read', { timeout }, async () => {
  const { page, context, troubles } = await open();
  const bytes = await file('plain-dynamo.onnx');
  /** @type {[what: string, code: string, says: RegExp, options: unknown, change?: 'cut' | 'noise' | 'model'][]} */
  const calls = [
    ['no input', 'invalid-option', /normalised in training.*'imagenet'/, {}],
    ['no such preset', 'invalid-option', /'minus-one-to-one'/, { input: 'rgb' }],
    ['half a normalisation', 'invalid-option', /input/, { input: { mean: [1] } }],
    ['text for a number', 'invalid-option', /input/, { input: { range: [0, '1'], mean: [0], std: [1] } }],
    ['no deviation', 'invalid-option', /std above 0/, { input: { range: [0, 1], mean: [0], std: [0] } }],
    ['too many means', 'invalid-option', /mean has 4 numbers/, { input: { range: [0, 1], mean: [0, 0, 0, 0], std: [1] } }],
    ['another size', 'invalid-option', /\[15, 11\], not of 224,224/, { input: 'imagenet', size: [224, 224] }],
    ['half a size', 'invalid-option', /size/, { input: 'imagenet', size: [224] }],
    ['too few classes', 'invalid-option', /names for 2 classes, and the network has/, { input: 'imagenet', classes: ['a', 'b'] }],
    ['an unknown list of classes', 'invalid-option', /array of names/, { input: 'imagenet', classes: 'cifar10' }],
    ['numbers for classes', 'invalid-option', /array of names/, { input: 'imagenet', classes: [1, 2] }],
    ['a misspelt option', 'invalid-option', /"preset"/, { preset: 'imagenet' }],
    ['another type of numbers', 'invalid-option', /f16/, { input: 'imagenet', dtype: 'int8' }],
    ['half a file', 'invalid-model', /cut off or damaged/, { input: 'imagenet' }, 'cut'],
    ['noise', 'invalid-model', /./, { input: 'imagenet' }, 'noise'],
    ['a model file', 'invalid-option|invalid-model', /neither/, { input: 'imagenet' }, 'model'],
  ];
  const model = [...(await readFile(ROOT + ODD))];
  for (const through of ['load', 'convert']) {
    for (const [what, code, says, options, change] of calls) {
      const refused = await page.evaluate(
        async ({ bytes, options, change, through }) => {
          const { convert } = await bare.conversion();
          const relume = await bare.Relume.start();
          const changed =
            change === 'cut' ? bytes.slice(0, bytes.length / 2) : change === 'noise' ? [8, 7, 58, ...Array(99).fill(255)] : bytes;
          const source = Uint8Array.from(changed);
          const given = /** @type {any} */ (options);
          const refused = await bare.refusal(() => (through === 'load' ? relume.load(source, given) : convert(source, given)));
          relume.close();
          return refused;
        },
        { bytes: change === 'model' ? model : bytes, options, change, through },
      );
      assert.match(refused.code, new RegExp(`^(${code})$`), `${through}, ${what}: ${refused.message}`);
      assert.match(refused.message, says, `${through}, ${what}`);
    }
  }
  const after = await page.evaluate(async (bytes) => {
    const { convert } = await bare.conversion();
    const stop = new AbortController();
    const stopped = bare.refusal(() => convert(Uint8Array.from(bytes), { input: 'imagenet', signal: stop.signal }));
    stop.abort();
    const { code } = await stopped;
    return { code, size: (await convert(Uint8Array.from(bytes), { input: 'imagenet' })).file.size };
  }, bytes);
  assert.equal(after.code, 'cancelled');
  assert.ok(after.size > 0);
  assert.deepEqual(troubles, []);
  await context.close();
});
