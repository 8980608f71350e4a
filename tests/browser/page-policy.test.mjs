// The page and its frame under Trusted Types and their own policy: every figure is used, and nothing is forbidden to it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from './support/browser.mjs';
import { WITH_ALL_CNN_C, choose, explained } from './support/page.mjs';

const timeout = 300_000;
const TRUSTED = "require-trusted-types-for 'script'; trusted-types relume";

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
    // Figure 6: a randomised network, another class in another picture, and pixels taken away.
    for (const part of ['layers', 'others', 'pixels']) {
      await page.locator(`#trust-${part}`).scrollIntoViewIfNeeded();
      await page.waitForSelector(`#trust-${part}[data-state="ready"]`);
    }
    await page.focus('#trust-step');
    await page.keyboard.press('End');
    await page.waitForFunction(() => /^All 9 layers/.test(document.querySelector('#trust-line')?.textContent ?? ''));
    await page.waitForSelector('#trust-randomised[aria-busy="false"]');
    await page.selectOption('#trust-picture', 'frog-0000');
    await page.waitForSelector('#trust-others[aria-busy="false"]');
    await page.selectOption('#trust-method', 'backprop');
    await page.waitForSelector('#trust-pixels[aria-busy="false"]');
    await page.locator('#export-panel').scrollIntoViewIfNeeded();
    await page.click('#export-tag');
    await page.click('#export-frame');
    await page.click('[data-language="ko"]');
    await page.waitForSelector('html[lang="ko"]');
    await choose(page, 'squeezenet-1.1');
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(troubles, []);
    // And it would have been told: the browser holds the page to the policy.
    await page.evaluate(() => {
      try {
        document.createElement('div').innerHTML = '<b></b>';
      } catch {
        // Counted below.
      }
    });
    await page.waitForFunction(() => /** @type {any} */ (globalThis).violations.length === 1);
    await context.close();
  } finally {
    await browser.close();
  }
});

const FRAME = '/www/embed.html#network=all-cnn-c&picture=horse-0000&parts=picture,maps,scale,caption,predictions,classes';

test('the frame under Trusted Types', { timeout }, async () => {
  const browser = await openBrowser(serve(0, { headers: { 'Content-Security-Policy': TRUSTED } }));
  try {
    const { page, context, troubles } = await browser.open(FRAME, { before: collect });
    await page.locator('relume-view figcaption').filter({ hasText: 'says' }).waitFor();
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(troubles, []);
    await context.close();
  } finally {
    await browser.close();
  }
});
