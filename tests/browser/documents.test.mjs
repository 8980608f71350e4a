// The documents as the page shows them: all of their Markdown is understood, and no link on them or on the page is dead.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ROOT } from './support/fixtures.mjs';
import { explained } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 240_000;
const AXE = await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');
const DOCUMENTS = [
  ...(await readdir(`${ROOT}docs`, { recursive: true })).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  'pkg/README.md',
  'www/models/README.md',
];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Opens it and waits until it is on show. @param {Page} page @param {string} path with a heading, perhaps */
async function read(page, path) {
  await page.goto(`${browser.origin}/www/document.html#${path}`);
  await page.waitForFunction((wanted) => document.getElementById('document')?.dataset['shown'] === wanted, path.split(':')[0]);
}

/** Fails if a link leads nowhere; those to other sites are left to their owners. @param {Page} page @param {string} href as the browser has it @param {string} where */
async function follow(page, href, where) {
  const url = new URL(href);
  if (url.origin !== browser.origin) {
    assert.match(url.protocol, /^https?:$/, `${where}: ${href}`);
    return;
  }
  const response = await page.request.get(url.href);
  assert.equal(response.status(), 200, `${where}: ${href}`);
  if (url.pathname.endsWith('/document.html')) {
    const [path = '', heading] = decodeURIComponent(url.hash.slice(1)).split(':');
    await read(page, path);
    assert.equal(await page.locator('[role=alert]').count(), 0, `${where}: ${href}`);
    if (heading) assert.ok(await page.evaluate((id) => document.getElementById(id) !== null, heading), `${where}: no heading ${heading}`);
  }
}

test('each document: nothing of its Markdown is left over, pictures load, headings, links', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/document.html#docs/teaching.md');
  /** Where each link was found. @type {Map<string, string>} */
  const links = new Map();
  for (const path of DOCUMENTS) {
    await read(page, path);
    const { left, hrefs, pictures, headings } = await page.evaluate(() => {
      const main = /** @type {HTMLElement} */ (document.getElementById('document'));
      const words = /** @type {HTMLElement} */ (main.cloneNode(true));
      for (const code of words.querySelectorAll('code')) code.textContent = '';
      return {
        left: /\*\*|\]\(|```|^#+ |^\||^- |\*\S+\*|`/m.exec(words.textContent ?? '')?.[0],
        hrefs: [...main.querySelectorAll('a')].map(({ href }) => href),
        pictures: [...main.querySelectorAll('img')].map(({ src }) => src),
        headings: main.querySelectorAll('h1').length,
      };
    });
    assert.equal(left, undefined, `${path}: ${left} is left over`);
    assert.equal(headings, 1, path);
    for (const href of [...hrefs, ...pictures]) links.set(href, path);
  }
  assert.ok(links.size > 50, `${links.size} links`);
  for (const [href, where] of links) await follow(page, href, where);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('no link of the page is dead', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  const links = await page.locator('a[href]').evaluateAll((all) => all.map((each) => /** @type {HTMLAnchorElement} */ (each).href));
  const missing = await page.evaluate(
    (all) => all.filter((href) => /\/www\/#[^=]+$/.test(href) && document.getElementById(new URL(href).hash.slice(1)) === null),
    links,
  );
  assert.deepEqual(missing, [], 'places on the page');
  assert.ok(links.some((href) => href.endsWith('document.html#docs/teaching.md')));
  for (const href of new Set(links)) await follow(page, href, 'the page');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a heading is brought into view, links stay on this server, and what is no document is refused', { timeout }, async () => {
  const { page, context } = await browser.open('/www/document.html#docs/teaching.md:6-how-far-to-trust-it');
  await page.waitForFunction(() => {
    const { top = NaN } = document.getElementById('6-how-far-to-trust-it')?.getBoundingClientRect() ?? {};
    return top >= 0 && top < innerHeight / 2;
  });
  assert.equal(await page.title(), 'A lesson with relume (relume)');
  const [random] = await page.locator('a:text("Random weights")').evaluateAll((all) => all.map((each) => /** @type {any} */ (each).href));
  assert.equal(random, `${browser.origin}/www/#network=all-cnn-c&picture=airplane-0001&weights=random`);
  for (const path of ['docs/none.md', 'docs/../Cargo.md', 'docs/figures/cat.png', 'https://example.org/x.md', '', '%zz', '../README.md']) {
    await page.goto(`${browser.origin}/www/document.html#${path}`);
    await page.reload();
    await page.waitForSelector('[role=alert]');
    assert.match(await page.innerText('[role=alert]'), /^The document could not be shown\. .+\.$/, path);
  }
  await context.close();
});

test('the switch changes the language, and the document where it is translated', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/document.html#docs/teaching.md');
  await page.waitForSelector('#document[data-shown="docs/teaching.md"]');
  await page.click('button[data-language=ko]');
  await page.waitForSelector('#document[data-shown="docs/teaching.ko.md"][lang=ko]');
  assert.match(page.url(), /\?lang=ko#docs\/teaching\.ko\.md$/);
  // Each of the two leads to the other.
  await page.click('main a[href="#docs/teaching.md"]');
  await page.waitForSelector('#document[data-shown="docs/teaching.md"][lang=en]');
  await page.click('main a[href="#docs/teaching.ko.md"]');
  await page.waitForSelector('#document[data-shown="docs/teaching.ko.md"]');
  await page.click('button[data-language=en]');
  await page.waitForSelector('#document[data-shown="docs/teaching.md"]');
  // One that is not translated stays, and is marked as English.
  await page.click('nav a[href="#docs/paper.md"]');
  await page.waitForSelector('#document[data-shown="docs/paper.md"]');
  await page.click('button[data-language=ko]');
  await page.waitForSelector('html[lang=ko]');
  assert.equal(await page.getAttribute('#document', 'lang'), 'en');
  assert.match(page.url(), /\?lang=ko#docs\/paper\.md$/);
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  test(`${colorScheme}: axe finds nothing in a document, and it does not scroll sideways`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open('/www/document.html#docs/teaching.md', { colorScheme });
    for (const path of ['docs/teaching.md', 'docs/embedding.md', 'docs/paper.md']) {
      await read(page, path);
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 800 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path}, ${width} px`);
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => {
          const { violations } = await /** @type {any} */ (globalThis).axe.run();
          return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0].target} ${nodes[0].failureSummary}`);
        });
        assert.deepEqual(found, [], `${path}, ${width} px`);
      }
    }
    assert.deepEqual(troubles, []);
    await context.close();
  });
