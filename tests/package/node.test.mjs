// relume/low-level in Node: what it refuses, and what becomes of it when the engine traps.

import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ODD, ROOT, seeded } from '../browser/support/fixtures.mjs';
import { withMemoryLimit } from '../browser/support/wasm.mjs';
import { pack, run } from './support/install.mjs';

const timeout = 120_000;
const IMPORTS = `
  import { readFile } from 'node:fs/promises';
  import { Relume, RelumeError } from 'relume';
  import { convert, open, RelumeError as Low } from 'relume/low-level';
  const refusal = async (call) => {
    try {
      await call();
    } catch (error) {
      return error instanceof RelumeError ? { code: error.code, message: error.message } : { code: String(error) };
    }
    return { code: 'none' };
  };
  const say = (value) => console.log(JSON.stringify(value));
`;
const OPEN = 'const engine = await open({ relaxed: false });';

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
/** @type {string} */
let project;
before(
  async () => {
    packed = await pack();
    project = await packed.install('node');
    await cp(ROOT + ODD, join(project, 'model.safetensors'));
  },
  { timeout },
);
after(() => packed?.remove());

/** @param {string} folder @param {string} program */
async function inNode(folder, program) {
  return JSON.parse(await run(folder, 'node', '--input-type=module', '--eval', IMPORTS + program));
}

test('a run, its scores, its activations, its maps and how they are drawn', { timeout }, async () => {
  const found = await inNode(
    project,
    `${OPEN}
    const model = engine.load(await readFile('model.safetensors'));
    const { name, input, logitsLayer, classes } = model.info();
    const [, height, width] = input.shape;
    const trace = model.forwardPicture(new Uint8ClampedArray(40 * 30 * 4).map((_, i) => i * 7), 40, 30);
    const again = model.forward(trace.input());
    const logits = trace.logits();
    const map = trace.explain();
    const maps = ['backprop', 'deconvnet', 'guided'].map((method) => trace.explain(method, { class: 2 }));
    const { shape, data } = trace.activation('relu1');
    const painted = engine.draw(map, { fold: 'max', colors: 'heat' });
    const over = engine.draw(map, { over: trace.view() });
    say({
      name, same: RelumeError === Low, build: engine.build, grown: engine.memory() > 1 << 20,
      classes: logits.length === classes.length, again: logits.join() === again.logits().join(),
      top: logits.indexOf(Math.max(...logits)) === map.target.channel && map.target.layer === logitsLayer,
      maps: new Set(maps.map(({ data }) => data.join())).size, lengths: [map.data.length, painted.length, over.length].map((n) => n / (width * height)),
      relu: [shape, Math.min(...data)], views: [trace.view().length / (width * height), again.view() === undefined],
    });
  `,
  );
  assert.deepEqual(found, {
    name: 'odd',
    same: true,
    build: 'flex',
    grown: true,
    classes: true,
    again: true,
    top: true,
    maps: 3,
    lengths: [3, 4, 4],
    relu: [[12, 10, 13], 0],
    views: [4, true],
  });
});

