// The table of what fills the engine, from a WebAssembly file put together by hand.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { crateOf, sizes, tableOf } from '../../scripts/engine-sizes.mjs';

/** @param {number} id @param {number[]} body */
const section = (id, body) => [id, body.length, ...body];
/** @param {string} text */
const text = (text) => [text.length, ...Buffer.from(text)];
/** A function of so many bytes. @param {number} size */
const code = (size) => [size, ...Array(size).fill(1)];

/** One imported function, number 0; then three that are defined, of 5, 7 and 3 bytes, named. */
const WASM = Uint8Array.from([
  ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
  ...section(2, [2, ...text('m'), ...text('memory'), 2, 0, 1, ...text('m'), ...text('f'), 0, 0]),
  ...section(10, [3, ...code(5), ...code(7), ...code(3)]),
  ...section(11, [9, 9]),
  ...section(0, [
    ...text('name'),
    ...section(1, [3, 1, ...text('<burn_flex::T as core::D>::go'), 2, ...text('alloc::vec::push'), 3, ...text('burn_flex::ops::add')]),
  ]),
]);

test('each function counts for the crate that it is named after, past the imported ones', () => {
  const found = Object.fromEntries(sizes(WASM).map(({ what, bytes }) => [what, bytes]));
  assert.deepEqual([found['burn_flex'], found['alloc'], found['data: constants, texts, tables']], [8, 7, 2]);
  assert.match(tableOf(sizes(WASM)), /^\| burn_flex \| 0 \| \d+ % \| 0 \|$/m);
});

test('names as compilers write them', () => {
  const crates = [
    'burn_flex::ops::add::h0123456789abcdef',
    'burn_flex[6f0e]::ops::add',
    '<alloc::vec::Vec<T> as core::ops::Drop>::drop',
    '<&mut serde_json::Deserializer<R> as serde::D>::go',
    '_ZN5alloc3vec4push17h0123456789abcdefE',
    '_ZN60_$LT$relume_kernels..pool..Pool$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE',
    'memcpy',
  ].map(crateOf);
  assert.deepEqual(crates, ['burn_flex', 'burn_flex', 'alloc', 'serde_json', 'alloc', 'relume_kernels', undefined]);
});

test('a file without names, and one that is not WebAssembly, are refused', () => {
  assert.throws(() => sizes(readFileSync(new URL('../../pkg/wasm/flex/relume_wasm_bg.wasm', import.meta.url))), /no function has a name/);
  assert.throws(() => sizes(Buffer.from('<html>')), /not a WebAssembly file/);
  assert.throws(() => sizes(WASM.subarray(0, 40)), /ends too early/);
});
