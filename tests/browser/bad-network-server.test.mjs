// The page and a server that sends its networks badly: it is said in place, the network before stays, and another can be chosen.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { digests } from './support/canvas.mjs';
import { countingServer } from './support/counting-server.mjs';
import { ROOT } from './support/fixtures.mjs';
import { WITH_ALL_CNN_C, choose, explained, troubled } from './support/page.mjs';

const timeout = 240_000;
const MODEL = await readFile(`${ROOT}www/models/model-c.safetensors`);
const PATH = /model-c\.safetensors$/;

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

/** @type {[what: string, answer: (response: Response) => unknown, says: RegExp][]} */
const WAYS = [
  [
    'breaks off in the middle',
    (response) => {
      response.writeHead(200);
      response.write(MODEL.subarray(0, 100_000), () => response.socket?.resetAndDestroy());
    },
    /could not be fetched/,
  ],
  [
    'sends half of it under the whole length',
    (response) => {
      response.writeHead(200, { 'Content-Length': MODEL.length, Connection: 'close' });
      response.write(MODEL.subarray(0, MODEL.length >> 1), () => response.socket?.end());
    },
    /could not be fetched|could not be loaded/,
  ],
  [
    'sends half of it as if it were all',
    (response) => response.writeHead(200).end(MODEL.subarray(0, MODEL.length >> 1)),
    /could not be loaded/,
  ],
  ['sends a page instead', (response) => response.writeHead(200).end('<!doctype html><img src=x onerror=alert(1)>'), /could not be loaded/],
  ['is too busy', (response) => response.writeHead(503).end(), /could not be fetched/],
];

for (const [what, answer, says] of WAYS)
  test(`a server that ${what}`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
    await explained(page);
    const maps = await digests(page);
    server.answers.set(PATH, answer);
    await page.click('input[name=network][value=model-c]'); // not `check`: it jumps back
    assert.match(await troubled(page), says);
    assert.match(await page.innerText('#status-text'), /All-CNN-C is still in use/);
    assert.ok(await page.isChecked('input[name=network][value=all-cnn-c]'));
    assert.deepEqual(await digests(page), maps);
    // What is there can be used, and once the server is well, so can the other.
    await page.click('#sample-deer-0001');
    // It says the trouble until it looks at the picture.
    await page.waitForSelector('#status:not([data-kind="error"])', { timeout: 120_000 });
    await explained(page, 'A deer');
    server.answers.clear();
    await choose(page, 'model-c');
    assert.match(await page.innerText('#engine-summary'), /Model C/);
    assert.deepEqual(
      troubles.filter((trouble) => !/Failed to load resource|network:/.test(trouble)),
      [],
    );
    await context.close();
  });

for (const [where, sent] of /** @type {const} */ ([
  ['before its answer', 0],
  ['in the middle', 300_000],
]))
  test(`a server that stands still ${where} and goes on later: the page says so, and waits`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
    await explained(page);
    const goOn = new Promise((resolve) => {
      server.answers.set(PATH, (response) => {
        const begin = () => response.writeHead(200, { 'Content-Length': MODEL.length });
        if (sent > 0) begin().write(MODEL.subarray(0, sent));
        resolve(() => (sent > 0 ? response : begin()).end(MODEL.subarray(sent)));
      });
    });
    await page.check('input[name=network][value=model-c]');
    await page.waitForFunction(() =>
      /^No data for Model C has arrived for 8 seconds/.test(document.querySelector('#status-text')?.textContent ?? ''),
    );
    assert.equal(await page.getAttribute('#status', 'data-kind'), 'busy');
    await page.click('[data-language="ko"]');
    await page.waitForFunction(() => /^8초 동안/.test(document.querySelector('#status-text')?.textContent ?? ''));
    await page.click('[data-language="en"]');
    (await goOn)();
    await page.waitForFunction(() => /Model C/.test(document.querySelector('#engine-summary')?.textContent ?? ''));
    await explained(page);
    server.answers.clear();
    // Nothing more is said of it once it is there.
    await page.waitForTimeout(9000);
    assert.doesNotMatch(await page.innerText('#status-text'), /No data for/);
    assert.deepEqual(troubles, []);
    await context.close();
  });

test('a server that stands still: another network can be chosen meanwhile, and the download ends', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  const maps = await digests(page);
  const ended = new Promise((resolve) => {
    server.answers.set(PATH, (response) => {
      response.on('close', resolve);
      response.writeHead(200, { 'Content-Length': MODEL.length }).write(MODEL.subarray(0, 300_000));
    });
  });
  await page.check('input[name=network][value=model-c]');
  await page.waitForFunction(() => /Fetching Model C/.test(document.querySelector('#status-text')?.textContent ?? ''));
  await choose(page, 'squeezenet-1.1');
  await ended;
  server.answers.clear();
  await choose(page, 'all-cnn-c');
  assert.deepEqual(await digests(page), maps);
  assert.deepEqual(troubles, []);
  await context.close();
});
