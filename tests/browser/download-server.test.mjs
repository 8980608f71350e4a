// A model's download from a server that does not do what it should: every end of it has its code, and none is left waiting.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openBrowser } from './support/browser.mjs';
import { countingServer } from './support/counting-server.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { withReach } from './support/started-workers.mjs';

const timeout = 120_000;
const MODEL = await readFile(ROOT + ALL_CNN_C);
const TYPE = { 'Content-Type': 'application/octet-stream' };

/** @typedef {import('node:http').ServerResponse} Response */

/** @type {Awaited<ReturnType<typeof countingServer>>} */
let server;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  server = await countingServer();
  browser = await openBrowser(Promise.resolve(server));
});
after(() => browser?.close());

/** Bytes past the end of the answer, which no server is allowed to send. @param {Response} response @param {Buffer} bytes */
function withTail(response, bytes) {
  response.writeHead(200, { ...TYPE, 'Content-Length': bytes.length, Connection: 'close' });
  response.write(bytes, () => response.socket?.end(Buffer.alloc(1000, 7)));
}

/** `code`: of the error; `none` where it loads. `total`: whether the progress may say how much there is. */
const WAYS = /** @type {{ what: string, answer: (response: Response) => unknown, code: string[], total?: boolean }[]} */ ([
  {
    what: 'a length',
    answer: (response) => response.writeHead(200, { ...TYPE, 'Content-Length': MODEL.length }).end(MODEL),
    code: ['none'],
    total: true,
  },
  { what: 'no length', answer: (response) => response.writeHead(200, TYPE).end(MODEL), code: ['none'] },
  {
    what: 'compressed',
    answer(response) {
      const packed = gzipSync(MODEL);
      response.writeHead(200, { ...TYPE, 'Content-Encoding': 'gzip', 'Content-Length': packed.length }).end(packed);
    },
    code: ['none'],
  },
  { what: 'more than its length', answer: (response) => withTail(response, MODEL), code: ['none'], total: true },
  {
    what: 'less than its length',
    answer(response) {
      response.writeHead(200, { ...TYPE, 'Content-Length': MODEL.length, Connection: 'close' });
      response.write(MODEL.subarray(0, 100_000), () => response.socket?.end());
    },
    // A browser may take what has come for all there is: then the file itself shows what it lacks.
    code: ['unreadable', 'invalid-model'],
  },
  {
    what: 'broken off in the middle',
    answer(response) {
      response.writeHead(200, { ...TYPE });
      response.write(MODEL.subarray(0, 100_000), () => response.socket?.resetAndDestroy());
    },
    code: ['unreadable'],
  },
  { what: 'no bytes', answer: (response) => response.writeHead(200, { ...TYPE, 'Content-Length': 0 }).end(), code: ['invalid-model'] },
  { what: 'no body', answer: (response) => response.writeHead(204).end(), code: ['invalid-model'] },
  { what: 'an error', answer: (response) => response.writeHead(503).end('busy'), code: ['unreadable'] },
]);

for (const { what, answer, code, total } of WAYS) {
  test(`a model with ${what}, watched and not`, { timeout }, async () => {
    server.answers.set(/safetensors$/, answer);
    const { page, context } = await openBare(browser);
    const found = await page.evaluate(async (path) => {
      const relume = await bare.Relume.start({ workers: 1 });
      /** @type {{ loaded: number, total?: number }[]} */
      const seen = [];
      const watched = await bare.refusal(() => relume.load(path, { onProgress: (at) => seen.push(at) }));
      const plain = await bare.refusal(() => relume.load(path));
      relume.close();
      return { codes: [watched.code, plain.code], messages: [watched.message, plain.message], seen };
    }, ALL_CNN_C);
    server.answers.clear();
    for (const each of found.codes) assert.ok(code.includes(each), `${each}: ${found.messages}`);
    if (found.codes[0] === 'none') {
      assert.equal(found.seen.at(-1)?.loaded, MODEL.length);
      assert.deepEqual(new Set(found.seen.map((at) => at.total)), new Set([total ? MODEL.length : undefined]));
    } else if (code.includes('unreadable')) assert.match(found.messages.join(), /all-cnn-c\.safetensors|model file/);
    await context.close();
  });
}

