// The example in docs/model-file.md, run as it stands there; and its file read by the engine.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from '../../pkg/low-level-node.js';
import { ROOT } from '../browser/support/fixtures.mjs';

const python = process.env['PYTHON'] || 'python3';
const there = spawnSync(python, ['-c', 'import numpy, safetensors']);
const skip = there.status === 0 ? false : `${python} has no numpy and safetensors (PYTHON=… names another)`;

test('a model file written with NumPy, explained', { skip, timeout: 120_000 }, async (t) => {
  const words = readFileSync(`${ROOT}docs/model-file.md`, 'utf8');
  const [, program = ''] = /^```python\n(.*?)\n```$/ms.exec(words) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'relume-model-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { status, stderr } = spawnSync(python, ['-c', program], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);

  const engine = await open({ relaxed: false });
  const model = engine.load(readFileSync(join(folder, 'hen-or-egg.safetensors')));
  assert.deepEqual(model.info().classes, ['hen', 'egg']);
  const rgba = Uint8ClampedArray.from({ length: 80 * 60 * 4 }, (_, i) => (i * 37) % 256);
  const trace = model.forwardPicture(rgba, 80, 60);
  const map = trace.explain('guided', { class: 'egg' });
  assert.equal(map.target.channel, 1);
  assert.deepEqual(map.shape, [3, 64, 64]);
  assert.ok(map.data.some((value) => value !== 0));
});
