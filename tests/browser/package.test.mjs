// The package as its documentation shows it: load, forward, explain, draw, with both backends.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ODD } from './support/fixtures.mjs';
import { greyNetwork } from './support/grey-network.mjs';
import { openBare } from './support/package.mjs';

const BACKENDS = /** @type {const} */ (['flex', 'ndarray']);
const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

for (const backend of BACKENDS) {
  test(`${backend}: a picture in, a map out`, { timeout }, async () => {
    const { page, context, troubles } = await openBare(browser);
    const found = await page.evaluate(async ([which, path]) => {
      const relume = await bare.Relume.start({ backend: which });
      /** @type {{ loaded: number, total?: number }[]} */
      const progress = [];
      const model = await relume.load(path, { onProgress: (at) => progress.push(at) });
      const trace = await model.forward(await bare.file('/www/pictures/chelsea.png'));
      const top = await trace.top(3);
      const map = await trace.explain({ method: 'guided', target: 'top' });
      const canvas = document.createElement('canvas');
      await map.draw(canvas, { fold: 'max', colors: 'diverging', over: true });
      const drawn = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const pixels = await map.pixels({ fold: 'max', colors: 'diverging', over: true });
      const activation = await trace.activation('relu1');
      const { name, classes, logitsLayer, layers, parameters, input } = model.info;
      const result = {
        size: (await bare.file(path)).size,
        progress: progress.at(-1),
        info: { name, classes: classes.length, logitsLayer, layers: layers.length, first: layers[0], parameters, shape: input.shape },
        logits: [...trace.logits],
        top,
        sum: (await trace.top(100)).reduce((sum, { probability }) => sum + probability, 0),
        field: model.receptiveField('conv1', [1, 2]),
        view: trace.view && [trace.view.width, trace.view.height],
        map: {
          length: map.data.length,
          shape: map.shape,
          method: map.method,
          target: map.target,
          relus: map.relus,
          largest: Math.max(...map.data.map(Math.abs)),
          milliseconds: map.milliseconds,
          warning: map.warning,
        },
        canvas: [canvas.width, canvas.height],
        drawnIsPixels: bare.same(drawn, pixels.data),
        colours: new Set(new Uint32Array(pixels.data.buffer)).size,
        activation: {
          shape: activation.shape,
          least: Math.min(...activation.data),
          most: Math.max(...activation.data),
          length: activation.data.length,
        },
        memory: relume.memory(),
      };
      relume.close();
      return result;
    }, /** @type {const} */ ([backend, ODD]));

    assert.deepEqual(found.progress, { loaded: found.size, total: found.size });
    assert.deepEqual(found.info, {
      name: 'odd',
      classes: 7,
      logitsLayer: 'linear2',
      layers: 25,
      parameters: found.info.parameters,
      first: { name: 'conv1', kind: 'conv2d', inputs: ['input'], shape: [12, 10, 13], parameters: 912, field: found.info.first?.field },
      shape: [3, 19, 26],
    });
    assert.ok(found.info.parameters > 4000);
    assert.deepEqual(found.field, { y: 0, x: 2, height: 5, width: 5 });
    const order = [...found.logits.keys()].sort((a, b) => (found.logits[b] ?? 0) - (found.logits[a] ?? 0));
    assert.deepEqual(
      found.top.map(({ index }) => index),
      order.slice(0, 3),
    );
    assert.ok(Math.abs(found.sum - 1) < 1e-9, `probabilities sum to ${found.sum}`);
    assert.deepEqual(found.view, [26, 19]);
    const { largest, milliseconds, ...map } = found.map;
    assert.deepEqual(map, {
      length: 3 * 19 * 26,
      shape: [3, 19, 26],
      method: 'guided',
      relus: 5,
      warning: undefined,
      target: { layer: 'linear2', channel: order[0], at: [0, 0], value: found.logits[order[0] ?? 0] },
    });
    assert.ok(largest > 0 && milliseconds >= 0);
    assert.deepEqual(found.canvas, [26, 19]);
    assert.ok(found.drawnIsPixels && found.colours > 20);
    assert.deepEqual({ ...found.activation, most: 6 }, { shape: [12, 10, 13], least: 0, most: 6, length: 12 * 10 * 13 });
    assert.ok(found.activation.most > 0 && found.activation.most <= 6, `ReLU6 gave ${found.activation.most}`);
    assert.ok(found.memory > 1 << 20);
    assert.deepEqual(troubles, []);
    await context.close();
  });

  test(`${backend}: Figure 1b`, { timeout }, async () => {
    const { page, context, troubles } = await openBare(browser);
    const results = await page.evaluate(async (which) => {
      const relume = await bare.Relume.start({ backend: which });
      const f = [1, -1, 5, 2, -5, -7, -3, 2, 4];
      const r = [-2, 3, -1, 6, -3, 1, 2, -1, 3];
      const all = await Promise.all(
        /** @type {const} */ (['backprop', 'deconvnet', 'guided']).map((rule) => relume.reluBackward(rule, f, r)),
      );
      relume.close();
      return all.map((numbers) => [...numbers]);
    }, backend);
    assert.deepEqual(results, [
      [-2, 0, -1, 6, 0, 0, 0, -1, 3],
      [0, 3, 0, 6, 0, 1, 2, 0, 3],
      [0, 0, 0, 6, 0, 0, 0, 0, 3],
    ]);
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

test('every kind of picture and every kind of source gives the same map', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start();
    const blob = await bare.file('/www/pictures/chelsea.png');
    const bitmap = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
    const offscreen = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    offscreen.getContext('2d')?.drawImage(bitmap, 0, 0);
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    const pixels = await bare.pictureFrom(blob);

    const file = await bare.file(path);
    const bytes = await file.arrayBuffer();
    const shifted = new Uint8Array(bytes.byteLength + 3);
    shifted.set(new Uint8Array(bytes), 3);
    const sources = {
      path,
      url: new URL(path, location.href),
      blob: file,
      file: new File([file], 'odd'),
      bytes,
      array: new Uint8Array(bytes),
      part: shifted.subarray(3),
    };
    /** @type {Record<string, Float32Array>} */
    const maps = {};
    let model = await relume.load(path);
    for (const [kind, source] of Object.entries(sources)) {
      model.close();
      model = await relume.load(source);
      maps[kind] = (await model.explain(blob, { method: 'backprop', target: { class: 2 } })).data;
    }
    const pictures = { bitmap, canvas, offscreen, image, pixels };
    for (const [kind, picture] of Object.entries(pictures)) {
      maps[kind] = (await model.explain(picture, { method: 'backprop', target: { class: 2 } })).data;
    }
    const trace = await model.forward(blob);
    const tensor = bare.normalised(/** @type {ImageData} */ (trace.view), model.info.input);
    maps['trace'] = (await trace.explain({ method: 'backprop', target: { class: 2 } })).data;
    // The picture as the network saw it, rounded to eight bits: nearly the same numbers, so nearly the same scores.
    const ofView = await model.forward(tensor);
    const difference = Math.max(...trace.logits.map((logit, i) => Math.abs(logit - (ofView.logits[i] ?? NaN))));
    const first = /** @type {Float32Array} */ (maps['path']);
    // A call does not take away the buffers it is given.
    const kept = bytes.byteLength > 0 && pixels.data.length > 0 && tensor.length > 0 && bitmap.width > 0;
    relume.close();
    return {
      differing: Object.keys(maps).filter((kind) => !bare.same(maps[kind] ?? [], first)),
      kinds: Object.keys(maps).length,
      largest: Math.max(...first),
      difference,
      noView: ofView.view === undefined,
      kept,
    };
  }, ODD);
  assert.deepEqual(found.differing, []);
  assert.equal(found.kinds, 13);
  assert.ok(found.largest > 0);
  assert.ok(found.difference < 0.25, `the scores of the view are ${found.difference} off`);
  assert.ok(found.noView && found.kept);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a map asked for with its drawing is drawn without asking the engine again', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const picture = await bare.file('/www/pictures/chelsea.png');
    const trace = await model.forward(picture);
    const looks = [{}, { fold: 'max', colors: 'heat' }, { clip: 0.1, over: true }];
    const same = [];
    for (const draw of /** @type {import('../../pkg/index.js').DrawOptions[]} */ (looks)) {
      const later = await (await trace.explain()).pixels(draw);
      const maps = [await trace.explain({ draw }), await model.explain(picture, { draw })];
      for (const map of maps) same.push(bare.same((await map.pixels(draw)).data, later.data));
    }
    // Other workers help, and lay their maps over the same picture.
    const several = await bare.Relume.start({ workers: 3 });
    const elsewhere = await (await several.load(path)).forward(picture);
    const over = (await (await elsewhere.explain()).pixels({ over: true })).data;
    for (const each of await Promise.all(Array.from({ length: 9 }, () => elsewhere.explain({ draw: { over: true } })))) {
      same.push(bare.same((await each.pixels({ over: true })).data, over));
    }
    several.close();
    const map = await trace.explain({ draw: { fold: 'sum' } });
    const numbers = await model.forward(new Float32Array(3 * 19 * 26));
    const refusals = await Promise.all([
      bare.refusal(() => trace.explain({ draw: /** @type {any} */ ({ colour: 'grey' }) })),
      bare.refusal(() => trace.explain({ draw: /** @type {any} */ ({ fold: 'min' }) })),
      bare.refusal(() => trace.explain({ draw: /** @type {any} */ ('grey') })),
      bare.refusal(() => numbers.explain({ draw: { over: true } })),
      bare.refusal(() => map.pixels({ fold: 'sum', signal: AbortSignal.abort() })),
    ]);
    relume.close();
    // The drawing is the caller's own each time.
    (await map.pixels({ fold: 'sum' })).data.fill(0);
    const kept = (await map.pixels({ fold: 'sum' })).data.some((value) => value !== 0);
    refusals.push(await bare.refusal(() => map.pixels({ fold: 'max' })));
    return { same, kept, refusals: refusals.map(({ code }) => code) };
  }, ODD);
  assert.deepEqual(found.same, Array(15).fill(true));
  assert.ok(found.kept);
  assert.deepEqual(found.refusals, ['invalid-option', 'invalid-option', 'invalid-option', 'invalid-option', 'cancelled', 'closed']);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a drawing does not wait for the passes that were asked for before it', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const order = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const trace = await model.forward(await bare.file('/www/pictures/chelsea.png'));
    const map = await trace.explain();
    /** @type {string[]} */
    const done = [];
    const passes = Array.from({ length: 6 }, async (_, i) => {
      await trace.explain();
      done.push(`pass ${i}`);
    });
    await Promise.all([
      ...passes,
      map.pixels().then(() => done.push('drawing')),
      trace.activation('relu1').then(() => done.push('activation')),
      relume.reluBackward('guided', [1], [1]).then(() => done.push('rule')),
    ]);
    relume.close();
    return done;
  }, ODD);
  assert.deepEqual([...order.slice(0, 3)].sort(), ['activation', 'drawing', 'rule']);
  await context.close();
});

