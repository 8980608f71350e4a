// scripts/setup.sh in a copy of what it reads: it adds what is missing to the copy, and only names what the system lacks.

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../browser/support/fixtures.mjs';
import { outcome } from '../run/support/checkout.mjs';
import { NOBODY, barred } from '../run/support/served.mjs';
import { standIns } from './support/stand-ins.mjs';

const timeout = 60_000;
const COPY = 'a copy of relume';
const COPIED = ['scripts/setup.sh', 'scripts/browser.sh', 'Cargo.toml', 'package-lock.json'];
const DEBIAN = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
const BROWSERS = ['chromium', 'chromedriver', 'firefox'];
const VERSIONS = { 'wasm-bindgen': '0.2.130' };

/** Puts the tool in its place, as cargo install does, and says how it was asked to build it. */
const CARGO = `
[ "$1" = install ] || exit 0
echo "opt-level $CARGO_PROFILE_RELEASE_OPT_LEVEL, lto $CARGO_PROFILE_RELEASE_LTO"
mkdir -p .tools/bin && printf '#!/bin/sh\\necho "%s %s"\\n' wasm-bindgen ${VERSIONS['wasm-bindgen']} >.tools/bin/wasm-bindgen && chmod +x .tools/bin/wasm-bindgen`;

const NPM = '[ "$1" = ci ] && mkdir node_modules && echo "{}" >node_modules/.package-lock.json';

