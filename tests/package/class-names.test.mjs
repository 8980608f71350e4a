// A class by its name: which one is meant, and what is said where none or several are.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { classNamed } from '../../pkg/engine/class-target.js';
import { open } from '../../pkg/low-level-node.js';
import { ODD, ROOT } from '../browser/support/fixtures.mjs';

const LABELS = ['tabby, tabby cat', 'tiger cat', 'tiger', 'Egyptian cat', 'crane', 'crane', 'yawl'];

/** @param {() => unknown} call @param {RegExp} says */
function refused(call, says) {
  assert.throws(call, (/** @type {any} */ error) => error.code === 'invalid-target' && says.test(error.message));
}

test('the whole label, one of its names, or a part that no other label has', () => {
  for (const [name, index] of /** @type {const} */ ([
    ['tiger', 2],
    ['TIGER CAT', 1],
    ['tabby', 0],
    ['tabby cat', 0],
    [' egypt ', 3],
    ['Yawl', 6],
  ])) {
    assert.equal(classNamed(name, LABELS), index, name);
  }
});

test('several that fit are listed with their numbers, and where none does, the nearest', () => {
  refused(
    () => classNamed('cat', LABELS),
    /“cat” fits 3 classes: “tabby, tabby cat” \(0\), “tiger cat” \(1\), “Egyptian cat” \(3\)\. .*number/,
  );
  refused(() => classNamed('crane', LABELS), /fits 2 classes: “crane” \(4\), “crane” \(5\)/);
  refused(() => classNamed('tigre', LABELS), /called “tigre”\. The nearest names are “tiger” \(2\)/);
  refused(() => classNamed('', LABELS), /nearest/);
  const many = Array.from({ length: 1000 }, (_, index) => `kind ${index}`);
  refused(() => classNamed('kind', many), /fits 1000 classes: .* and 994 more/);
});

test('the engine without a worker takes names too', async () => {
  const engine = await open({ relaxed: false });
  const model = engine.load(await readFile(ROOT + ODD));
  const [, height, width] = model.info().input.shape;
  const trace = model.forward(new Float32Array(3 * height * width).fill(0.5));
  const named = trace.explain('backprop', { class: 'Class 3' });
  assert.deepEqual(named, trace.explain('backprop', { class: 3 }));
  refused(() => trace.explain('backprop', { class: 'unicorn' }), /unicorn/);
});
