// The example for Pandoc in docs/embedding.md: a self-contained document whose figure still works.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from '../browser/support/browser.mjs';
import { ALL_CNN_C, ROOT } from '../browser/support/fixtures.mjs';
import { pack, run } from './support/install.mjs';
import { site } from './support/site.mjs';

/** @typedef {import('../../pkg/element/relume-view.js').RelumeView} RelumeView */

const timeout = 120_000;
const skip = spawnSync('pandoc', ['--version']).error ? 'pandoc is not installed' : false;

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
before(
  async () => {
    packed = await pack();
  },
  { timeout },
);
after(() => packed?.remove());

test('a document with everything in it but the package and the network', { timeout, skip }, async () => {
  const words = await readFile(`${ROOT}docs/embedding.md`, 'utf8');
  const [, article = ''] = /^````markdown\n(.*?)\n````$/ms.exec(words) ?? [];
  assert.match(article, /data-external="1"/);
  const folder = await packed.install('pandoc');
  await writeFile(join(folder, 'article.md'), article);
  await cp(`${folder}/node_modules/relume`, join(folder, 'relume'), { recursive: true, dereference: true });
  await cp(ROOT + ALL_CNN_C, join(folder, 'all-cnn-c.safetensors'));
  await cp(`${ROOT}www/pictures/cifar10/horse-0000.jpg`, join(folder, 'horse-0000.jpg'));
  await run(folder, 'pandoc', '--standalone', '--self-contained', '--metadata', 'title=A horse', 'article.md', '--output', 'index.html');
  const made = await readFile(join(folder, 'index.html'), 'utf8');
  assert.match(made, /<img src="data:image\/jpeg/);
  const browser = await openBrowser(site(folder));
  try {
    const { page } = await browser.open('/');
    await page.waitForFunction(
      () => Object.keys(/** @type {RelumeView} */ (document.querySelector('relume-view')).maps ?? {}).length === 2,
      undefined,
      { timeout: 60_000 },
    );
    assert.equal(await page.evaluate(() => /** @type {RelumeView} */ (document.querySelector('relume-view')).top[0]?.label), 'horse');
  } finally {
    await browser.close();
  }
});
