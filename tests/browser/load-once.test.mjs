// The engine is fetched and compiled once for all workers, and a network is fetched once, from a server that forbids the
// browser to keep anything.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { countingServer } from './support/counting-server.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 120_000;
const WASM = /\/relume_wasm_bg\.wasm$/;

/** @type {Awaited<ReturnType<typeof countingServer>>} */
let server;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  server = await countingServer();
  browser = await openBrowser(Promise.resolve(server));
});
after(() => browser?.close());

const SECOND_WORKER = /** @type {const} */ ([ALL_CNN_C, '/www/pictures/chelsea.png']);

/** In the page: has a second worker start and load the network; gives how many workers hold one. @param {readonly [string, string]} paths */
async function twoWorkers([path, picture]) {
  const relume = await bare.Relume.start({ workers: 2 });
  const network = await relume.load(path);
  const trace = await network.forward(await bare.file(picture));
  await trace.explain();
  const one = relume.memory();
  for (let rounds = 0; rounds < 500 && relume.memory() < 1.5 * one; rounds++) {
    await Promise.all([0, 1, 2, 3].map((index) => trace.explain({ target: { class: index } })));
  }
  const both = relume.memory() >= 1.5 * one;
  relume.close();
  return both;
}

test('a second worker fetches neither the engine nor the network', { timeout }, async () => {
  server.forget();
  const { page, context, troubles } = await openBare(browser);
  assert.ok(await page.evaluate(twoWorkers, SECOND_WORKER), 'a second worker has loaded the network');
  assert.equal(server.count(/\/pkg\/worker\/worker\.js$/), 2, 'two workers started');
  assert.equal(server.count(WASM), 1, 'the engine');
  assert.equal(server.count(/all-cnn-c\.safetensors$/), 1, 'the network');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the engine is compiled once: the second worker is given the module', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser, (opening) =>
    opening.addInitScript(() => {
      const started = Object.assign(globalThis, { started: /** @type {string[]} */ ([]) }).started;
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (/** @type {any[]} */ ...message) {
        if (message[0].operation === 'start') started.push(message[0].request.module ? 'given a module' : 'compiles');
        return Reflect.apply(post, this, message);
      };
    }),
  );
  assert.ok(await page.evaluate(twoWorkers, SECOND_WORKER));
  assert.deepEqual(await page.evaluate('started'), ['compiles', 'given a module']);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a server that sends the engine as another type: it runs, and the console says what it costs', { timeout }, async () => {
  server.answers.set(WASM, async (response, path) => {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(await readFile(ROOT + path));
  });
  /** @type {string[]} */
  const said = [];
  const { page, context, troubles } = await openBare(browser, async (opening) => {
    opening.on('console', (message) => message.type() === 'warning' && said.push(message.text()));
  });
  assert.ok(await page.evaluate(twoWorkers, SECOND_WORKER));
  server.answers.delete(WASM);
  assert.equal(said.length, 1, `said once, though two workers run: ${said}`);
  assert.match(said[0] ?? '', /^relume: .*relume_wasm_bg\.wasm as "application\/octet-stream"\. .*application\/wasm/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a site that was updated since the page was opened: a new worker starts the newer engine', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  server.forget();
  await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 2 });
    const network = await relume.load(path);
    Object.assign(globalThis, { relume, network });
  }, ALL_CNN_C);
  // The same engine, but for the name of an import, which wasm-bindgen derives from the sources: it is as long as before.
  const [old, fresh] = ['__wbg_Error_', '__wbg_Fault_'];
  server.answers.set(/\/relume_wasm(_bg\.wasm|\.js)$/, async (response, path) => {
    const type = path.endsWith('.js') ? 'text/javascript' : 'application/wasm';
    const file = (await readFile(ROOT + path)).toString('latin1').replaceAll(old ?? '', fresh ?? '');
    response.writeHead(200, { 'Content-Type': type }).end(Buffer.from(file, 'latin1'));
  });
  const both = await page.evaluate(async (picture) => {
    const { relume, network } = /** @type {any} */ (globalThis);
    const trace = await network.forward(await bare.file(picture));
    const one = relume.memory();
    for (let rounds = 0; rounds < 500 && relume.memory() < 1.5 * one; rounds++) {
      await Promise.all([0, 1, 2, 3].map((index) => trace.explain({ target: { class: index } })));
    }
    return relume.memory() >= 1.5 * one;
  }, SECOND_WORKER[1]);
  server.answers.clear();
  assert.ok(both, 'the second worker works');
  assert.equal(server.count(WASM), 2, 'the engine of before, and the newer one');
  assert.deepEqual(troubles, []);
  await context.close();
});