test('a network of one channel sees grey, and its map is one plane', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const file = [...greyNetwork({ side: 2, mean: 0.5, std: 0.25, weights: [4, -8] })];
  const found = await page.evaluate(async (bytes) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(Uint8Array.from(bytes));
    const pixels = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 9, 9, 0);
    const trace = await model.forward(new ImageData(pixels, 2, 2));
    const map = await trace.explain({ target: { class: 1 }, draw: { over: true } });
    const drawn = await map.pixels({ over: true });
    const result = {
      view: [...(trace.view?.data ?? [])].filter((_, i) => i % 4 === 0),
      shape: map.shape,
      data: [...map.data],
      size: [drawn.width, drawn.height],
      logits: [...trace.logits],
      fold: (await map.pixels({ fold: 'sum', colors: 'diverging' })).width,
    };
    relume.close();
    return result;
  }, file);
  // The luminance of red, green, blue, and of white behind what is transparent; the logits are 4 and -8 times the mean of what it reads.
  assert.deepEqual(found.view, [76, 150, 29, 255]);
  const mean = (302 + 598 + 114 + 1018) / 4;
  assert.deepEqual(found, { ...found, shape: [1, 2, 2], data: [-2, -2, -2, -2], size: [2, 2], logits: [4 * mean, -8 * mean], fold: 2 });
  assert.deepEqual(troubles, []);
  await context.close();
});
