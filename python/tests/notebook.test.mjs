// A view in JupyterLab: the maps are drawn, they are those of the command line, and the cell and Python stay in step. With NETWORK=resnet18
// the notebook exports torchvision's ResNet-18 with random weights; otherwise it shows a network of the page, which needs no PyTorch.
//
//     PYTHON=… RELUME=target/debug/relume [NETWORK=resnet18] [SCREENSHOTS=folder] node --test python/tests/notebook.test.mjs

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PATIENCE, openNotebook } from './support/jupyterlab.mjs';

/** @typedef {import('./support/jupyterlab.mjs').Notebook} Notebook */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { PYTHON = 'python3', RELUME = join(ROOT, 'target/debug/relume'), SCREENSHOTS } = process.env;
const RULES = ['backprop', 'deconvnet', 'guided'];
/** As the page's, relative to the largest number: relaxed SIMD and a processor's own instructions round differently. */
const ALIKE = 1e-3;

const CASES = {
  'all-cnn-c': {
    picture: join(ROOT, 'www/pictures/cifar10/horse-0000.jpg'),
    cells: [`model = ${JSON.stringify(join(ROOT, 'www/models/all-cnn-c.safetensors'))}`],
    classes: { other: 'class:4', named: 'deer' },
  },
  resnet18: {
    picture: join(ROOT, 'www/pictures/chelsea.png'),
    cells: [
      'import relume, torch, torchvision\ntorch.manual_seed(1)\nnetwork = torchvision.models.resnet18(weights=None, num_classes=10)',
      'model = "resnet18.safetensors"\nprint(relume.export(network, model, input="imagenet", size=(224, 224), classes=[f"kind {n}" for n in range(10)]))',
    ],
    classes: { other: 'class:4', named: 'kind 4' },
  },
};
const { picture, cells, classes } = CASES[process.env.NETWORK === 'resnet18' ? 'resnet18' : 'all-cnn-c'];

const folder = mkdtempSync(join(tmpdir(), 'relume-notebook-'));
/** @type {Notebook} */
let notebook;

before(async () => {
  notebook = await openNotebook(PYTHON, folder, [
    ...cells,
    `import relume\nview = relume.View(model, ${JSON.stringify(picture)}, alt="What is looked at")\nview`,
    'from safetensors.numpy import save_file\ntold = []\nview.observe(lambda change: told.append(sorted(change.new)), "maps")',
  ]);
});