test('a visualisation in parts is the one in one go; the box of a map; what a map says of its drawing', { timeout }, async () => {
  const found = await inNode(
    project,
    `${OPEN}
    const model = engine.load(await readFile('model.safetensors'));
    const options = { target: { class: 3 }, steps: 5, jitter: 2, blur: 0.5, seed: 9 };
    const whole = model.visualise(options);
    let after;
    for (const to of [0, 1, 3, 5]) after = model.visualise(options, { after, to });
    const codes = await Promise.all([
      refusal(() => model.visualise({ steps: 2 })),
      refusal(() => model.visualise(options, { after: { data: [1, 2], done: 1 } })),
      refusal(() => model.visualise(options, { after: { ...after, done: 6 } })),
      refusal(() => model.visualise(options, { after: { ...after, done: 0.5 } })),
      refusal(() => model.visualise(options, { to: -1 })),
      refusal(() => engine.locate({ data: [1, 2], shape: [1, 1, 3] })),
      refusal(() => engine.locate({ data: [1, 2], shape: [1, 1, 2] }, { quantile: '0.5' })),
      refusal(() => engine.locate({ data: [1, 2], shape: [1, 1, 2] }, { within: { left: 0 } })),
      refusal(() => engine.locate({ data: [1, 2], shape: [1, 1, 2] }, { within: 0 })),
      refusal(() => engine.locate({ data: [1, 2], shape: [1, 1, 2] }, { within: { left: 0, top: 0, width: 0, height: 2 } })),
    ]);
    const [, height, width] = model.info().input.shape;
    const data = new Float32Array(height * width);
    data[3 * width + 4] = -2;
    const within = { left: 100, top: 7, width: 2 * width, height: 2 * height };
    const trace = model.forward(whole.data);
    const cam = trace.explain({ method: 'grad-cam', layer: 'relu4' }, { class: 3 });
    const pixels = (options) => String(engine.draw(cam, options));
    say({
      same: String(whole.data) === String(after.data) && String(whole.rgba) === String(after.rgba), end: whole.value === after.value,
      done: [whole.done, whole.steps, after.done], target: whole.target,
      codes: codes.map(({ code }) => code),
      located: engine.locate({ data, shape: [1, height, width] }, { quantile: 0.999, within }),
      none: engine.locate({ data: data.fill(1), shape: [1, height, width] }) === undefined,
      drawing: cam.drawing, plain: trace.explain().drawing.colors,
      heat: pixels() === pixels({ fold: 'max', sign: 'positive', colors: 'heat' }), grey: pixels({ colors: 'grey' }) === String(engine.draw({ data: cam.data, shape: cam.shape })),
    });
  `,
  );
  const { located, drawing, ...rest } = found;
  assert.deepEqual(rest, {
    same: true,
    end: true,
    done: [5, 5, 5],
    target: { layer: 'linear2', channel: 3, at: [0, 0] },
    codes: [
      'invalid-target',
      'shape-mismatch',
      'invalid-option',
      'invalid-option',
      'invalid-option',
      'shape-mismatch',
      ...Array(4).fill('invalid-option'),
    ],
    none: true,
    plain: 'grey',
    heat: true,
    grey: true,
  });
  assert.deepEqual([drawing.fold, drawing.sign, drawing.colors], ['max', 'positive', 'heat']);
  // One pixel, in row 3 and column 4; in the picture twice as large.
  assert.deepEqual(located, {
    seen: { left: 4, top: 3, width: 1, height: 1 },
    original: { left: 108, top: 13, width: 2, height: 2 },
    share: 1,
  });
});

test('a file is loaded from a Blob, piece by piece, and what is wrong with it is said', { timeout }, async () => {
  const found = await inNode(
    project,
    `${OPEN}
    const bytes = await readFile('model.safetensors');
    const file = new File([bytes], 'model.safetensors');
    const loaded = await engine.loadFile(file);
    const numbers = new Float32Array(loaded.info().input.shape.reduce((all, side) => all * side)).fill(0.1);
    const logits = loaded.forward(numbers).logits().join();
    class Torn extends File {
      slice() {
        return { arrayBuffer: () => Promise.reject(new Error('the disk is gone')) };
      }
    }
    const sized = (size) => Object.defineProperty(new Blob([bytes]), 'size', { value: size });
    const refused = {
      torn: await refusal(() => engine.loadFile(new Torn([bytes], 'torn.safetensors'))),
      empty: await refusal(() => engine.loadFile(new Blob([]))),
      cut: await refusal(() => engine.loadFile(file.slice(0, bytes.length - 1))),
      path: await refusal(() => engine.loadFile('model.safetensors')),
      huge: await refusal(() => engine.loadFile(sized(2 ** 32 + bytes.length))),
    };
    // A large file that is no model takes no memory, in one piece or in many; nor does what is said of it end the engine.
    const before = engine.memory();
    const film = new Uint8Array(100 << 20);
    refused.film = await refusal(() => engine.loadFile(new Blob([film])));
    refused.filmBytes = await refusal(() => engine.load(film));
    refused.manyBytes = await refusal(() => engine.load(new Uint8Array(2 ** 31)));
    const grown = engine.memory() - before;
    say({
      same: engine.load(bytes).forward(numbers).logits().join() === logits,
      small: grown < 32 << 20, codes: Object.fromEntries(Object.entries(refused).map(([name, { code }]) => [name, code])), torn: refused.torn.message,
    });
  `,
  );
  assert.deepEqual(found, {
    same: true,
    small: true,
    codes: {
      torn: 'unreadable',
      empty: 'invalid-model',
      cut: 'invalid-model',
      path: 'invalid-option',
      huge: 'invalid-model',
      film: 'invalid-model',
      filmBytes: 'invalid-model',
      manyBytes: 'invalid-model',
    },
    torn: 'The file "torn.safetensors" cannot be read: the disk is gone.',
  });
});

