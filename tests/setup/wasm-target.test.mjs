// scripts/wasm-target.sh adds a standard library to a toolchain, and harms none that is there.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../browser/support/fixtures.mjs';
import { outcome } from '../run/support/checkout.mjs';
import { NOBODY, barred } from '../run/support/served.mjs';
import { standIns } from './support/stand-ins.mjs';

const timeout = 60_000;
const TARGET = 'wasm32-unknown-unknown';
const PLACE = `toolchain/lib/rustlib/${TARGET}`;
const VERSION = 'rustc 1.95.0 (0123456789 2026-04-14)';
const OURS = 'libstd-ours.rlib';
const RUSTUPS = 'libstd-rustups.rlib';
const MIXED = 'error[E0464]: multiple candidates for `rlib` dependency `std` found';

/** Takes a standard library if there is one, whole and its own. Each is a file that names its compiler. */
const RUSTC = `
sysroot="$TOOLCHAIN"
if [ "$1" = --sysroot ]; then sysroot=$2; shift 2; fi
case "$*" in
--version) echo '${VERSION}'; exit ;;
-vV) printf 'commit-hash: 0123\\nhost: this-host\\n'; exit ;;
'--print sysroot') echo "$TOOLCHAIN"; exit ;;
esac
if [ -n "$FULL" ]; then echo 'error: could not write: No space left on device (os error 28)' >&2; exit 1; fi
found=$(find "$sysroot/lib/rustlib/${TARGET}/" -name 'libstd-*.rlib' 2>/dev/null)
case $(printf '%s' "$found" | grep -c .) in
0) echo "error[E0463]: can't find crate for \\\`std\\\`" >&2; exit 1 ;;
1) ;;
*) printf '%s\\n' '${MIXED}' 'error: another' >&2; exit 1 ;;
esac
grep -qxF '${VERSION}' "$found" || { echo 'error[E0514]: found crate by another compiler' >&2; exit 1; }`;

const CARGO = `
[ -z "$CARGO_SAYS" ] || { echo "$CARGO_SAYS" >&2; exit 1; }
deps=$CARGO_TARGET_DIR/${TARGET}/release/deps
mkdir -p "$deps" && echo "\${BUILT_FOR:-${VERSION}}" >"$deps/${OURS}"`;

const RUSTUP = `
case "$*" in
'which rustc') echo "$TOOLCHAIN/bin/rustc" ;;
*) mkdir -p "$TOOLCHAIN/lib/rustlib/${TARGET}/lib" && echo '${VERSION}' >"$TOOLCHAIN/lib/rustlib/${TARGET}/lib/${RUSTUPS}" ;;
esac`;
const UNREACHABLE = RUSTUP.replace('*) mkdir', "*) printf 'info: x\\nerror: could not download\\n' >&2; exit 1 ; mkdir");

const ADVICE = { ours: 'move that folder away and run this again', full: 'free some space and run this again' };

/** @param {import('node:test').TestContext} t */
function toolchain(t) {
  const here = standIns(t);
  here.program('rustc', RUSTC);
  here.program('cargo', CARGO);
  here.write('toolchain/bin/rustc', '');
  here.write('toolchain/lib/rustlib/src/rust/library/Cargo.lock', '');
  here.write('tmp/.keep', '');
  const place = join(here.root, PLACE);
  return {
    ...here,
    place,
    cannot: (/** @type {string} */ why, /** @type {string} */ advice) =>
      `${TARGET}: rustc cannot use ${place}: ${why}. Nothing was changed; what to do: ${advice}\n`,

    /** A build of ours, as for the compiler named, with what others added. */
    built(version = VERSION, others = {}) {
      here.write(`${PLACE}/lib/${OURS}`, `${version}\n`);
      here.write(`${PLACE}/built-by-relume.txt`, `# …\n${version}\nlib/${OURS}\n`);
      for (const [name, content] of Object.entries(others)) here.write(`${PLACE}/${name}`, content);
    },

    /** @param {NodeJS.ProcessEnv} [env] @param {import('node:child_process').SpawnSyncOptions} [more] */
    run(env = {}, more = {}) {
      const all = { PATH: here.path, TOOLCHAIN: join(here.root, 'toolchain'), TMPDIR: join(here.root, 'tmp'), ...env };
      // The stand-ins know which process is the script.
      const result = outcome('/bin/sh', ['-c', 'SCRIPT=$$ exec "$0"', join(ROOT, 'scripts/wasm-target.sh')], { env: all, ...more });
      assert.deepEqual(Object.keys(here.files('tmp')), ['.keep'], 'no temporary folder is left');
      const left = Object.keys(here.files('toolchain')).filter((name) => name.includes('.relume-'));
      assert.deepEqual(left, [], 'nothing half done is left in the toolchain');
      return result;
    },

    /** The same, where all that may come of it is this line. @param {string} line @param {NodeJS.ProcessEnv} [env] */
    fails(line, env) {
      const before = here.files('toolchain');
      const { status, stderr } = this.run(env);
      assert.deepEqual([status, stderr], [1, line]);
      assert.deepEqual(here.files('toolchain'), before);
    },
  };
}

