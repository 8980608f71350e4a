// A folder with the parts of this repository that `make run` needs, and small files in place of the built engine.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { BUILDS, FILES } from '../../../scripts/engine-manifest.mjs';
import { ROOT } from '../../browser/support/fixtures.mjs';

const { files, folders } = JSON.parse(readFileSync(join(ROOT, 'scripts/engine-sources.json'), 'utf8'));
const COPIED = [
  ...files,
  ...folders,
  'Makefile',
  'www/index.html',
  'pkg/index.js',
  'scripts/browser.sh',
  'scripts/run.sh',
  'scripts/serve.mjs',
  'scripts/serve.py',
  'scripts/engine-sources.json',
  'scripts/engine-manifest.mjs',
  'scripts/engine_manifest.py',
];

/** An empty module: the shortest file that a browser takes for wasm. */
export const WASM = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** The versions that the stand-ins claim to be built with. */
export const TOOLCHAIN = ['--rustc', '1.95.0', '--std', '1.95.0', '--wasm-bindgen', '0.2.130', '--wasm-opt', '132'];

/** Says what it is asked for and writes another file for that build, as the real script does after some minutes. */
const BUILD_SCRIPT = `#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
echo "building $1"
echo "// built anew" >"pkg/wasm/$1/relume_wasm.js"
node scripts/engine-manifest.mjs write "$1" ${TOOLCHAIN.join(' ')}
`;

/**
 * @param {import('node:test').TestContext} t the folder is gone when it ends
 */
export function checkout(t) {
  const outer = mkdtempSync(join(tmpdir(), 'relume run '));
  t.after(() => {
    setWritable(outer, true);
    rmSync(outer, { recursive: true, force: true });
  });
  chmodSync(outer, 0o755); // another user may have to look in
  const root = join(outer, 'a copy of relume');
  for (const path of COPIED) cpSync(join(ROOT, path), join(root, path), { recursive: true });
  mkdirSync(join(root, '.git'));

  const copy = {
    root,
    outer,

    /** @param {string} path @param {string | Buffer} content @param {number} [mode] */
    write(path, content, mode = 0o644) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
      chmodSync(join(root, path), mode);
    },

    /** @param {string} path */
    remove: (path) => rmSync(join(root, path), { recursive: true }),

    /** @param {...string} args of engine-manifest.mjs */
    manifest: (...args) => outcome('node', [join(root, 'scripts/engine-manifest.mjs'), ...args]),

    /** @param {...string} args of engine_manifest.py */
    python: (...args) => outcome('python3', [join(root, 'scripts/engine_manifest.py'), ...args]),

    readOnly: () => setWritable(outer, false),

    /**
     * A folder that is all there is on the PATH, with links to these programs.
     * @param {string[]} programs
     * @param {Record<string, string>} [scripts] programs of our own, by name
     */
    path(programs, scripts = {}) {
      const folder = mkdtempSync(join(outer, 'path '));
      chmodSync(folder, 0o755);
      for (const program of programs) symlinkSync(found(program), join(folder, program));
      for (const [name, text] of Object.entries(scripts)) {
        writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      }
      return folder;
    },
  };
  copy.write('scripts/setup.sh', '#!/bin/sh\necho "setup $1"\n', 0o755);
  copy.write('scripts/build-engine.sh', BUILD_SCRIPT, 0o755);
  for (const build of BUILDS) {
    for (const name of FILES) {
      copy.write(`pkg/wasm/${build}/${name}`, name.endsWith('.wasm') ? WASM : `// ${build} ${name}\n`);
    }
    assert.deepEqual(copy.manifest('write', build, ...TOOLCHAIN), { status: 0, stdout: '', stderr: '' });
  }
  return copy;
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function outcome(command, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { timeout: 60_000, ...options, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/**
 * Where a program is. The system's own comes first: another may be a script, or open to its owner alone.
 * @param {string} program
 */
function found(program) {
  if (program === 'node') return process.execPath;
  for (const folder of ['/usr/bin', '/bin', ...(process.env.PATH ?? '').split(delimiter)]) {
    if (existsSync(join(folder, program))) return join(folder, program);
  }
  throw new Error(`${program} is needed and is not on the PATH`);
}

/** @param {string} path a folder, with all that is in it @param {boolean} writable */
function setWritable(path, writable) {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return;
  chmodSync(path, writable ? status.mode | 0o200 : status.mode & ~0o222);
  if (status.isDirectory()) for (const name of readdirSync(path)) setWritable(join(path, name), writable);
}
