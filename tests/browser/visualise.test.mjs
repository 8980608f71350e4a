// Pictures that a unit answers to strongly, and the boxes of maps: equal to PyTorch's and the command line's, growing while one looks, and over when
// nobody looks any more.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, ODD, ROOT, SQUEEZENET, relume } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 300_000;
/** Largest difference, relative to the largest magnitude. */
const TOLERANCE = 1e-4;
/** Milliseconds in which a cancelled call answers. */
const SOON = 100;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('visualisations of a class and of a channel equal PyTorch’s, done step by step and in one go', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const cases = /** @type {const} */ ([
    { name: 'odd', model: ODD, class: 3, layer: 'relu4' },
    { name: 'all-cnn-c-trained', model: ALL_CNN_C, class: 6, layer: 'relu8' },
  ]);
  const found = await page.evaluate(async (all) => {
    const golden = bare.tensors(await (await bare.file('/tests/goldens/methods.safetensors')).arrayBuffer()).arrays;
    /** @type {{ apart: number, dones: number[], steps: number[], rises: boolean, target: unknown, pixels: boolean, clean: boolean }[]} */
    const said = [];
    for (const workers of [1, 2]) {
      const engine = await bare.Relume.start({ workers });
      for (const { name, model: path, class: index, layer } of all) {
        const model = await engine.load(path);
        // As tests/goldens/methods.py was told.
        for (const [what, options] of /** @type {const} */ ([
          ['visualisation', { target: { class: index }, steps: 3 }],
          [
            'visualisation.channel',
            { target: { layer, channel: 2 }, steps: 3, stepSize: 0.1, l2: 0.01, noise: 0.3, seed: 5, jitter: 3, blur: 0.6 },
          ],
        ])) {
          const pictures = [];
          for await (const picture of model.visualise(options)) {
            pictures.push({ ...picture, data: picture.data.slice() });
            // What somebody does to a picture is nothing to the next one.
            picture.data.fill(0);
          }
          const [first, last] = [pictures[0], pictures.at(-1)];
          if (!first || !last) throw new Error('there are no pictures');
          const { shape, pixels, target } = last;
          said.push({
            apart: bare.difference(last.data, golden.get(`${name}/${what}`) ?? new Float32Array(1)),
            dones: pictures.map(({ done }) => done),
            steps: [...new Set(pictures.map(({ steps }) => steps))],
            // A blur after each step can take away more than the step has added.
            rises: last.value > first.value || 'blur' in options,
            target,
            pixels: pixels instanceof ImageData && pixels.width === shape[2] && pixels.height === shape[1],
            clean: pixels.data.every((value, i) => i % 4 !== 3 || value === 255),
          });
        }
        model.close();
      }
      engine.close();
    }
    return said;
  }, cases);
  assert.equal(found.length, 8);
  for (const { apart, dones, ...rest } of found) {
    assert.ok(apart < TOLERANCE, `${JSON.stringify(rest)}: ${apart}`);
    assert.deepEqual([dones[0], dones[1], dones.at(-1)], [0, 1, 3]);
    assert.deepEqual(
      { steps: rest.steps, rises: rest.rises, pixels: rest.pixels, clean: rest.clean },
      { steps: [3], rises: true, pixels: true, clean: true },
    );
  }
  const targets = found.map(({ target }) => target);
  assert.deepEqual(targets[1], { layer: 'relu4', channel: 2 }, 'the mean of a channel has no place');
  assert.deepEqual(targets[2], { layer: 'global_pool', channel: 6, at: [0, 0] });
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture by default grows to what the command line makes of the same seed', { timeout }, async () => {
  // With this seed rounding decides of no unit whether it fires: where it does, two right pictures part from that step on.
  const { page, context, troubles } = await openBare(browser);
  const native = JSON.parse(
    await relume(
      'visualise',
      `${ROOT}${ALL_CNN_C}`,
      '--target',
      'deer',
      '--steps',
      '12',
      '--seed',
      '6',
      '--jitter',
      '2',
      '--blur',
      '0.4',
      '--json',
      '--raw',
      '/dev/null',
    ),
  );
  const found = await page.evaluate(async (path) => {
    const engine = await bare.Relume.start({ workers: 1 });
    const model = await engine.load(path);
    /** @type {number[]} */
    const values = [];
    let last;
    for await (const picture of model.visualise({ target: 'deer', steps: 12, seed: 6, jitter: 2, blur: 0.4 })) {
      values.push(picture.value);
      last = picture;
    }
    return { begin: values[0], end: values.at(-1), target: last?.target, done: last?.done };
  }, ALL_CNN_C);
  assert.deepEqual([found.target, found.done], [native.target, 12]);
  const largest = Math.abs(native.value.end);
  assert.ok(Math.abs((found.begin ?? NaN) - native.value.begin) < TOLERANCE * largest, `${found.begin} and ${native.value.begin}`);
  assert.ok(Math.abs((found.end ?? NaN) - native.value.end) < TOLERANCE * largest, `${found.end} and ${native.value.end}`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('cancelled or left, a visualisation answers within 100 ms and leaves nothing behind', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const engine = await bare.Relume.start({ workers: 1 });
    const model = await engine.load(path);
    /** @type {{ code: string, answered: number, done: number }[]} */
    const ends = [];
    /** @type {number[]} */
    const memory = [];
    for (let i = 0; i < 30; i++) {
      const controller = new AbortController();
      let [heardAt, done, code] = [NaN, 0, 'none'];
      // If even a bare promise with the same signal is late, the machine was busy.
      controller.signal.addEventListener('abort', () => Promise.resolve().then(() => (heardAt = performance.now())));
      const isLeft = i % 3 === 2;
      // Some at any time from the beginning on, some while it grows.
      const abortIn = (/** @type {number} */ wait) => setTimeout(() => controller.abort(), wait);
      if (i % 3 === 0) abortIn((i * 37) % 200);
      try {
        for await (const picture of model.visualise({ target: { class: 3 }, steps: 100_000, signal: controller.signal })) {
          if (i % 3 === 1 && done === 0 && picture.done > 0) abortIn((i * 13) % 60);
          done = picture.done;
          if (!isLeft || done < 2) continue;
          heardAt = performance.now();
          break;
        }
      } catch (error) {
        code = /** @type {any} */ (error).code;
      }
      ends.push({ code, answered: performance.now() - heardAt, done });
      memory.push(engine.memory());
    }
    // The worker is free for something else at once.
    const map = await model.explain(await bare.file('/www/pictures/chelsea.png'), { target: { class: 3 } });
    return { ends, memory, channel: map.target.channel };
  }, ALL_CNN_C);
  for (const [i, { code, answered, done }] of found.ends.entries()) {
    assert.equal(code, i % 3 === 2 ? 'none' : 'cancelled');
    assert.ok(answered <= SOON, `answered ${answered} ms later, after ${done} steps`);
  }
  assert.ok(found.ends.some(({ code, done }) => code === 'cancelled' && done > 0));
  // One picture's run that stays behind would be more.
  assert.ok(Math.max(...found.memory.slice(10)) <= Math.max(...found.memory.slice(0, 10)) + 2 ** 20, String(found.memory));
  assert.equal(found.channel, 3);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what cannot be visualised is refused, and so is a model that was closed', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const engine = await bare.Relume.start({ workers: 1 });
    const model = await engine.load(path);
    /** @type {[any, string][]} */
    const wrong = [
      [undefined, 'invalid-target'],
      [{}, 'invalid-target'],
      [{ target: 'top' }, 'invalid-target'],
      [{ target: 'unicorn' }, 'invalid-target'],
      [{ target: 4096 }, 'invalid-target'],
      [{ target: { layer: 'conv1', channel: 4096 } }, 'invalid-target'],
      [{ target: 3, steps: 0 }, 'invalid-option'],
      [{ target: 3, steps: 1.5 }, 'invalid-option'],
      [{ target: 3, steps: 2 ** 31 }, 'invalid-option'],
      [{ target: 3, stepSize: 0 }, 'invalid-option'],
      [{ target: 3, stepSize: '0.1' }, 'invalid-option'],
      [{ target: 3, l2: -1 }, 'invalid-option'],
      [{ target: 3, noise: NaN }, 'invalid-option'],
      [{ target: 3, seed: 2 ** 32 }, 'invalid-option'],
      [{ target: 3, jitter: 32 }, 'invalid-option'],
      [{ target: 3, blur: 1e9 }, 'invalid-option'],
      [{ target: 3, rate: 0.1 }, 'invalid-option'],
      [{ target: 3, signal: {} }, 'invalid-option'],
      [{ target: 3, noise: 3e38 }, 'not-finite'],
      [{ target: 3, signal: AbortSignal.abort() }, 'cancelled'],
    ];
    const refused = await Promise.all(wrong.map(([options]) => bare.refusal(() => model.visualise(options).next())));
    const growing = model.visualise({ target: 3 });
    await growing.next();
    model.close();
    const closed = [await bare.refusal(() => growing.next()), await bare.refusal(() => model.visualise({ target: 3 }).next())];
    return { refused: refused.map(({ code, message }, i) => [code, wrong[i]?.[1], message]), closed: closed.map(({ code }) => code) };
  }, ALL_CNN_C);
  for (const [code, wanted, message] of found.refused) assert.equal(code, wanted, message);
  assert.deepEqual(found.closed, ['closed', 'closed']);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the box of a map is the command line’s, in the picture as the network saw it and in the picture itself', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const picture = '/www/pictures/chelsea.png';
  const native = (/** @type {string} */ quantile) =>
    relume(
      'explain',
      `${ROOT}${SQUEEZENET}`,
      ROOT + picture,
      '--method',
      'backprop',
      '--target',
      '285',
      '--box',
      '--box-quantile',
      quantile,
      '--json',
    ).then((said) => JSON.parse(said).box);
  const found = await page.evaluate(
    async ({ model: path, picture: file }) => {
      const engine = await bare.Relume.start({ workers: 1 });
      const model = await engine.load(path);
      const trace = await model.forward(await bare.file(file));
      const options = /** @type {const} */ ({ method: 'backprop', target: { class: 285 } });
      const map = await trace.explain(options);
      const boxes = [await map.box(), await map.box({ quantile: 0.95 }), await (await model.explain(await bare.file(file), options)).box()];
      // Of numbers that went in nobody knows a picture.
      const numbers = await (await model.forward(new Float32Array(3 * 227 * 227).map((_, i) => Math.sin(i)))).explain(options);
      const alone = await numbers.box();
      const refused = await Promise.all([
        bare.refusal(() => map.box({ quantile: 1 })),
        bare.refusal(() => map.box({ quantile: NaN })),
        bare.refusal(() => map.box(/** @type {any} */ ({ share: 0.5 }))),
      ]);
      const difference = await map.minus(map).box();
      map.data[7] = NaN;
      refused.push(await bare.refusal(() => map.box()));
      return { boxes, alone, difference, codes: refused.map(({ code }) => code) };
    },
    { model: SQUEEZENET, picture },
  );
  const regionOf = (/** @type {Record<string, number>} */ { left, top, width, height }) => ({ x: left, y: top, width, height });
  for (const [i, quantile] of ['0.8', '0.95', '0.8'].entries()) {
    const { share, seen, original } = await native(quantile);
    const { share: own, ...box } = found.boxes[i] ?? { share: NaN };
    assert.deepEqual(box, { ...regionOf(original), seen: regionOf(seen) });
    assert.ok(Math.abs(own - share) < TOLERANCE, `${own} and ${share}`);
  }
  const { seen, share, ...whole } = found.alone ?? {};
  assert.deepEqual(whole, seen);
  assert.ok((share ?? 0) > 0 && (share ?? 0) <= 1);
  assert.equal(found.difference, undefined, 'it is the same everywhere');
  assert.deepEqual(found.codes, ['invalid-option', 'invalid-option', 'invalid-option', 'not-finite']);
  assert.deepEqual(troubles, []);
  await context.close();
});
