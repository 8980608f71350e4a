// The engine stops in the middle of a call, here because its memory runs out: only that call is lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { seeded } from './support/fixtures.mjs';
import { limitEngine } from './support/limited-engine.mjs';
import { openBare } from './support/package.mjs';

const timeout = 300_000;
/** Of flex or flex-relaxed, whichever the browser can run. */
const ENGINE = '**/wasm/flex*/relume_wasm_bg.wasm';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** How much memory the engine holds after each step, and its result, when memory is not limited. @param {string} path */
async function measured(path) {
  const { page, context } = await openBare(browser);
  const found = await page.evaluate(async (model) => {
    const relume = await bare.Relume.start();
    const network = await relume.load(model);
    const loaded = relume.memory();
    const trace = await network.forward(await bare.file('/www/pictures/chelsea.png'));
    const ran = relume.memory();
    const map = await trace.explain({ target: { class: 3 } });
    return { loaded, ran, explained: relume.memory(), map: [...map.data] };
  }, path);
  await context.close();
  return found;
}

/**
 * The first engine of this page cannot have more memory than this; those after it can.
 * @param {number} bytes
 */
async function openWithLimit(bytes) {
  let engines = () => 0;
  const opened = await openBare(browser, async (context) => {
    engines = await limitEngine(context, { worker: 1, bytes });
  });
  return { ...opened, engines };
}

test('a forward pass that traps: engine-crashed, and the same call works in a fresh engine', { timeout }, async () => {
  // For a small picture the memory is enough that was needed while the model was read.
  const path = await seeded('all-cnn-c', 128);
  const { loaded, ran, map } = await measured(path);
  assert.ok(ran > loaded, `a forward pass takes memory: ${loaded} before, ${ran} after`);
  const { page, context, engines } = await openWithLimit((loaded + ran) / 2);
  const found = await page.evaluate(async (model) => {
    const relume = await bare.Relume.start();
    const network = await relume.load(model);
    const picture = await bare.file('/www/pictures/chelsea.png');
    // The second one waits for the one that crashes, and is not lost with it.
    const [crash, waiting] = await Promise.all([
      bare.refusal(() => network.forward(picture)),
      new Promise((resolve) => {
        setTimeout(resolve);
      }).then(() => relume.reluBackward('guided', [1, -1], [2, 2])),
    ]);
    const { data } = await network.explain(picture, { target: { class: 3 } });
    return { crash, waiting: [...waiting], map: [...data], name: network.info.name };
  }, path);
  assert.equal(found.crash.code, 'engine-crashed', found.crash.message);
  assert.match(found.crash.message, /forward/);
  assert.deepEqual(found.waiting, [2, 0]);
  assert.deepEqual(found.map, map, 'the fresh engine gives what an engine with enough memory gave');
  assert.equal(engines(), 2);
  await context.close();
});

test('a backward pass that traps: the model and the trace are restored', { timeout }, async () => {
  // Of All-CNN-C the backward pass is content with what the forward pass has left.
  const path = '/www/models/squeezenet-1.1.safetensors';
  const { ran, explained, map } = await measured(path);
  assert.ok(explained > ran, `a backward pass takes memory: ${ran} before, ${explained} after`);
  const { page, context, engines } = await openWithLimit(ran);
  const found = await page.evaluate(async (model) => {
    const relume = await bare.Relume.start();
    const network = await relume.load(model);
    const trace = await network.forward(await bare.file('/www/pictures/chelsea.png'));
    const crash = await bare.refusal(() => trace.explain({ target: { class: 3 } }));
    const { data } = await trace.explain({ target: { class: 3 } });
    return { crash, map: [...data], top: await trace.top(1) };
  }, path);
  assert.equal(found.crash.code, 'engine-crashed', found.crash.message);
  assert.match(found.crash.message, /explain/);
  assert.deepEqual(found.map, map);
  assert.equal(found.top.length, 1);
  assert.equal(engines(), 2);
  await context.close();
});

test('an engine that is not served is a refusal with a reason, not silence', { timeout }, async () => {
  const { page, context } = await openBare(browser, (made) => made.route(ENGINE, (route) => route.fulfill({ status: 404 })));
  const refused = await page.evaluate(() =>
    bare.refusal(async () => (await bare.Relume.start()).load('/tests/goldens/odd.model.safetensors')),
  );
  assert.equal(refused.code, 'unreadable', refused.message);
  assert.match(refused.message, /wasm\/flex/);
  await context.close();
});
