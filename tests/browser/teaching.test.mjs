// Every link of the lesson opens the state that its text describes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ROOT } from './support/fixtures.mjs';
import { explained } from './support/page.mjs';

const timeout = 240_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('the lesson’s links: network, picture, class and unit', { timeout }, async () => {
  const lesson = await readFile(`${ROOT}docs/teaching.md`, 'utf8');
  const hashes = [...new Set([...lesson.matchAll(/localhost:8080\/www\/(#[^)\s]*=[^)\s]*)/g)].map(([, hash = '']) => hash))];
  assert.ok(hashes.length > 10, `${hashes.length} links`);
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  for (const hash of hashes) {
    const wanted = new URLSearchParams(hash.slice(1));
    await page.goto('about:blank');
    await page.goto(`${browser.origin}/www/${hash}`);
    await explained(page);
    assert.equal(await page.getAttribute('input[name=network]:checked', 'value'), wanted.get('network'), `${hash}: the network`);
    assert.equal(await page.isChecked('#random-weights'), wanted.get('weights') === 'random', `${hash}: the weights`);
    const picture = wanted.get('picture');
    if (picture) assert.equal(await page.getAttribute(`#sample-${picture}`, 'aria-pressed'), 'true', `${hash}: the picture`);
    const target = wanted.get('class');
    if (target) assert.equal(await page.getAttribute('#predictions [aria-pressed=true]', 'data-class'), target, `${hash}: the class`);
    const [, layer, channel] = /^([^:]+):(\d+)/.exec(wanted.get('unit') ?? '') ?? [];
    if (layer) {
      await page.locator('#unit-figure').scrollIntoViewIfNeeded();
      await page.waitForFunction(
        (words) => document.querySelector('#unit-line')?.textContent?.startsWith(words),
        `${layer}, channel ${channel}`,
      );
      // A unit that does not respond would have the class ask what its maps are of.
      assert.match(await page.innerText('#unit-line'), /: \d/, `${hash}: the unit’s value is not negative`);
    }
    if (wanted.has('pin')) {
      await page.waitForFunction(() => document.querySelector('#pinned-line')?.textContent?.startsWith('Pinned: '));
    }
    assert.equal(await page.isVisible('#map-guided'), !wanted.has('guess'), `${hash}: whether the map waits for a guess`);
    assert.equal(await page.isVisible('#warning-guided'), false, `${hash}: guided is empty`);
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the Korean lesson has the same links, in Korean', { timeout }, async () => {
  const linksOf = async (/** @type {string} */ file) =>
    [...(await readFile(`${ROOT}docs/${file}`, 'utf8')).matchAll(/localhost:8080\/www\/([^)\s`]*)/g)].map(([, link = '']) => link);
  const [english, korean] = await Promise.all(['teaching.md', 'teaching.ko.md'].map(linksOf));
  const withHash = (/** @type {string[] | undefined} */ links) => (links ?? []).filter((link) => link.includes('#'));
  assert.deepEqual(
    withHash(korean).sort(),
    withHash(english)
      .map((link) => `?lang=ko${link}`)
      .sort(),
  );
  const { page, context, troubles } = await browser.open(`/www/${withHash(korean).find((link) => link.includes('unit='))}`);
  await explained(page);
  assert.equal(await page.getAttribute('html', 'lang'), 'ko');
  await page.waitForFunction(() => /채널 \d+.*픽셀을 봅니다/.test(document.querySelector('#unit-line')?.textContent ?? ''), undefined, {
    timeout,
  });
  assert.deepEqual(troubles, []);
  await context.close();
});
