// The package installed from its tarball, in the four places it is for: a plain page, Vite, webpack, Node.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer } from 'vite';
import { pack, run } from './support/install.mjs';
import { site } from './support/site.mjs';
import { visit, visitExample } from './support/visit.mjs';

const timeout = 120_000;
const SIZE = 32;
/** Of the map's largest value: relaxed SIMD, where a browser has it, rounds otherwise. */
const TOLERANCE = 1e-4;

const HEADLESS = `
  import { readFile } from 'node:fs/promises';
  import { open } from 'relume/low-level';
  const engine = await open({ relaxed: false });
  const model = engine.load(await readFile('model.safetensors'));
  const trace = model.forwardPicture(await readFile('picture.rgba'), ${SIZE}, ${SIZE});
  const { data } = trace.explain('guided', 'top');
  console.log(JSON.stringify([...data]));
`;

/** @typedef {Awaited<ReturnType<typeof visitExample>>} Visited */

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
/** @type {string} */
let plain;
/** @type {Visited} */
let shown;
/** What Node has for the same pixels. @type {number[]} */
let expected;

before(
  async () => {
    packed = await pack();
    plain = await packed.example('plain');
    shown = await visitExample(site(plain));
    await writeFile(join(plain, 'picture.rgba'), Uint8Array.from(shown.found.picture));
    expected = JSON.parse(await run(plain, 'node', '--input-type=module', '--eval', HEADLESS));
  },
  { timeout },
);
after(() => packed?.remove());

/** @param {Visited} visited */
function assertShown({ found, troubles }) {
  assert.deepEqual(troubles, []);
  assert.match(found.answer ?? '', /^cat, \d+\.\d %$/);
  assert.equal(found.map.length, 3 * SIZE * SIZE);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const apart = found.map.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? NaN))), 0);
  assert.ok(largest > 0 && apart <= TOLERANCE * largest, `${apart} apart, of ${largest} at most`);
  assert.ok(new Set(found.drawn).size > 20, 'a map is drawn');
}

test('a plain page with an import map', () => assertShown(shown));

test('the same bits in a browser and in Node, without relaxed SIMD', { timeout }, async () => {
  const { found, troubles } = await visit(site(plain), 'map', async () => {
    /** @type {typeof import('../../pkg/index.js')} */
    // @ts-ignore the page's import map knows it
    const { Relume } = await import('relume');
    const relume = await Relume.start({ relaxed: false });
    const model = await relume.load('/model.safetensors');
    const map = await model.explain(await (await fetch('/picture.jpg')).blob());
    return [...map.data];
  });
  assert.deepEqual(troubles, []);
  assert.deepEqual(found, expected);
});

test('Vite, built', { timeout }, async () => {
  const project = await packed.example('vite');
  await run(project, 'npm', 'run', 'build');
  assertShown(await visitExample(site(join(project, 'dist'))));
});

test('Vite, while developing', { timeout }, async () => {
  const project = await packed.example('vite');
  const server = await createServer({ root: project, logLevel: 'error', server: { host: '127.0.0.1' } });
  await server.listen();
  const [url = ''] = server.resolvedUrls?.local ?? [];
  assertShown(await visitExample(Promise.resolve({ origin: url.replace(/\/$/, ''), close: () => server.close() })));
});

test('webpack', { timeout }, async () => {
  const project = await packed.example('webpack');
  await run(project, 'npm', 'run', 'build');
  assertShown(await visitExample(site(project)));
});

test('Node', { timeout }, async () => {
  const project = await packed.example('node');
  const header = Buffer.from(`P6\n${SIZE} ${SIZE}\n255\n`);
  const rgb = Uint8Array.from(shown.found.picture.filter((_, i) => i % 4 < 3));
  await writeFile(join(project, 'picture.ppm'), Buffer.concat([header, rgb]));
  const said = await run(project, 'node', 'explain.js', 'model.safetensors', 'picture.ppm', 'map.ppm');
  assert.match(said, /^cat, score \d/);
  const drawn = await readFile(join(project, 'map.ppm'));
  assert.deepEqual(drawn.subarray(0, header.length), header);
  const other = shown.found.drawn.filter((_, i) => i % 4 < 3);
  const apart = drawn.subarray(header.length).reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? NaN))), 0);
  assert.ok(apart <= 1, `drawn as in the browser, but ${apart} levels apart`);
});
