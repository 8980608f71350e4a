// What tells whether the built engine matches its sources, in Node and in Python: the same digests, the same lines.

import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES, sourcesDigest } from '../../scripts/engine-manifest.mjs';
import { ROOT } from '../browser/support/fixtures.mjs';
import { TOOLCHAIN, WASM, checkout, outcome } from './support/checkout.mjs';

const UP_TO_DATE = { status: 0, stdout: 'engine: pkg/wasm matches its sources\n', stderr: '' };
const BACK = 'git checkout -- pkg/wasm brings it back, make engine builds it again';
const WITHOUT = 'without it nothing tells whether pkg/wasm is up to date; git checkout --';

/** Both languages say this and no more. @param {ReturnType<typeof checkout>} copy @param {...string} lines */
function fails(copy, ...lines) {
  const expected = { status: 1, stdout: '', stderr: lines.map((line) => `engine: ${line}\n`).join('') };
  assert.deepEqual(copy.manifest('check'), expected);
  assert.deepEqual(copy.python('check'), expected);
}

/** The digest, as both languages give it. @param {ReturnType<typeof checkout>} copy */
function digest(copy) {
  const { stdout } = copy.manifest('digest');
  assert.match(stdout, /^[0-9a-f]{64}\n$/);
  assert.equal(copy.python('digest').stdout, stdout);
  return stdout;
}

test('Node and Python give one digest of this repository', () => {
  const node = outcome('node', [`${ROOT}scripts/engine-manifest.mjs`, 'digest']);
  assert.equal(node.stderr, '');
  assert.deepEqual(outcome('python3', [`${ROOT}scripts/engine_manifest.py`, 'digest']), node);
});

