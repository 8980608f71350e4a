// How to cite: CITATION.cff, the page and the manifests say the same, and the buttons copy it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ROOT } from './support/fixtures.mjs';
import { explained } from './support/page.mjs';

const timeout = 120_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('CITATION.cff has the version, the licence and the authors of the manifests', async () => {
  const [cff, cargo, pack, mit] = await Promise.all(
    ['CITATION.cff', 'Cargo.toml', 'pkg/package.json', 'LICENSE-MIT'].map((name) => readFile(ROOT + name, 'utf8')),
  );
  const version = /^version = "(.+)"$/m.exec(cargo ?? '')?.[1];
  assert.ok(version);
  assert.equal(/^version: (.+)$/m.exec(cff ?? '')?.[1], version);
  assert.equal(JSON.parse(pack ?? '').version, version);
  const licences = [...(cff ?? '').matchAll(/^ {2}- (MIT|Apache-2.0)$/gm)].map(([, name]) => name);
  assert.equal(/^license = "(.+)"$/m.exec(cargo ?? '')?.[1], licences.join(' OR '));
  const author = /^authors:\n {2}- name: (.+)$/m.exec(cff ?? '')?.[1];
  assert.equal(author, /^Copyright \(c\) \d+ (.+)$/m.exec(mit ?? '')?.[1]);
});

test('the page’s BibTeX names the same, and a button copies it', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/', { permissions: ['clipboard-read', 'clipboard-write'] });
  await explained(page);
  const [cff, mit] = await Promise.all(['CITATION.cff', 'LICENSE-MIT'].map((name) => readFile(ROOT + name, 'utf8')));
  const own = await page.innerText('#cite-relume');
  assert.ok(own.includes(`version = {${/^version: (.+)$/m.exec(cff ?? '')?.[1]}}`), own);
  assert.ok(own.includes(`author = {{${/name: (.+)/.exec(cff ?? '')?.[1]}}}`), own);
  assert.ok(own.includes(`year = {${/\(c\) (\d+)/.exec(mit ?? '')?.[1]}}`), own);
  for (const id of ['cite-relume', 'cite-paper']) {
    const entry = await page.innerText(`#${id}`);
    assert.match(entry, /^@\w+\{\w+,\n(  \w+ = \{.+\},\n)+  \w+ = \{.+\}\n\}$/, 'an entry of BibTeX');
    await page.click(`[data-copy=${id}]`);
    await page.waitForFunction(() => document.querySelector('#cite-line')?.textContent === 'The entry is in the clipboard.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${entry}\n`);
    await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('#cite-line')).replaceChildren());
  }
  assert.match(await page.innerText('#cite-paper'), /eprint = \{1412\.6806\}/);
  assert.deepEqual(troubles, []);
  await context.close();
});
