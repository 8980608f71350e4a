// The network that the page opens with is asked for before the page's own code has run, and only once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { countingServer } from './support/counting-server.mjs';
import { explained } from './support/page.mjs';

const timeout = 300_000;

/** @type {Awaited<ReturnType<typeof countingServer>>} */
let server;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  server = await countingServer();
  browser = await openBrowser(Promise.resolve(server));
});
after(() => browser?.close());

/** What was asked for until the page explains a picture. @param {string} path */
async function askedFor(path) {
  server.forget();
  const { page, context, troubles } = await browser.open(path);
  await explained(page);
  const asked = server.asked();
  assert.deepEqual(troubles, []);
  await context.close();
  return { networks: asked.filter((each) => /safetensors/.test(each)), asked };
}

/** Asked for by main.js, as soon as it runs. */
const LIST = '/www/pictures/cifar10/gallery.json';

test('SqueezeNet where the address names none', { timeout }, async () => {
  const { networks, asked } = await askedFor('/www/');
  const squeezenet = '/www/models/squeezenet-1.1.safetensors';
  assert.equal(networks.filter((each) => each === squeezenet).length, 1, 'once, though nothing may be cached');
  assert.ok(asked.indexOf(squeezenet) < asked.indexOf(LIST), 'before main.js has run');
});

test('the one that the address names, and no other', { timeout }, async () => {
  const { networks, asked } = await askedFor('/www/#network=all-cnn-c');
  assert.equal(networks[0], '/www/models/all-cnn-c.safetensors');
  assert.equal(networks.filter((each) => each === networks[0]).length, 1);
  assert.ok(!networks.some((each) => each.includes('squeezenet')), `${networks}`);
  assert.ok(asked.indexOf(String(networks[0])) < asked.indexOf(LIST));
});

test('none too early where only the picture is named', { timeout }, async () => {
  const { networks, asked } = await askedFor('/www/#picture=cat-0000');
  assert.equal(networks[0], '/www/models/all-cnn-c.safetensors');
  assert.ok(!networks.some((each) => each.includes('squeezenet')), `${networks}`);
  assert.ok(asked.indexOf(String(networks[0])) > asked.indexOf(LIST));
});
