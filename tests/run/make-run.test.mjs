// `make run` in a copy of this repository: with a space in its path, without a .git, and with no program on the PATH
// but those named, so that nothing can be fetched or installed. Where all is well it is read-only, too.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { TOOLCHAIN, WASM, checkout, outcome } from './support/checkout.mjs';
import { NOBODY, ask, barred, start } from './support/served.mjs';

const timeout = 60_000;
const OLDER = 'run: serving an engine that is out of date';
const SERVING = 'serving the page needs Node 20 or Python 3.8, or later';
const NODE_AT = 'Node is at https://nodejs.org';
/** What building needs beyond make, sh and Node; cargo only has to be there, as the build script is a stand-in. */
const BUILDING = /** @type {const} */ ([['make', 'sh', 'node', 'bash', 'dirname'], { cargo: 'exit 1' }]);

/**
 * @param {ReturnType<typeof checkout>} copy
 * @param {string} path all that is on the PATH
 * @param {NodeJS.ProcessEnv} [env]
 */
function options(copy, path, env = {}) {
  return { cwd: copy.root, env: { PATH: path, HOME: copy.outer, PORT: '0', ...env } };
}

/**
 * @param {import('node:test').TestContext} t
 * @param {ReturnType<typeof checkout>} copy
 * @param {string} path
 * @param {import('node:child_process').SpawnOptions & { env?: NodeJS.ProcessEnv }} [more]
 */
async function makeRun(t, copy, path, { env, ...more } = {}) {
  const server = await start(t, join(path, 'make'), ['run'], { ...options(copy, path, env), ...more });
  assert.equal((await ask(server.port, '/www/')).status, 200);
  return { ...server, said: server.lines.slice(0, -1) };
}

/**
 * @param {ReturnType<typeof checkout>} copy
 * @param {string} path
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string[]} what it says, make's own line about the failure left out
 */
function makeFails(copy, path, env = {}) {
  const { status, stdout, stderr } = outcome(join(path, 'make'), ['run'], options(copy, path, env));
  assert.deepEqual([status, stdout], [2, ''], stderr); // make's status
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('make'));
}

for (const language of ['node', 'python3']) {
  test(`read-only, with make, sh and ${language} alone`, { timeout, skip: barred }, async (t) => {
    const copy = checkout(t);
    const path = copy.path(['make', 'sh', language]);
    copy.readOnly();
    const { port, said, errors, stop } = await makeRun(t, copy, path, NOBODY);
    assert.deepEqual(said, []);
    const wasm = await ask(port, '/pkg/wasm/flex/relume_wasm_bg.wasm');
    assert.deepEqual([wasm.status, wasm.headers['content-type'], wasm.body], [200, 'application/wasm', WASM]);
    const head = await ask(port, '/www/index.html', 'HEAD');
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.equal((await ask(port, '/')).headers.location, '/www/');
    for (const hidden of ['/Cargo.toml', '/../Cargo.toml', '/www/..%2fCargo.toml']) {
      assert.equal((await ask(port, hidden)).status, 404);
    }
    assert.equal(errors(), '');
    await stop('SIGINT');
    assert.match(errors(), /^(make: .*\n)+$/, 'no traceback');
  });

  test(`no run without complete files, with ${language}`, { timeout }, (t) => {
    const copy = checkout(t);
    const path = copy.path(['make', 'sh', language]);
    copy.remove('pkg/wasm/flex/relume_wasm_bg.wasm');
    const back = 'git checkout -- pkg/wasm brings it back, make engine builds it again';
    assert.deepEqual(makeFails(copy, path), [`engine: pkg/wasm/flex/relume_wasm_bg.wasm is missing; ${back}`]);
    copy.remove('pkg/wasm/flex');
    assert.deepEqual(makeFails(copy, path), [`engine: pkg/wasm/flex is missing; ${back}`]);
    copy.write('pkg/wasm/engine.json', '{"builds": ');
    const broken = 'engine: pkg/wasm/engine.json is broken (it is not JSON);';
    assert.deepEqual(makeFails(copy, path), [`${broken} ${back}`]);
    copy.remove('.git');
    assert.deepEqual(makeFails(copy, path), [`${broken} a fresh download of the repository brings it back, make engine builds it again`]);
  });

  test(`sources that changed, with nothing to build them and ${language}`, { timeout }, async (t) => {
    const copy = checkout(t);
    const path = copy.path(['make', 'sh', language]);
    copy.write('crates/relume/src/lib.rs', '// another');
    const { said } = await makeRun(t, copy, path);
    assert.deepEqual(said, [`${OLDER}; to rebuild it, install Rust (https://rustup.rs) and bash`]);
  });
}