test('one that works is left as it is, whoever made it', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.program('rustup', RUSTUP);
  rust.write(`${PLACE}/lib/${RUSTUPS}`, `${VERSION}\n`);
  const before = rust.files('toolchain');
  const stdout = `${TARGET}: already installed, works with ${VERSION}\n`;
  assert.deepEqual(rust.run(), { status: 0, stdout, stderr: '' });
  assert.deepEqual(rust.files('toolchain'), before);
  assert.deepEqual(
    rust.calls().filter((call) => !call.startsWith('rustc ')),
    [],
  );
});

test('a missing one comes from rustup', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.program('rustup', RUSTUP);
  assert.match(rust.run().stdout, /: installed by rustup\n$/);
  assert.deepEqual(rust.files(PLACE), { [`lib/${RUSTUPS}`]: `${VERSION}\n` });
  assert.deepEqual(
    rust.calls().filter((call) => !call.startsWith('rustc ')),
    ['rustup which rustc', `rustup target add ${TARGET}`],
  );
});

for (const [what, rustup, env] of /** @type {const} */ ([
  ['there is no rustup', undefined, {}],
  ['rustup cannot fetch it', UNREACHABLE, {}],
  ['rustup is in charge of another compiler', RUSTUP.replace('"$TOOLCHAIN/bin/rustc"', '/usr/bin/rustc'), {}],
  ['rustup is not wanted', RUSTUP, { SKIP_RUSTUP: '1' }],
])) {
  test(`a missing one is built where ${what}, and the next run finds it`, { timeout }, (t) => {
    const rust = toolchain(t);
    if (rustup !== undefined) rust.program('rustup', rustup);
    const { status, stdout, stderr } = rust.run(env);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /: built from the sources of Rust 1\.95\.0\n$/);
    const { 'built-by-relume.txt': list, ...files } = rust.files(PLACE);
    assert.deepEqual(files, { [`lib/${OURS}`]: `${VERSION}\n` });
    assert.deepEqual(list?.split('\n').slice(2), [VERSION, `lib/${OURS}`, '']);
    assert.match(rust.run(env).stdout, /: already installed, works with/);
  });
}

test('what others added to a build of ours takes its place', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.built(VERSION, { [`lib/${RUSTUPS}`]: `${VERSION}\n` });
  assert.deepEqual(rust.run(), {
    status: 0,
    stderr: '',
    stdout: `${TARGET}: already installed, works with ${VERSION}; our own build is no longer in its way\n`,
  });
  assert.deepEqual(rust.files(PLACE), { [`lib/${RUSTUPS}`]: `${VERSION}\n` });

  rust.built(VERSION, { [`lib/${RUSTUPS}`]: 'damaged\n' });
  rust.fails(rust.cannot('error[E0514]: found crate by another compiler', ADVICE.ours));
});

test('a build of ours for another compiler is replaced, and only by one that works', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.built('rustc 1.94.0');
  const failed = 'building the standard library from';
  const from = join(rust.root, 'toolchain/lib/rustlib/src/rust');
  rust.fails(`${TARGET}: ${failed} ${from} failed: error: no crates. Nothing was changed\n`, { CARGO_SAYS: 'error: no crates' });
  rust.fails(`${TARGET}: it was built, but rustc cannot use it: error[E0514]: found crate by another compiler. Nothing was changed\n`, {
    BUILT_FOR: 'rustc 1.93.0',
  });
  assert.equal(rust.run().status, 0);
  assert.equal(rust.files(PLACE)[`lib/${OURS}`], `${VERSION}\n`);
});

