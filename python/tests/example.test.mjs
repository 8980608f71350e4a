// examples/notebook.ipynb runs from its first cell to its last. The trained weights alone are not fetched: the network has random ones.
//
//     PYTHON=… [SCREENSHOTS=folder] node --test python/tests/example.test.mjs

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PATIENCE, openNotebook } from './support/jupyterlab.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { PYTHON = 'python3', SCREENSHOTS } = process.env;
const VIEWS = 3;

test('every cell of the example runs, and every view is drawn', { timeout: 4 * PATIENCE }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'relume-example-'));
  const examples = join(folder, 'examples');
  mkdirSync(examples);
  cpSync(join(ROOT, 'www/pictures/chelsea.png'), join(folder, 'www/pictures/chelsea.png'));
  /** @type {{ cells: { cell_type: string, outputs?: unknown[], source: string[] }[] }} */
  const { cells } = JSON.parse(readFileSync(join(ROOT, 'examples/notebook.ipynb'), 'utf8'));
  const code = cells.filter(({ cell_type }) => cell_type === 'code');
  assert.deepEqual(
    code.flatMap(({ outputs }) => outputs),
    [],
    'its outputs are cleared',
  );
  const sources = code.map(({ source }) => source.join(''));
  const trained = 'weights=weights';
  assert.equal(sources.filter((source) => source.includes(trained)).length, 1);
  const notebook = await openNotebook(
    PYTHON,
    examples,
    sources.map((source) => source.replace(trained, 'weights=None')),
  );
  try {
    const { page } = notebook;
    const drawn = page.locator('relume-view').locator('[part~="row"][aria-busy="false"]');
    const last = Date.now() + 2 * PATIENCE;
    // A cell is not in the page before it is scrolled to.
    while ((await drawn.count()) < VIEWS) {
      assert.ok(
        Date.now() < last,
        `${await drawn.count()} are drawn; the cells say: ${await page.locator('.jp-OutputArea-output').allInnerTexts()}`,
      );
      await page.locator('.jp-Notebook').press('End');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.equal(await page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').count(), 0);
    assert.match(await page.locator('.jp-OutputArea-output').last().innerText(), /resnet18\.safetensors: 68 layers, 1000 classes/);
    for (const [index, view] of (await page.locator('relume-view').all()).entries()) {
      await view.scrollIntoViewIfNeeded();
      if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `example-${index}.png`) });
    }
    assert.deepEqual(notebook.troubles, []);
  } finally {
    await notebook.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