after(async () => {
  await notebook?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} expression @param {(value: string) => boolean} is */
async function becomes(expression, is) {
  const last = Date.now() + PATIENCE;
  for (;;) {
    const value = await notebook.value(expression);
    if (is(value)) return value;
    if (Date.now() > last) assert.fail(`${expression} stays ${value}; the cell says: ${await said()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function said() {
  return notebook.page.locator('.jp-OutputArea-output').allInnerTexts();
}

/** @param {string} name */
async function screenshot(name) {
  if (SCREENSHOTS) await notebook.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** Tensors of 32-bit floats of a safetensors file. @param {string} path @returns {Record<string, Float32Array>} */
function tensors(path) {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  /** @type {[string, { data_offsets: [number, number] }][]} */
  const entries = Object.entries(JSON.parse(bytes.toString('utf8', 8, start)));
  const found = entries.filter(([name]) => name !== '__metadata__');
  return Object.fromEntries(
    found.map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name, new Float32Array(bytes.buffer.slice(bytes.byteOffset + start + from, bytes.byteOffset + start + to))],
    ),
  );
}

/** @param {string} target as the command line takes it */
async function assertAsNative(target) {
  await notebook.value('save_file(view.maps, "maps.safetensors")');
  const ours = tensors(join(folder, 'maps.safetensors'));
  assert.deepEqual(Object.keys(ours).sort(), RULES);
  const model = (await notebook.value('model')).slice(1, -1);
  for (const rule of RULES) {
    const raw = join(folder, 'raw.safetensors');
    execFileSync(RELUME, ['explain', model, picture, '--method', rule, '--target', target, '--raw', raw], { cwd: folder });
    const { map = new Float32Array() } = tensors(raw);
    const mine = ours[rule] ?? new Float32Array();
    assert.equal(mine.length, map.length);
    const largest = map.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = map.reduce((most, value, i) => Math.max(most, Math.abs(value - (mine[i] ?? NaN))), 0);
    assert.ok(largest > 0, `${rule}: the map is empty`);
    assert.ok(off <= ALIKE * largest, `${rule}: ${off} of ${largest}`);
  }
}

test('the maps are drawn, and are those of the command line', { timeout: 2 * PATIENCE }, async () => {
  await becomes('sorted(view.maps)', (value) => value === `['${RULES.join("', '")}']`);
  const shades = await notebook.page.locator('relume-view canvas').evaluateAll((canvases) =>
    canvases.map((canvas) => {
      const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
      const { data } = /** @type {CanvasRenderingContext2D} */ (/** @type {HTMLCanvasElement} */ (canvas).getContext('2d')).getImageData(
        0,
        0,
        width,
        height,
      );
      return new Set(new Uint32Array(data.buffer)).size;
    }),
  );
  assert.equal(shades.length, 4, 'the picture and three maps');
  for (const each of shades) assert.ok(each > 50, `a canvas has ${each} colours`);
  assert.equal(await notebook.value('view.error'), "''");
  await assertAsNative('top');
  await screenshot('view');
});

test('a class that is chosen in the cell is that of Python', async () => {
  await notebook.page.locator('relume-view').getByRole('combobox').fill(classes.named);
  await notebook.page.locator('relume-view').getByRole('option').first().click();
  await becomes('view.target', (value) => value === `'${classes.other}'`);
  await becomes('len(view.maps)', (value) => value === '3');
  await assertAsNative(classes.other);
});

test('a target and a picture that Python sets are those of the cell', async () => {
  await notebook.value('setattr(view, "target", 2)');
  await becomes('(view.target, len(view.maps))', (value) => value === "('2', 3)");
  assert.equal(await notebook.page.locator('relume-view').getAttribute('target'), '2');
  await assertAsNative('2');
  await notebook.value(
    'setattr(view, "image", relume.picture_bytes.png(__import__("numpy").tile(__import__("numpy").arange(256, dtype="uint8")[:, None, None], (1, 256, 3))))',
  );
  await becomes('(view.target, len(view.maps))', (value) => value === "('2', 3)");
  const methods = await notebook.value('setattr(view, "methods", ["guided"]) or view.methods');
  assert.equal(methods, "['guided']");
  await becomes('list(view.maps)', (value) => value === "['guided']");
  assert.equal(await notebook.page.locator('relume-view canvas').count(), 2);
});

test('what goes wrong is said in the cell and in Python, and is put right by the next target', async () => {
  await notebook.value('setattr(view, "target", "no such class")');
  await becomes('view.error', (value) => value.includes('[invalid-target]'));
  await screenshot('error');
  assert.match(await notebook.page.locator('relume-view [part~="error"]').innerText(), /no such class/);
  await notebook.value('setattr(view, "target", "top")');
  await becomes('(view.error, len(view.maps))', (value) => value === "('', 1)");
  assert.notEqual(await notebook.value('told'), '[]');
});

test('a network beyond the limits is refused in the cell and in Python, and is run again within others', async () => {
  const refused = await notebook.value('setattr(view, "limits", {"operations": 1000.5}) or view.limits');
  assert.equal(refused, "'operations=1000.5'");
  await becomes('view.error', (value) => value.includes('[too-large]'));
  assert.match(await notebook.page.locator('relume-view [part~="error"]').innerText(), /the limits are 1000\.5 operations/);
  await notebook.value('setattr(view, "limits", {"operations": 1e11, "activation_bytes": float("inf")})');
  await becomes('(view.error, len(view.maps))', (value) => value === "('', 1)");
  await notebook.value('setattr(view, "limits", None)');
  await becomes('(view.limits, view.error, len(view.maps))', (value) => value === "('', '', 1)");
});

test('a second view of the network shares the first one’s, and nothing was asked of another machine', async () => {
  const { page } = notebook;
  await page.evaluate(
    async (text) => {
      const { content, model } = /** @type {any} */ (globalThis).jupyterapp.shell.currentWidget;
      model.sharedModel.addCell({ cell_type: 'code', source: text });
      content.activeCellIndex = content.widgets.length - 1;
      await /** @type {any} */ (globalThis).jupyterapp.commands.execute('notebook:run-cell');
    },
    `second = relume.View(model, ${JSON.stringify(picture)}, methods="guided", target=1)\nsecond`,
  );
  await becomes('len(second.maps)', (value) => value === '1');
  const addresses = await page.locator('relume-view').evaluateAll((views) => views.map((view) => view.getAttribute('model')));
  assert.equal(addresses.length, 2);
  assert.equal(addresses[0], addresses[1]);
  assert.deepEqual(notebook.troubles, []);
});
