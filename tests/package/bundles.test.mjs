// What bundlers make of a part of the package: no more than that part.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../browser/support/fixtures.mjs';
import { pack, run } from './support/install.mjs';
import { site } from './support/site.mjs';
import { visit } from './support/visit.mjs';

const timeout = 120_000;
/** Where each puts what it builds from src/index.js, by its defaults but for one entry. */
const BUNDLERS = {
  // `modules`: the engine's two builds; Vite also brings what reads files of other tools, though nobody asks for it.
  vite: { build: ['vite', 'build', '--logLevel', 'error'], script: '/src/index.js', root: 'dist', modules: 4 },
  webpack: { build: ['webpack', '--mode', 'production'], script: '/dist/main.js', root: '', modules: 2 },
};

const ERROR_ALONE = `
  import { RelumeError } from 'relume';
  globalThis.result = new RelumeError('closed', 'closed').code;
`;
const LOW_LEVEL = `
  import { open } from 'relume/low-level';
  const engine = await open({ relaxed: false });
  globalThis.result = [engine.build, ...await engine.reluBackward('guided', [1, -1, 5], [-2, 3, 6])];
`;

/** @param {Buffer} onnx */
const own = (onnx) => `
  import { Relume } from 'relume';
  const relume = await Relume.start({ workers: 1 });
  const model = await relume.load(Uint8Array.from(${JSON.stringify([...onnx])}), { input: 'imagenet', title: 'Plain' });
  globalThis.result = [model.info.title, model.info.classes.length];
`;

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
before(
  async () => {
    packed = await pack();
  },
  { timeout },
);
after(() => packed?.remove());

/**
 * Bundles a program, and runs it.
 * @param {keyof typeof BUNDLERS} bundler
 * @param {string} name
 * @param {string} program
 */
async function bundle(bundler, name, program) {
  const {
    build: [command = '', ...args],
    script,
    root,
  } = BUNDLERS[bundler];
  const project = await packed.install(`${bundler}-${name}`, {
    'index.html': `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`,
    'src/index.js': program,
  });
  await run(project, command, ...args);
  const { found, troubles } = await visit(site(join(project, root)), 'result', () => Reflect.get(globalThis, 'result'));
  assert.deepEqual(troubles, []);
  const files = await readdir(join(project, 'dist'), { recursive: true });
  const code = files.filter((file) => file.endsWith('.js')).map((file) => readFile(join(project, 'dist', file), 'utf8'));
  return { found, files, code: (await Promise.all(code)).join('\n') };
}

for (const bundler of /** @type {const} */ (['vite', 'webpack'])) {
  test(`${bundler}: the error alone brings no worker and no engine`, { timeout }, async () => {
    const { found, files, code } = await bundle(bundler, 'error', ERROR_ALONE);
    assert.equal(found, 'closed');
    assert.deepEqual(
      files.filter((file) => /worker|wasm/.test(file)),
      [],
    );
    assert.ok(!/Worker|WebAssembly/.test(code) && code.length < 2000, `${code.length} bytes of code`);
  });

  test(`${bundler}: relume/low-level runs on the page, without anything of Node's`, { timeout }, async () => {
    const { found, files, code } = await bundle(bundler, 'low-level', LOW_LEVEL);
    assert.deepEqual(found, ['flex', 0, 0, 6]);
    assert.deepEqual(
      files.filter((file) => /worker/.test(file)),
      [],
    );
    assert.equal(files.filter((file) => file.endsWith('.wasm')).length, BUNDLERS[bundler].modules);
    assert.ok(!/node:|new Worker/.test(code));
  });

  test(`${bundler}: an ONNX file is read in the worker`, { timeout }, async () => {
    const onnx = await readFile(`${ROOT}crates/relume-onnx/tests/files/plain-dynamo.onnx`);
    const { found } = await bundle(bundler, 'onnx', own(onnx));
    assert.deepEqual(found, ['Plain', 5]);
  });
}