/** A machine where all is there but what is named. @param {import('node:test').TestContext} t @param {...string} without */
function machine(t, ...without) {
  const here = standIns(t);
  for (const file of COPIED) {
    mkdirSync(dirname(join(here.root, COPY, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(here.root, COPY, file));
  }
  here.write(`${COPY}/scripts/wasm-target.sh`, '#!/bin/sh\necho "the wasm target"\n', 0o755);
  /** @type {Record<string, string>} */
  const programs = {
    cargo: CARGO,
    rustc: 'echo "rustc 1.95.0 (0123 2026-04-14)"',
    cc: '',
    node: 'echo v20.0.0',
    npm: NPM,
    python3: '',
    'apt-get': '',
    id: 'echo 1000',
    pandoc: '',
    ...Object.fromEntries(BROWSERS.map((name) => [name, ''])),
    ...Object.fromEntries(Object.entries(VERSIONS).map(([name, version]) => [name, `echo "${name} ${version}"`])),
  };
  for (const [name, text] of Object.entries(programs)) if (!without.includes(name)) here.program(name, text);
  if (!without.includes('node packages')) here.write(`${COPY}/node_modules/.package-lock.json`, '{}');
  return {
    ...here,
    /** @param {string} purpose @param {import('node:child_process').SpawnSyncOptions} [more] */
    run: (purpose, more = {}) =>
      outcome(join(here.root, COPY, 'scripts/setup.sh'), [purpose], { env: { PATH: here.path, HOME: here.root }, ...more }),
    /** What was asked for that changes something. */
    changes: () => here.calls().filter((call) => /^(apt-get|npm|cargo install|rustup|curl) /.test(call)),
  };
}

const asRoot = (/** @type {ReturnType<typeof machine>} */ here) => here.program('id', 'echo 0');
const how = (/** @type {string} */ names) =>
  DEBIAN ? `${names} (as root: apt-get install ${names})` : `${names} (Debian's names; elsewhere the same programs)`;

for (const purpose of ['build', 'test']) {
  test(`${purpose}: where all is there it installs nothing`, { timeout }, (t) => {
    const here = machine(t);
    asRoot(here);
    const { status, stdout, stderr } = here.run(purpose);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, new RegExp(`^the wasm target\nsetup: ready to ${purpose} \\([0-9]+ s\\)\n$`));
    assert.deepEqual(here.changes(), []);
  });
}

test('build: the tools are built quickly, into .tools/, and are there the next time', { timeout }, (t) => {
  const here = machine(t, 'wasm-bindgen', 'node packages', ...BROWSERS, 'python3');
  const { status, stdout } = here.run('build');
  assert.equal(status, 0);
  assert.match(stdout, /^opt-level 1, lto off$/m);
  assert.deepEqual(here.changes(), [
    'cargo install --quiet --root .tools --force wasm-bindgen-cli --version 0.2.130',
    'npm ci --loglevel=error',
  ]);
  assert.equal(here.run('build').status, 0);
  assert.deepEqual(here.changes(), []);
});

test('build: what the system lacks is named, and not even root installs it', { timeout }, (t) => {
  const here = machine(t, 'cargo', 'cc', 'node', 'npm', 'wasm-bindgen');
  for (const id of [1000, 0]) {
    here.program('id', `echo ${id}`);
    assert.deepEqual(here.run('build'), {
      status: 1,
      stdout: '',
      stderr: `setup: please install Rust, from https://rustup.rs; and ${how('gcc libc6-dev nodejs npm')}; then run this again\n`,
    });
  }
  assert.deepEqual(here.changes(), []);
});

test('test: what the system lacks is named', { timeout }, (t) => {
  const here = machine(t, ...BROWSERS, 'python3');
  assert.deepEqual(here.run('test'), {
    status: 1,
    stdout:
      'setup: without python3 and pip, EfficientNet-Lite0 is not fetched\nsetup: without python3 and venv, the Python package is not tested\n',
    stderr: `setup: please install ${how('chromium chromium-driver firefox-esr')}; then run this again\n`,
  });
  assert.deepEqual(here.changes(), []);
});

test('lint needs no browser, and browser none but Chromium', { timeout }, (t) => {
  const here = machine(t, ...BROWSERS, 'python3');
  asRoot(here);
  assert.equal(here.run('lint').status, 0);
  assert.deepEqual(here.run('browser'), {
    status: 1,
    stdout: '',
    stderr: `setup: please install ${how('chromium')}; then run this again\n`,
  });
  assert.deepEqual(here.changes(), []);
});

test('node packages that a killed set-up had put aside come back', { timeout }, (t) => {
  const here = machine(t, 'node packages');
  here.write(`${COPY}/.tools/older-node_modules/.package-lock.json`, '{ "older": true }');
  here.write(`${COPY}/node_modules/half`, '');
  here.program('npm', 'exit 1');
  here.run('build');
  assert.equal(readFileSync(join(here.root, COPY, 'node_modules/.package-lock.json'), 'utf8'), '{ "older": true }');
  assert.equal(existsSync(join(here.root, COPY, 'node_modules/half')), false);
});

test('test: as root on Debian it says what it installs', { timeout, skip: DEBIAN ? false : 'only on Debian' }, (t) => {
  const here = machine(t, 'chromedriver', 'pandoc', 'python3');
  asRoot(here);
  const { status, stdout } = here.run('test');
  assert.equal(status, 0);
  assert.match(stdout, /^setup: installing with apt-get, and what they depend on: chromium-driver pandoc python3-pip python3-venv \(/);
  assert.deepEqual(here.changes(), [
    'apt-get -qq update',
    'apt-get -qq install -y --no-install-recommends chromium-driver pandoc python3-pip python3-venv',
  ]);
});

test('node packages that cannot be replaced stay', { timeout }, (t) => {
  const here = machine(t, 'node packages');
  here.write(`${COPY}/node_modules/older/index.js`, 'older');
  here.program('npm', 'mkdir node_modules; exit 1');
  assert.deepEqual(here.run('build').stderr, 'setup: npm ci failed, see above; node_modules/ is as it was\n');
  assert.deepEqual(here.files(`${COPY}/node_modules`), { 'older/index.js': 'older' });
});

test(
  'a checkout that is read-only',
  { timeout, skip: barred || (process.getuid?.() === 0 ? false : 'only root has another user at hand') },
  (t) => {
    const here = machine(t, 'wasm-bindgen');
    here.write('calls', '', 0o666);
    const { status, stderr } = here.run('build', NOBODY);
    const copy = join(here.root, COPY);
    assert.deepEqual(
      [status, stderr],
      [
        1,
        'setup: wasm-bindgen-cli 0.2.130 is missing, and nothing can be written in ' +
          `${copy}; copy the repository to a folder you can write to\n`,
      ],
    );
    here.program('wasm-bindgen', `echo "wasm-bindgen ${VERSIONS['wasm-bindgen']}"`);
    here.write('calls', '', 0o666);
    assert.equal(here.run('build', NOBODY).status, 0, 'with nothing to install it need not write');
    chmodSync(copy, 0o755);
  },
);
