// What one pass of a network may take: small files of networks that would take minutes or gigabytes are refused, in the package, in
// relume/low-level, in the element and on the page; and `limits` allows more, or less.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { RUN_LIMITS } from '../../pkg/engine/run-limits.js';
import { RelumeError, open } from '../../pkg/low-level-node.js';
import { openBrowser } from './support/browser.mjs';
import { digests } from './support/canvas.mjs';
import { ODD, ROOT, SQUEEZENET } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

const timeout = 120_000;
/** A pooling over windows of a million pixels. */
const SLOW = '/tests/attacks/slow-pooling.safetensors';
/** Four thousand ReLUs. */
const LARGE = '/tests/attacks/many-activations.safetensors';
const SLOW_SAYS =
  'One pass of this network takes about 161 · 10⁹ operations and 50 MB of activations, and the limits are 69 · 10⁹ operations and 1074 MB of activations.';
/** @type {any[]} */
const WRONG = [
  'all',
  5,
  [],
  true,
  { operations: 0 },
  { operations: NaN },
  { activationBytes: -1 },
  { activationBytes: '9' },
  { memory: 9 },
];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('the limits are those of the command line', async () => {
  const source = await readFile(`${ROOT}crates/relume/src/graph/run_cost.rs`, 'utf8');
  /** @param {string} name */
  const shift = (name) => Number(new RegExp(`const ${name}: u64 = 1 << (\\d+);`).exec(source)?.[1]);
  assert.deepEqual(RUN_LIMITS, { operations: 2 ** shift('BUDGET_OPERATIONS'), activationBytes: 2 ** shift('BUDGET_MEMORY') });
});

test('relume/low-level refuses what takes too much, and frees it; limits allow more or less', { timeout }, async () => {
  const engine = await open();
  const [slow, large, odd] = await Promise.all([SLOW, LARGE, ODD].map((path) => readFile(ROOT + path)));
  assert.ok(slow && large && odd);
  /** @param {() => unknown} call */
  const refusal = async (call) => {
    try {
      await call();
    } catch (error) {
      assert.ok(error instanceof RelumeError, String(error));
      return error;
    }
    throw new Error('it was not refused');
  };
  for (const load of [() => engine.load(slow), () => engine.loadFile(new Blob([slow]))]) {
    const { code, message } = await refusal(load);
    assert.equal(code, 'too-large');
    assert.ok(message.startsWith(`${SLOW_SAYS} If you know where the file comes from, set \`limits\``), message);
  }
  assert.match((await refusal(() => engine.load(large))).message, /16 · 10⁹ operations and 2017 MB of activations/);
  for (const limits of /** @type {const} */ ([
    'none',
    { operations: 2e11 },
    { operations: Infinity, activationBytes: 6e7 },
    { operations: 161376000096, activationBytes: 49959384 },
  ])) {
    const model = engine.load(slow, { limits });
    assert.deepEqual(model.info().runCost, { operations: 161376000096, memory: 49959384 });
    model.free();
    await assert.rejects(async () => model.info(), { code: 'closed' });
  }
  assert.match(
    (await refusal(() => engine.load(slow, { limits: { operations: 161376000095 } }))).message,
    /about 161376000096 operations .* the limits are 161376000095 operations/,
  );
  const { operations, memory } = engine.load(odd).info().runCost;
  for (const limits of [{ operations: operations - 1 }, { activationBytes: memory - 1 }]) {
    assert.equal((await refusal(() => engine.load(odd, { limits }))).code, 'too-large', JSON.stringify(limits));
  }
  const exact = engine.load(odd, { limits: { operations, activationBytes: memory } });
  const numbers = new Float32Array(exact.info().input.shape.reduce((all, side) => all * side));
  assert.equal(exact.forward(numbers).logits().length, exact.info().classes.length);
  for (const limits of WRONG) {
    assert.equal((await refusal(() => engine.load(odd, { limits }))).code, 'invalid-option', JSON.stringify(limits));
    assert.equal((await refusal(() => engine.loadFile(new Blob([odd]), { limits }))).code, 'invalid-option', JSON.stringify(limits));
  }
  // What was refused is not kept: 200 of them would be 8 MB of weights alone.
  const before = engine.memory();
  for (let i = 0; i < 200; i++) await refusal(() => engine.load(odd, { limits: { operations: 1 } }));
  assert.equal(engine.memory(), before);
});