test('what was freed says so, freed twice or not, and nothing else is lost', { timeout }, async () => {
  const found = await inNode(
    project,
    `${OPEN}
    const model = engine.load(await readFile('model.safetensors'));
    const trace = model.forward(new Float32Array(model.info().input.shape.reduce((all, side) => all * side)).fill(0.1));
    const [name] = model.info().classes;
    model.free();
    const map = trace.explain('guided', name);
    trace.free();
    trace.free();
    say({ map: map.data.length > 0 && map.target.channel === 0, visualised: (await refusal(() => model.visualise({ target: name }))).code, after: (await refusal(() => trace.logits())).code,
      next: engine.reluBackward('guided', [1], [2])[0], again: engine.load(await readFile('model.safetensors')).info().name });
  `,
  );
  assert.deepEqual(found, { map: true, visualised: 'closed', after: 'closed', next: 2, again: 'odd' });
});

test('every refusal is a RelumeError with the code that fits', { timeout }, async () => {
  const found = await inNode(
    project,
    `${OPEN}
    const model = engine.load(await readFile('model.safetensors'));
    const trace = model.forwardPicture(new Uint8Array(40 * 30 * 4), 40, 30);
    const map = trace.explain();
    const freed = engine.load(await readFile('model.safetensors'));
    freed.free();
    freed.free();
    const calls = {
      backend: () => open({ backend: 'torch' }), relaxed: () => open({ relaxed: 'no' }), option: () => open({ workers: 2 }),
      path: () => engine.load('model.safetensors'), bytes: () => engine.load(new ArrayBuffer(3)),
      tensor: () => model.forward('x'), short: () => model.forward([1, 2]), nan: () => model.forward((new Float32Array(3 * 19 * 26)).fill(NaN)),
      picture: () => model.forwardPicture([1], 1, 1), size: () => model.forwardPicture(new Uint8Array(4), -1, NaN), pixels: () => model.forwardPicture(new Uint8Array(4), 2, 2),
      rule: () => trace.explain('integrated'), target: () => trace.explain('guided', { class: 99 }), layer: () => trace.activation(), unknown: () => trace.activation('x'),
      drawing: () => engine.draw(map, { fold: 'min' }), misspelt: () => engine.draw(map, { colours: 'heat' }), nothing: () => engine.draw(), shapeless: () => engine.draw({ data: map.data }),
      numbers: () => engine.reluBackward('guided'), lengths: () => engine.reluBackward('guided', [1], [1, 2]),
      freed: () => freed.info(),
    };
    say(Object.fromEntries(await Promise.all(Object.entries(calls).map(async ([name, call]) => [name, (await refusal(call)).code]))));
  `,
  );
  assert.deepEqual(found, {
    backend: 'unsupported-backend',
    relaxed: 'invalid-option',
    option: 'invalid-option',
    path: 'invalid-option',
    bytes: 'invalid-model',
    tensor: 'invalid-option',
    short: 'shape-mismatch',
    nan: 'not-finite',
    picture: 'invalid-picture',
    size: 'invalid-picture',
    pixels: 'invalid-picture',
    rule: 'invalid-option',
    target: 'invalid-target',
    layer: 'invalid-target',
    unknown: 'invalid-target',
    drawing: 'invalid-option',
    misspelt: 'invalid-option',
    nothing: 'invalid-option',
    shapeless: 'shape-mismatch',
    numbers: 'invalid-option',
    lengths: 'shape-mismatch',
    freed: 'closed',
  });
});

