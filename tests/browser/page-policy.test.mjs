// The page under the strictest policies that it promises to keep: its own, that of docs/embedding.md, and Trusted Types. Every figure
// is used, and nothing is forbidden to it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from './support/browser.mjs';
import { ROOT } from './support/fixtures.mjs';
import { WITH_ALL_CNN_C, choose, explained } from './support/page.mjs';

const timeout = 300_000;
const TRUSTED = "require-trusted-types-for 'script'; trusted-types relume";

/** What docs/embedding.md says that the element keeps within. */
async function documentedPolicy() {
  const text = await readFile(`${ROOT}docs/embedding.md`, 'utf8');
  const [, policy = ''] = /### Content-Security-Policy[^`]*```\n(default-src[^`]*)\n```/.exec(text) ?? [];
  assert.match(policy, /worker-src/);
  return policy;
}

/** Collects what a policy forbids, from the first moment. @param {import('playwright-core').BrowserContext} context */
const collect = (context) =>
  context.addInitScript(() => {
    /** @type {string[]} */
    const violations = [];
    Object.assign(globalThis, { violations });
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber, sample }) => {
      violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber} ${sample}`);
    });
  });

/** @param {import('playwright-core').Page} page @returns {Promise<string[]>} */
const violations = (page) => page.evaluate(() => /** @type {any} */ (globalThis).violations);

test('the page under Trusted Types, with every figure used', { timeout }, async () => {
  const browser = await openBrowser(serve(0, { headers: { 'Content-Security-Policy': TRUSTED } }));
  try {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { before: collect });
    await explained(page);
    await page.fill('#f-0-0', '4');
    await page.click('#sample-deer-0001');
    await explained(page, 'A deer');
    await page.click('#predictions li:nth-child(2) button');
    await explained(page);
    await page.check('input[name=sign][value=positive]', { force: true });
    await page.click('#pin');
    for (const figure of ['signal-figure', 'unit-figure', 'patch-figure', 'pooling-figure']) {
      await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
      await page.waitForFunction((id) => document.getElementById(id)?.dataset['state'] === 'ready', figure);
    }
    await page.click('#layers [data-layer="relu6"]');
    await page.waitForFunction(() => document.querySelector('#unit-line')?.textContent?.startsWith('relu6'));
    await page.click('#signal-step');
    await page.locator('#export-panel').scrollIntoViewIfNeeded();
    await page.click('#export-tag');
    await page.click('#export-frame');
    await page.click('[data-language="ko"]');
    await page.waitForSelector('html[lang="ko"]');
    await choose(page, 'squeezenet-1.1');
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(troubles, []);
    await context.close();
  } finally {
    await browser.close();
  }
});

for (const path of [
  '/www/embed.html#network=all-cnn-c&picture=horse-0000&parts=picture,maps,scale,caption,predictions,classes',
  '/www/document.html',
])
  test(`${path.replace(/#.*/, '')} under Trusted Types`, { timeout }, async () => {
    const browser = await openBrowser(serve(0, { headers: { 'Content-Security-Policy': TRUSTED } }));
    try {
      const { page, context, troubles } = await browser.open(path, { before: collect });
      if (path.includes('embed')) await page.locator('relume-view figcaption').filter({ hasText: 'says' }).waitFor();
      else await page.waitForSelector('main h1, article h1, h1');
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(troubles, []);
      await context.close();
    } finally {
      await browser.close();
    }
  });

test('<relume-view> under the policy of docs/embedding.md and Trusted Types, with every part used', { timeout }, async () => {
  const policy = await documentedPolicy();
  const browser = await openBrowser(serve(0, { headers: { 'Content-Security-Policy': `${policy}; style-src 'self'; ${TRUSTED}` } }));
  try {
    const { page, context, troubles } = await browser.open('/tests/browser/pages/elements.html', {
      before: async (made) => {
        await collect(made);
        // Its own policy, in the page, would add to the one under test.
        await made.route('**/pages/elements.html', async (route) => {
          const response = await route.fetch();
          const body = (await response.text())
            .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
            .replace('href="data:,"', 'href="/www/icon.svg"');
          await route.fulfill({ response, body });
        });
      },
    });
    const first = page.locator('#first');
    await first.evaluate((view) => view.setAttribute('parts', 'picture maps scale caption predictions classes'));
    await first.locator('figcaption').filter({ hasText: 'says' }).waitFor();
    await first.locator('.predictions button').nth(1).click();
    await first.locator('figcaption').filter({ hasText: 'Explained' }).waitFor();
    await page.locator('#unit').scrollIntoViewIfNeeded();
    await page.locator('#image figcaption').filter({ hasText: 'says' }).waitFor();
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(troubles, []);
    await context.close();
  } finally {
    await browser.close();
  }
});