test('a download that stands still is aborted at once, and its connection closed', { timeout }, async () => {
  const closed = new Promise((resolve) => {
    server.answers.set(/safetensors$/, (response) => {
      response.on('close', resolve);
      response.writeHead(200, { ...TYPE, 'Content-Length': MODEL.length }).write(MODEL.subarray(0, 300_000));
    });
  });
  const { page, context } = await openBare(browser);
  const code = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const controller = new AbortController();
    const refused = await bare.refusal(() => relume.load(path, { signal: controller.signal, onProgress: () => controller.abort() }));
    relume.close();
    return refused.code;
  }, ALL_CNN_C);
  assert.equal(code, 'cancelled');
  await closed;
  server.answers.clear();
  await context.close();
});

test('what onProgress throws is what load rejects with', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const thrown = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const mine = new Error("the caller's own");
    const onProgress = () => {
      throw mine;
    };
    const file = await bare.file(path);
    const caught = [];
    for (const source of [path, file]) caught.push((await relume.load(source, { onProgress }).catch((error) => error)) === mine);
    relume.close();
    return caught;
  }, ALL_CNN_C);
  assert.deepEqual(thrown, [true, true]);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a file that has changed since it was chosen: unreadable, by its name', { timeout }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'relume-file-'));
  const path = join(folder, 'changed.safetensors');
  await writeFile(path, MODEL);
  const { page, context, troubles } = await openBare(browser);
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file' })));
  await page.setInputFiles('input', path);
  await writeFile(path, MODEL.subarray(0, 1000));
  await utimes(path, new Date(), new Date(Date.now() + 60_000));
  const refused = await page.evaluate(async () => {
    const relume = await bare.Relume.start({ workers: 1 });
    const file = /** @type {File} */ (document.querySelector('input')?.files?.[0]);
    const found = await bare.refusal(() => relume.load(file));
    relume.close();
    return found;
  });
  // Firefox reads what is there now, and the file shows what it lacks.
  assert.ok(['unreadable', 'invalid-model'].includes(refused.code), refused.code);
  if (refused.code === 'unreadable') assert.match(refused.message, /changed\.safetensors/);
  assert.deepEqual(troubles, []);
  await rm(folder, { recursive: true });
  await context.close();
});

test('while one download stands still, the only worker answers other calls', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  server.answers.set(/safetensors\?stalled$/, (response) => {
    response.writeHead(200, { ...TYPE, 'Content-Length': MODEL.length }).write(MODEL.subarray(0, 300_000));
  });
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const controller = new AbortController();
    /** @type {(value: unknown) => void} */
    let begun = () => {};
    const first = new Promise((resolve) => {
      begun = resolve;
    });
    const stalled = bare.refusal(() => relume.load(`${path}?stalled`, { signal: controller.signal, onProgress: begun }));
    await first;
    const network = await relume.load(path);
    const { data } = await network.explain(await bare.file('/www/pictures/chelsea.png'), { target: { class: 3 } });
    controller.abort();
    const { code } = await stalled;
    relume.close();
    return { code, numbers: data.length };
  }, ALL_CNN_C);
  assert.deepEqual(found, { code: 'cancelled', numbers: 3 * 32 * 32 });
  assert.deepEqual(troubles, []);
  server.answers.clear();
  await context.close();
});

test('a server that sends another file the second time: after a crash the model is what it was', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser, withReach);
  const files = [MODEL, await readFile(`${ROOT}www/models/model-c.safetensors`)];
  server.answers.set(/safetensors$/, (response) => response.writeHead(200, { ...TYPE, 'Cache-Control': 'no-store' }).end(files.shift()));
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const network = await relume.load(path);
    const picture = await bare.file('/www/pictures/chelsea.png');
    const before = await network.explain(picture, { target: { class: 3 } });
    /** @type {any} */ (globalThis).started[0].terminate();
    const lost = await bare.refusal(() => network.explain(picture));
    const afterwards = await network.explain(picture, { target: { class: 3 } });
    // Whoever loads it anew gets what the server has now.
    const anew = await relume.load(path);
    const names = [network.info.name, anew.info.name];
    relume.close();
    return { lost: lost.code, same: bare.same(before.data, afterwards.data), names };
  }, ALL_CNN_C);
  assert.ok(['none', 'engine-crashed'].includes(found.lost), found.lost);
  assert.ok(found.same);
  assert.deepEqual(found.names, ['all-cnn-c', 'model-c']);
  assert.deepEqual(troubles, []);
  server.answers.clear();
  await context.close();
});