test('of a list that was tampered with nothing outside is taken', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.built('rustc 1.94.0', { 'lib/deep/x.rlib': 'x' });
  rust.write(
    `${PLACE}/built-by-relume.txt`,
    `rustc 1.94.0\nlib/${OURS}\n../src/rust/library/Cargo.lock\nlib/../../a.rlib\nlib/deep/x.rlib\n`,
  );
  rust.write('toolchain/lib/rustlib/a.rlib', '');
  rust.fails(rust.cannot("error[E0463]: can't find crate for `std`", ADVICE.ours));
});

test('a damaged one that is not ours stays as it is', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.program('rustup', RUSTUP);
  rust.write(`${PLACE}/lib/${RUSTUPS}`, 'damaged');
  const why = 'error[E0514]: found crate by another compiler';
  rust.fails(rust.cannot(why, ADVICE.ours));
  rust.write('toolchain/lib/rustlib/components', `rust-std-${TARGET}\n`);
  rust.fails(rust.cannot(why, `rustup target remove ${TARGET} && rustup target add ${TARGET}`));
  assert.deepEqual(
    rust.calls().filter((call) => call.startsWith('rustup')),
    [],
  );
});

test('on a full disk nothing changes', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.built();
  const full = 'could not write: No space left on device (os error 28)';
  rust.fails(rust.cannot(`error: ${full}`, ADVICE.full), { FULL: '1' });
  rust.remove(PLACE);
  rust.program('cp', `echo 'cp: ${full}' >&2; exit 1`);
  const rustlib = join(rust.root, 'toolchain/lib/rustlib');
  rust.fails(`${TARGET}: cannot write to ${rustlib}: cp: ${full}. Nothing was changed\n`);
  rust.program('mktemp', `echo 'mktemp: ${full}' >&2; exit 1`);
  rust.fails(`${TARGET}: no temporary folder: mktemp: ${full}. Nothing was changed; set TMPDIR to another folder\n`);
});

test('what cannot be built says what to do', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.remove('toolchain/lib/rustlib/src');
  rust.program('rustup', UNREACHABLE);
  rust.fails(`${TARGET}: error: could not download; building it instead needs Rust's sources: rustup component add rust-src\n`);
  rust.program('rustc', RUSTC.replaceAll('1.95.0', '1.96.0-nightly'));
  rust.fails(
    `${TARGET}: error: could not download; building it instead needs the sources of Rust 1.96.0-nightly: ` +
      'rustup component add rust-src\n',
  );
  rust.remove('bin/rustc');
  rust.fails(`${TARGET}: there is no rustc; please install Rust from https://rustup.rs\n`);
});

test(
  'a toolchain that is read-only',
  { timeout, skip: barred || (process.getuid?.() === 0 ? false : 'only root has another user at hand') },
  (t) => {
    const rust = toolchain(t);
    rust.write('calls', '', 0o666);
    const { status, stderr } = rust.run({ TMPDIR: '/tmp' }, NOBODY);
    const folder = join(rust.root, 'toolchain/lib/rustlib');
    assert.deepEqual(
      [status, stderr],
      [
        1,
        `${TARGET}: rustc cannot use it (error[E0463]: can't find crate for \`std\`), and ` +
          `${folder} is read-only; whoever owns it may run: rustup target add ${TARGET}\n`,
      ],
    );
  },
);

test('interrupted while building, it leaves nothing', { timeout }, (t) => {
  const rust = toolchain(t);
  rust.built('rustc 1.94.0');
  const before = rust.files('toolchain');
  rust.program('cargo', 'kill -s TERM $SCRIPT');
  const { status, stderr } = rust.run();
  assert.deepEqual([status, stderr], [130, `${TARGET}: interrupted\n`]);
  assert.deepEqual(rust.files('toolchain'), before);
});