test('Node that is too old gives way to Python', { timeout }, async (t) => {
  const copy = checkout(t);
  const old = { node: 'echo v18.0.0' };
  const { said, port } = await makeRun(t, copy, copy.path(['make', 'sh', 'python3'], old));
  assert.deepEqual(said, []);
  assert.equal((await ask(port, '/none')).headers['content-length'], '10', 'it is Python that answers');

  const found = 'found Node v18.0.0';
  assert.deepEqual(makeFails(copy, copy.path(['make', 'sh'], old)), [`run: ${SERVING}; ${found}. ${NODE_AT}`]);
  assert.deepEqual(makeFails(copy, copy.path(['make', 'sh'], { ...old, python3: 'echo Python 3.7.16' })), [
    `run: ${SERVING}; ${found} and Python 3.7.16. ${NODE_AT}`,
  ]);
});

test('no Node and no Python', { timeout }, (t) => {
  const copy = checkout(t);
  assert.deepEqual(makeFails(copy, copy.path(['make', 'sh'])), [`run: ${SERVING}; neither was found. ${NODE_AT}`]);
  // What stands on a Mac in the place of Python until it is installed.
  assert.deepEqual(makeFails(copy, copy.path(['make', 'sh'], { python3: 'echo no tools found >&2; exit 1' })), [
    `run: ${SERVING}; neither was found. ${NODE_AT}`,
  ]);
});

test('the port that is asked for', { timeout }, async (t) => {
  const copy = checkout(t);
  const path = copy.path(['make', 'sh', 'node']);
  const { port } = await makeRun(t, copy, path);
  const { lines } = await makeRun(t, copy, path, { env: { PORT: String(port) } });
  assert.match(lines.at(-1) ?? '', new RegExp(`\\(port ${port} is taken; set PORT=NUMBER to use another; Ctrl-C`));
  assert.deepEqual(makeFails(copy, path, { PORT: 'x' }), ['PORT is not a port: x']);
  assert.deepEqual(makeFails(copy, path, { ENGINE: 'ndarray' }), ['run: ENGINE must be flex-relaxed or flex, not ndarray']);
});

test('sources that changed are built, for the browser at hand alone', { timeout }, async (t) => {
  const copy = checkout(t);
  const [programs, scripts] = BUILDING;
  copy.write('crates/relume/src/lib.rs', '// another');
  const path = copy.path([...programs], { ...scripts, chromium: 'exit 1' });
  const building = (/** @type {string} */ build) => [
    `run: the engine's sources have changed: building pkg/wasm/${build} from them (takes some minutes the first time)`,
    'setup build',
    `building ${build}`,
  ];
  const rest = 'is out of date; make engine builds it again';
  const older = (/** @type {string} */ build) => `run: pkg/wasm/${build} ${rest}`;
  const olderFormats = ['onnx', 'checkpoint'].map(older);
  const first = await makeRun(t, copy, path);
  assert.deepEqual(first.said, [...building('flex-relaxed'), older('flex'), ...olderFormats]);
  assert.equal(String((await ask(first.port, '/pkg/wasm/flex-relaxed/relume_wasm.js')).body), '// built anew\n');
  const again = await makeRun(t, copy, path);
  assert.deepEqual(again.said, [older('flex'), ...olderFormats]);
  assert.deepEqual((await makeRun(t, copy, path, { env: { ENGINE: 'flex' } })).said, [...building('flex'), ...olderFormats]);
  assert.deepEqual((await makeRun(t, copy, path)).said, [...olderFormats]);
  for (const build of ['onnx', 'checkpoint']) copy.manifest('write', build, ...TOOLCHAIN);
  assert.deepEqual((await makeRun(t, copy, path)).said, []);

  copy.write('crates/relume/src/lib.rs', '// yet another');
  // Without a browser that is known: Safari, on a Mac, has no relaxed SIMD.
  const mac = copy.path([...programs], { ...scripts, uname: 'echo Darwin' });
  assert.deepEqual((await makeRun(t, copy, mac)).said, [...building('flex'), older('flex-relaxed'), ...olderFormats]);
  const other = copy.path([...programs], { ...scripts, uname: 'echo Linux' });
  assert.deepEqual((await makeRun(t, copy, other)).said, [...building('flex-relaxed'), ...olderFormats]);
});

test('sources that changed where nothing can be written, or where building fails', { timeout, skip: barred }, async (t) => {
  const copy = checkout(t);
  const path = copy.path([...BUILDING[0]], BUILDING[1]);
  copy.write('crates/relume/src/lib.rs', 'fn');
  copy.write('scripts/setup.sh', '#!/bin/sh\necho "setup: no" >&2\nexit 1\n', 0o755);
  const { status, stderr } = outcome(join(path, 'make'), ['run'], options(copy, path));
  assert.equal(status, 2);
  const rest = 'the older build is still there; to serve it, run: node scripts/serve.mjs';
  assert.deepEqual(stderr.split('\n').slice(0, 2), ['setup: no', `run: pkg/wasm/flex-relaxed was not built, see above; ${rest}`]);

  copy.readOnly();
  const { said } = await makeRun(t, copy, path, NOBODY);
  assert.deepEqual(said, [`${OLDER}; this folder is read-only, so it was not rebuilt`]);
});
