// The engine as it lies in the repository: what is in the modules, and what is not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { BUILDS, FILES } from '../../scripts/engine-manifest.mjs';
import { ROOT } from '../browser/support/fixtures.mjs';

const timeout = 120_000;
/** Bytes of a module as it is stored; what visitors download of it is scripts/size-limit.mjs's. */
const LIMIT = 3_000_000;
const MODULE = 'relume_wasm_bg.wasm';
/** The folders in which people and build machines keep what is theirs. */
const OF_A_MACHINE =
  /(?<![\w.-])(?:\/(?:home|root|Users|tmp|var|opt|usr|mnt|srv|work|workspace|builds?|private|github|__w)\/|[A-Za-z]:\\Users\\)[^\0"'`\s]*/g;

/** @param {string} build @param {string} file */
const read = (build, file) => readFile(`${ROOT}pkg/wasm/${build}/${file}`);

/** The module as text, by binaryen. @param {import('node:test').TestContext} t @param {string} build */
async function disassembled(t, build) {
  const folder = await mkdtemp(join(tmpdir(), 'relume-engine-'));
  t.after(() => rm(folder, { recursive: true }));
  const text = join(folder, 'module.wat');
  await promisify(execFile)(`${ROOT}node_modules/.bin/wasm-dis`, [`${ROOT}pkg/wasm/${build}/${MODULE}`, '-o', text]);
  return readFile(text, 'utf8');
}

/** @param {string} text @param {RegExp} instruction */
const count = (text, instruction) => text.match(instruction)?.length ?? 0;

test('only the build for browsers with relaxed SIMD has instructions of it', { timeout }, async (t) => {
  const [plain, relaxed] = await Promise.all(['flex', 'flex-relaxed'].map((build) => disassembled(t, build)));
  const RELAXED = /\(\w+\.relaxed_\w+/g;
  assert.equal(count(plain ?? '', RELAXED), 0);
  assert.ok(count(relaxed ?? '', RELAXED) > 100, 'the kernels use none');
  for (const text of [plain, relaxed]) assert.ok(count(text ?? '', /\(f32x4\.mul/g) > 100, 'the kernels use no SIMD at all');
});

for (const build of BUILDS) {
  test(`${build} names no path of the machine it was built on`, async () => {
    for (const file of FILES) {
      const text = (await read(build, file)).toString('latin1');
      assert.deepEqual(text.match(OF_A_MACHINE) ?? [], [], file);
      // Strings lie beside each other without a sign between them, so a path may seem to go on from the one before.
      for (const part of ['/.cargo/', '/registry/src/', '/toolchains/', ROOT, process.env.HOME]) {
        if (part && part !== '/') assert.ok(!text.includes(part), `${file}: ${part}`);
      }
    }
    // The paths that rustc was told to write instead: so this looks where paths are.
    assert.match((await read(build, MODULE)).toString('latin1'), /crates\.io\/(burn|serde)/);
  });

  test(`${build} is a module of less than ${LIMIT / 1e6} MB`, async () => {
    const bytes = await read(build, MODULE);
    assert.ok(bytes.length < LIMIT, `${bytes.length} bytes`);
    // Node 20 has no relaxed SIMD, later ones do.
    if (build === 'flex') assert.ok(WebAssembly.validate(bytes));
  });
}
