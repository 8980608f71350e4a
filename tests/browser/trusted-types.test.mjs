// A page that requires Trusted Types: the worker starts, or the error says what has to be allowed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from './support/browser.mjs';
import { openBare } from './support/package.mjs';

const REQUIRED = "require-trusted-types-for 'script'";
for (const [policy, code] of /** @type {const} */ ([
  [REQUIRED, 'none'],
  [`${REQUIRED}; trusted-types relume`, 'none'],
  [`${REQUIRED}; trusted-types other`, 'engine-crashed'],
])) {
  test(`under ${policy}`, { timeout: 120_000 }, async () => {
    const browser = await openBrowser(serve(0, { headers: { 'Content-Security-Policy': policy } }));
    try {
      const { page } = await openBare(browser);
      const enforced = await page.evaluate(() => {
        try {
          new Worker('data:text/javascript,').terminate();
          return false;
        } catch (error) {
          return error instanceof TypeError;
        }
      });
      const refusal = await page.evaluate(async () => {
        const relume = await bare.Relume.start();
        return bare.refusal(() => relume.reluBackward('guided', [1], [1]));
      });
      // A browser without Trusted Types has nothing to refuse.
      assert.equal(refusal.code, enforced ? code : 'none', refusal.message);
      if (refusal.code !== 'none') assert.match(refusal.message, /trusted-types relume/);
      assert.ok(enforced || process.env.RELUME_BROWSER === 'firefox');
    } finally {
      await browser.close();
    }
  });
}