test('relume.load refuses the same by default, in whatever worker; limits go with the network', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async ([slow, large, squeezenet, wrong]) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const refused = [await bare.refusal(() => relume.load(slow)), await bare.refusal(() => relume.load(large))];
    const allowed = await Promise.all([relume.load(slow, { limits: 'none' }), relume.load(large, { limits: { activationBytes: 3e9 } })]);
    const codes = [];
    for (const limits of wrong) codes.push((await bare.refusal(() => relume.load(squeezenet, { limits }))).code);
    // Two workers hold it, and another network is made of it: each with the limits that it was loaded with.
    const { runCost } = (await relume.load(squeezenet)).info;
    const limits = { operations: runCost.operations, activationBytes: runCost.memory };
    const bytes = new Uint8Array(await (await bare.file(squeezenet)).arrayBuffer());
    const loading = relume.load(bytes, { limits });
    // What becomes of the bytes after the call is nothing to it.
    bytes.fill(0);
    const tight = await loading;
    const picture = await bare.file('/www/pictures/chelsea.png');
    const maps = await Promise.all([1, 2, 3, 4].map(() => tight.explain(picture)));
    const random = await tight.randomised({ from: 'conv10' });
    const low = { ...limits, operations: limits.operations - 1 };
    const tooLow = await bare.refusal(() => relume.load(squeezenet, { limits: low }));
    return {
      refused,
      allowed: allowed.map(({ info }) => info.name),
      codes,
      same: maps.every(({ data }) => bare.same(data, maps[0]?.data ?? [])),
      random: random.info.name,
      tooLow: tooLow.code,
    };
  }, /** @type {const} */ ([SLOW, LARGE, SQUEEZENET, WRONG]));
  assert.deepEqual(
    found.refused.map(({ code }) => code),
    ['too-large', 'too-large'],
  );
  assert.ok(found.refused[0]?.message.startsWith(SLOW_SAYS), found.refused[0]?.message);
  assert.equal(found.allowed.length, 2);
  assert.deepEqual(
    found.codes,
    WRONG.map(() => 'invalid-option'),
  );
  assert.ok(found.same);
  assert.equal(found.random, 'squeezenet-1.1');
  assert.equal(found.tooLow, 'too-large');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('<relume-view> says it in its place, and its attribute allows more or less', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async ([slow, odd]) => {
    await import(/** @type {string} */ ('/pkg/view.js'));
    const view = /** @type {import('../../pkg/view.js').RelumeView} */ (document.createElement('relume-view'));
    /** @returns {Promise<string>} */
    const told = () =>
      new Promise((resolve) => {
        for (const name of ['relume-explained', 'relume-error']) {
          view.addEventListener(name, (event) => resolve(/** @type {any} */ (event).detail.code ?? name), { once: true });
        }
      });
    /** @param {() => void} change */
    const after = async (change) => {
      const heard = told();
      change();
      const code = await heard;
      return [code, view.shadowRoot?.querySelector('.status')?.textContent ?? ''];
    };
    Object.assign(view, { model: slow, src: '/www/pictures/chelsea.png', loading: 'eager', lang: 'en' });
    const steps = [
      await after(() => document.body.append(view)),
      await after(() => view.setAttribute('lang', 'ko')),
      await after(() => Object.assign(view, { model: odd, lang: 'en' })),
      await after(() => Object.assign(view, { limits: { operations: 1000 } })),
      await after(() => Object.assign(view, { limits: 'operations=2e11, activationBytes=1e9' })),
    ];
    for (const limits of ['all', 'operations=', 'operations=-1', 'memory=5', 'operations', 'operations=1e12,operations=2e12']) {
      steps.push(await after(() => Object.assign(view, { limits })));
    }
    steps.push(await after(() => Object.assign(view, { limits: { operations: Infinity, activationBytes: undefined } })));
    return { steps, limits: view.limits };
  }, /** @type {const} */ ([SLOW, ODD]));
  const codes = found.steps.map(([code]) => code);
  const [refused, korean, sound, low, more, ...rest] = found.steps.map(([, words]) => words);
  assert.deepEqual(codes.slice(0, 5), ['too-large', 'too-large', 'relume-explained', 'too-large', 'relume-explained']);
  assert.ok(refused?.includes(SLOW_SAYS), refused);
  assert.match(korean ?? '', /한도를 넘습니다/);
  assert.match(low ?? '', /about \d+ operations and 0\.\d+ MB of activations, and the limits are 1000 operations/);
  assert.deepEqual([sound, more, rest.pop()], ['', '', '']);
  assert.deepEqual(codes.slice(5, -1), Array(6).fill('invalid-option'));
  for (const words of rest) assert.match(words ?? '', /limits=".*" cannot be read\. Write none, or how much one pass may take/);
  assert.equal(found.limits, 'operations=Infinity');
  assert.equal(codes.at(-1), 'relume-explained');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('on the page, a file of such a network is refused in place, and the network before it stays in use', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const maps = await digests(page);
  await page.setInputFiles('#model-file', ROOT + SLOW);
  await page.waitForSelector('#model-message[data-kind="error"]');
  const said = await page.innerText('#model-message');
  assert.ok(said.includes(SLOW_SAYS), said);
  assert.match(
    said,
    /“slow-pooling\.safetensors”.*This page does not run networks of this size; the command line does, with --allow-large\..*still in use/s,
  );
  assert.ok(!said.includes('limits`') && !said.includes('“limits”'), said);
  await page.click('[data-language="ko"]');
  await page.waitForFunction(() => document.querySelector('#model-message')?.textContent?.includes('명령줄에서는 --allow-large'));
  assert.match(await page.innerText('#model-message'), /너무 많이 드는 신경망입니다\. \(One pass/);
  assert.deepEqual(await digests(page), maps);
  assert.deepEqual(troubles, []);
  await context.close();
});