test('an ONNX file becomes the bytes of a model file', { timeout }, async () => {
  await cp(`${ROOT}crates/relume-onnx/tests/files/plain-dynamo.onnx`, join(project, 'plain.onnx'));
  const found = await inNode(
    project,
    `const onnx = await readFile('plain.onnx');
    const { bytes, notes } = await convert(onnx, { input: 'imagenet', title: 'Plain' });
    ${OPEN}
    const info = engine.load(bytes).info();
    const calls = {
      input: () => convert(onnx), text: () => convert('plain.onnx', { input: 'imagenet' }), cut: () => convert(onnx.subarray(0, 999), { input: 'imagenet' }),
      model: async () => convert(await readFile('model.safetensors'), { input: 'imagenet' }), option: () => convert(onnx, { input: 'imagenet', preset: 'x' }),
      onnx: () => engine.load(onnx), moved: () => { const copy = Uint8Array.from(onnx); const done = convert(copy, { input: 'imagenet' }); structuredClone(copy, { transfer: [copy.buffer] }); return done; },
      again: () => convert(onnx, { input: 'imagenet' }),
    };
    const codes = {};
    for (const [name, call] of Object.entries(calls)) codes[name] = (await refusal(call)).code;
    say({ title: info.title, mean: info.input.mean[0], notes, codes });
  `,
  );
  assert.deepEqual([found.title, Math.round(found.mean * 1000), found.notes], ['Plain', 485, []]);
  assert.deepEqual(found.codes, {
    input: 'invalid-option',
    text: 'invalid-option',
    cut: 'invalid-model',
    model: 'invalid-model',
    option: 'invalid-option',
    onnx: 'invalid-model',
    moved: 'invalid-option',
    again: 'none',
  });
});

test('relume itself, which needs workers, says where to turn', { timeout }, async () => {
  const found = await inNode(
    project,
    `${OPEN}
    const relume = await Relume.start();
    const calls = [() => relume.load('model.safetensors'), () => relume.load(new Uint8Array(8)), () => relume.reluBackward('guided', [1], [1])];
    say(await Promise.all(calls.map(refusal)));
  `,
  );
  for (const { code, message } of found) {
    assert.equal(code, 'unsupported-browser');
    assert.match(message, /relume\/low-level/);
  }
  assert.equal(found.length, 3);
});

test('an engine that trapped refuses every later call', { timeout }, async () => {
  const folder = await packed.install('trap');
  // For a small picture the memory is enough that was needed while the model was read.
  const side = 128;
  await cp(ROOT + (await seeded('all-cnn-c', side)), join(folder, 'model.safetensors'));
  const program = `${OPEN}
    const model = engine.load(await readFile('model.safetensors'));
    const loaded = engine.memory();
    let trace;
    const codes = [(await refusal(() => { trace = model.forward(new Float32Array(3 * ${side} * ${side})); })).code];
    const ran = engine.memory();
    codes.push((await refusal(() => trace?.explain())).code);
    const explained = engine.memory();
    codes.push((await refusal(() => model.info())).code, (await refusal(() => open({ relaxed: false }))).code);
    say({ memory: [loaded, ran, explained], codes });
  `;
  const {
    memory: [loaded, ran, explained],
    codes,
  } = await inNode(folder, program);
  assert.deepEqual(codes, ['none', 'none', 'none', 'none']);
  assert.ok(loaded < ran && ran < explained, `${[loaded, ran, explained]} bytes`);
  const wasm = join(folder, 'node_modules/relume/wasm/flex/relume_wasm_bg.wasm');
  const whole = await readFile(wasm);
  // Too little for the backward pass, and for the forward pass; each time the program itself lives to say so.
  await writeFile(wasm, withMemoryLimit(whole, (ran + explained) / 2));
  assert.deepEqual((await inNode(folder, program)).codes, ['none', 'engine-crashed', 'engine-crashed', 'engine-crashed']);
  await writeFile(wasm, withMemoryLimit(whole, (loaded + ran) / 2));
  assert.deepEqual((await inNode(folder, program)).codes, ['engine-crashed', 'none', 'engine-crashed', 'engine-crashed']);
});

test('the element can be imported where there is no page, and does nothing there', { timeout }, async () => {
  assert.deepEqual(await inNode(project, "say(Object.keys(await import('relume/view')).sort());"), ['RelumeError', 'RelumeView']);
});

test('a package that is not complete says what is missing', { timeout }, async () => {
  const folder = await packed.install('missing');
  await writeFile(join(folder, 'node_modules/relume/wasm/flex/relume_wasm_bg.wasm'), '');
  const found = await inNode(folder, `say(await refusal(() => open({ relaxed: false })));`);
  assert.equal(found.code, 'unreadable');
  assert.match(found.message, /wasm\/flex\//);
});

test('NdArray, which is not in the package, is refused with how to get it', { timeout }, async () => {
  const folder = await packed.install('without-ndarray');
  const found = await inNode(folder, `say(await refusal(() => open({ backend: 'ndarray' })));`);
  assert.equal(found.code, 'unreadable');
  assert.match(found.message, /wasm\/ndarray\/.*make engine-ndarray/);
});