test('the digest is the same whatever git and the file system do to line ends and names', (t) => {
  const copy = checkout(t);
  const before = digest(copy);
  const manifest = readFileSync(join(copy.root, 'Cargo.toml'), 'utf8');
  copy.write('Cargo.toml', manifest.replaceAll('\n', '\r\n'));
  assert.equal(digest(copy), before);

  // Sorted by UTF-16, as JavaScript does by itself, the second name would come before the first.
  for (const name of ['\uff61.txt', '\u{1f600}.txt', 'a b.txt']) copy.write(`crates/relume/src/${name}`, 'one\ntwo\n');
  copy.write('crates/relume/src/\u00e9t\u00e9.txt', 'one\n');
  copy.write('crates/relume/src/bytes.bin', Buffer.from([0xff, 0, 0x0d, 0x0d, 0x0a, 0xe9]));
  const named = digest(copy);
  assert.notEqual(named, before);
  const folder = join(copy.root, 'crates/relume/src');
  renameSync(join(folder, '\u00e9t\u00e9.txt'), join(folder, 'e\u0301te\u0301.txt'));
  assert.equal(digest(copy), named, 'an accent as macOS may spell it');
  const latin = outcome('python3', [join(copy.root, 'scripts/engine_manifest.py'), 'digest'], {
    env: { ...process.env, LC_ALL: 'POSIX', PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' },
  });
  assert.equal(latin.stdout, named, 'in a locale of ASCII alone');
});

test('what does not decide the engine is not in the digest, and what does is', (t) => {
  const copy = checkout(t);
  const before = digest(copy);
  for (const path of ['tests/more.rs', 'webdriver.json', 'README.md', 'src/.DS_Store']) {
    copy.write(`crates/relume-wasm/${path}`, 'another');
  }
  assert.equal(digest(copy), before);
  for (const path of ['crates/relume/src/tests/deep.rs', 'crates/relume-kernels/new.txt', 'Cargo.lock']) {
    const last = digest(copy);
    copy.write(path, 'another');
    assert.notEqual(digest(copy), last, path);
  }
  assert.equal(`${sourcesDigest(copy.root)}\n`, digest(copy), 'as a function');
});

test('a manifest is the same bytes for the same build, and each build is written by itself', (t) => {
  const copy = checkout(t);
  const path = join(copy.root, 'pkg/wasm/engine.json');
  const before = readFileSync(path, 'utf8');
  const { builds } = JSON.parse(before);
  assert.deepEqual(Object.keys(builds), ['flex-relaxed', 'flex', 'onnx', 'checkpoint']);
  assert.deepEqual(Object.keys(builds.flex), ['sources', 'toolchain', 'files']);
  assert.deepEqual(Object.keys(builds.flex.files), FILES);
  assert.equal(builds.flex.files['relume_wasm_bg.wasm'].bytes, WASM.length);
  assert.ok(before.endsWith('}\n') && !before.includes(copy.root));

  const [rustc = '', version = '', ...others] = TOOLCHAIN;
  assert.equal(copy.manifest('write', 'flex-relaxed', ...others, rustc, version).status, 0, 'options in any order');
  assert.equal(readFileSync(path, 'utf8'), before);
  copy.write('pkg/wasm/flex/relume_wasm.js', '// another\n');
  assert.equal(copy.manifest('write', 'flex', '--sources', 'a'.repeat(64), ...TOOLCHAIN).status, 0);
  const { builds: after } = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual(after['flex-relaxed'], builds['flex-relaxed']);
  assert.equal(after.flex.sources, 'a'.repeat(64));
  assert.equal(after.flex.files['relume_wasm.js'].bytes, '// another\n'.length);
  assert.deepEqual(JSON.parse(copy.manifest('toolchain', 'flex').stdout), builds.flex.toolchain);
  for (const args of [
    ['write', 'ndarray', ...TOOLCHAIN],
    ['write', 'flex'],
    ['check', 'ndarray'],
    ['nothing'],
    [],
    ['write', 'flex', '--sources', '', ...TOOLCHAIN],
    ['toolchain'],
  ]) {
    const { status, stderr } = copy.manifest(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^engine: .*\nusage: /);
  }
});

test('an engine of these sources, one of others, and one of each', (t) => {
  const copy = checkout(t);
  assert.deepEqual(copy.manifest('check'), UP_TO_DATE);
  assert.deepEqual(copy.python('check'), UP_TO_DATE);

  copy.write('crates/relume/src/lib.rs', '// another');
  fails(
    copy,
    'pkg/wasm/flex-relaxed, pkg/wasm/flex, pkg/wasm/onnx and pkg/wasm/checkpoint are out of date: they do not match their sources; ' +
      'make engine builds them again',
  );
  copy.manifest('write', 'flex', ...TOOLCHAIN);
  for (const build of ['onnx', 'checkpoint']) copy.manifest('write', build, ...TOOLCHAIN);
  fails(copy, 'pkg/wasm/flex-relaxed is out of date: it does not match its sources; make engine builds it again');
  const states = 'flex-relaxed out of date\nflex up to date\nonnx up to date\ncheckpoint up to date\n';
  assert.equal(copy.manifest('state').stdout, states);
  assert.equal(copy.python('state').stdout, states);
  for (const tool of [copy.manifest, copy.python]) {
    assert.deepEqual(tool('check', 'flex'), { ...UP_TO_DATE, stdout: 'engine: pkg/wasm/flex matches its sources\n' });
  }
});

test('files that are missing or changed are named, and how to get them back', (t) => {
  const copy = checkout(t);
  copy.remove('pkg/wasm/flex/relume_wasm.js');
  fails(copy, `pkg/wasm/flex/relume_wasm.js is missing; ${BACK}`);
  copy.remove('pkg/wasm/flex-relaxed');
  const changed = Buffer.from(WASM);
  changed[4] = 2; // of the same length
  copy.write('pkg/wasm/flex/relume_wasm_bg.wasm', changed);
  fails(
    copy,
    `pkg/wasm/flex-relaxed and pkg/wasm/flex/relume_wasm.js are missing; ${BACK.replaceAll(' it ', ' them ')}`,
    `pkg/wasm/flex/relume_wasm_bg.wasm has changed since it was built; ${BACK}`,
  );
  assert.equal(copy.manifest('state').status, 1);
  assert.equal(copy.python('state').status, 1);
  copy.remove('crates/relume-kernels');
  copy.remove('pkg/wasm');
  fails(
    copy,
    `pkg/wasm/engine.json is missing; ${BACK}`,
    `crates/relume-kernels is missing; ${WITHOUT} crates/relume-kernels brings it back`,
  );
});

test('a broken manifest or list of sources is said to be broken, and writing mends the manifest', (t) => {
  const copy = checkout(t);
  const whole = readFileSync(join(copy.root, 'pkg/wasm/engine.json'), 'utf8');
  for (const [text, why] of [
    [whole.slice(0, 200), 'it is not JSON'],
    ['', 'it is not JSON'],
    ...['null', '[]', '{}', '{"builds": 7}', '{"builds": {"flex-relaxed": {}}}', whole.replace('sha256": "', '$&x')].map((each) => [
      each,
      'its entry for flex-relaxed is not complete',
    ]),
  ]) {
    copy.write('pkg/wasm/engine.json', text);
    fails(copy, `pkg/wasm/engine.json is broken (${why}); ${BACK}`);
  }
  for (const build of ['checkpoint', 'onnx', 'flex', 'flex-relaxed']) copy.manifest('write', build, ...TOOLCHAIN);
  assert.equal(readFileSync(join(copy.root, 'pkg/wasm/engine.json'), 'utf8'), whole);
  for (const text of ['{', '{}']) {
    copy.write('scripts/engine-sources.json', text);
    fails(copy, 'scripts/engine-sources.json is broken');
  }
  copy.remove('scripts/engine-sources.json');
  fails(copy, `scripts/engine-sources.json is missing; ${WITHOUT} scripts/engine-sources.json brings it back`);
});

test('the check opens no connection and starts no program', (t) => {
  const copy = checkout(t);
  const tool = join(copy.root, 'scripts/engine_manifest.py');
  const watched = `
import runpy, sys
def hook(event, _):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")):
        raise SystemExit("not allowed: " + event)
sys.addaudithook(hook)
sys.argv[1:] = ["check"]
runpy.run_path(${JSON.stringify(tool)}, run_name="__main__")`;
  assert.deepEqual(outcome('python3', ['-c', watched]), UP_TO_DATE);

  const script = join(copy.root, 'scripts/engine-manifest.mjs');
  const env = { ...process.env, NODE_DEBUG: 'net,http,child_process,dns' };
  assert.deepEqual(outcome('node', [script, 'check'], { env }), UP_TO_DATE, 'else Node would tell of it on its stderr');
});
