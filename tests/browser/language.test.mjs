// The page in another language: which one it opens in, that it switches in place, and that nothing is left in English unmarked.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openBrowser } from './support/browser.mjs';
import { keepSaved, savedFiles } from './support/downloads.mjs';
import { engine, lacks } from './support/engine.mjs';
import { ROOT } from './support/fixtures.mjs';
import { choose, explained, troubled, written } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 300_000;
const KOREAN = /[가-힣]/;
const FIGURES = ['scheme', 'signal-figure', 'unit-figure', 'patch-figure', 'pooling-figure'];
const AXE = await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Waits until every figure is computed. @param {Page} page */
async function computed(page) {
  await explained(page);
  for (const figure of FIGURES) {
    await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
    await page.waitForSelector(`#${figure}[data-state="ready"][aria-busy="false"], #${figure}[data-state="ready"]:not([aria-busy])`, {
      timeout: 120_000,
    });
  }
}

/** What the page says, without its numbers: times differ from run to run. What was announced once is not said again. @param {Page} page */
async function saysOf(page) {
  return page.evaluate(() => {
    const text = [...document.querySelectorAll('body *:not(.visually-hidden[aria-live]), title')].flatMap((element) => [
      ...[...element.childNodes].flatMap((node) => (node instanceof Text && !element.closest('math, script, noscript') ? [node.data] : [])),
      ...['aria-label', 'title', 'alt', 'placeholder', 'aria-valuetext'].map((name) => element.getAttribute(name) ?? ''),
    ]);
    return text
      .map((words) =>
        words
          .replace(/[\d.]+/g, '#')
          .replace(/[ \n]+/g, ' ')
          .trim(),
      )
      .filter((words) => words !== '')
      .join('\n');
  });
}

/** Sentences of three English words or more that nothing marks as English. @param {Page} page @returns {Promise<string[]>} */
async function englishIn(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *, title')].flatMap((element) => {
      if (element.closest('[lang]')?.getAttribute('lang') === 'en' || element.closest('code, pre, script, style, noscript, math, svg'))
        return [];
      const texts = [...element.childNodes].flatMap((node) => (node instanceof Text ? [node.data] : []));
      const labels = ['aria-label', 'title', 'alt', 'placeholder', 'aria-valuetext'].map((name) => element.getAttribute(name) ?? '');
      return [...texts, ...labels].filter((words) => /\b[a-z]{2,} [a-z]{1,} [a-z]{2,}/i.test(words));
    }),
  );
}

/** @param {string[]} languages as the browser has them */
function withLanguages(languages) {
  return {
    locale: languages[0] ?? 'en',
    before: (/** @type {import('playwright-core').BrowserContext} */ context) =>
      context.addInitScript((wanted) => Object.defineProperty(Navigator.prototype, 'languages', { get: () => wanted }), languages),
  };
}

for (const { path, languages, wanted } of [
  { path: '/www/', languages: ['ko-KR', 'en'], wanted: 'ko' },
  { path: '/www/', languages: ['fr-FR', 'ko'], wanted: 'ko' },
  { path: '/www/', languages: ['fr-FR'], wanted: 'en' },
  { path: '/www/', languages: ['en-GB', 'ko'], wanted: 'en' },
  { path: '/www/?lang=ko', languages: ['en-US'], wanted: 'ko' },
  { path: '/www/?lang=en', languages: ['ko-KR'], wanted: 'en' },
  { path: '/www/?lang=xx', languages: ['ko'], wanted: 'ko' },
])
  test(`${path} in a browser for ${languages.join(', ')} opens in ${wanted}`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(path, withLanguages(languages));
    await page.waitForSelector(`html[lang="${wanted}"]:not([data-translating])`, { timeout });
    assert.equal(KOREAN.test(await page.innerText('h1')), wanted === 'ko');
    assert.equal(await page.getAttribute('button[data-language][aria-pressed="true"]', 'data-language'), wanted);
    assert.equal(new URL(page.url()).search, path.slice('/www/'.length), 'the address stays');
    assert.deepEqual(troubles, []);
    await context.close();
  });

test('nobody sees English first, and nothing moves', { timeout }, async () => {
  for (const width of [1280, 390]) {
    const { page, context, troubles } = await browser.open('/www/?lang=ko', {
      viewport: { width, height: 900 },
      before: async (made) => {
        // Later than the rest of the page, as on a slow line.
        await made.route('**/languages/ko.json', async (route) => {
          await new Promise((later) => setTimeout(later, 700));
          await route.continue();
        });
        await made.addInitScript(() => {
          const [seen, shifts] = [/** @type {string[]} */ ([]), /** @type {number[]} */ ([])];
          Object.assign(globalThis, { seen, shifts });
          const look = () => {
            const title = document.querySelector('h1');
            if (title?.checkVisibility({ visibilityProperty: true })) seen.push(title.textContent ?? '');
            requestAnimationFrame(look);
          };
          look();
          if (PerformanceObserver.supportedEntryTypes.includes('layout-shift')) {
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) shifts.push(/** @type {any} */ (entry).value);
            }).observe({ type: 'layout-shift', buffered: true });
          }
        });
      },
    });
    await explained(page);
    await page.waitForTimeout(300);
    const { seen, shifts } = await page.evaluate(() => {
      const { seen, shifts } = /** @type {{ seen: string[], shifts: number[] }} */ (/** @type {unknown} */ (globalThis));
      return { seen, shifts };
    });
    assert.ok(seen.length > 10, `${seen.length} frames`);
    assert.deepEqual(
      [...new Set(seen)].filter((words) => !KOREAN.test(words)),
      [],
    );
    if (!lacks('layout-shift')) {
      const total = shifts.reduce((sum, each) => sum + each, 0);
      assert.ok(total < 0.02, `${width} px: layout shift of ${total}`);
    }
    assert.deepEqual(troubles, []);
    await context.close();
  }
});

test('without the file the page is in English, and says so', { timeout }, async () => {
  const { page, context } = await browser.open('/www/?lang=ko', {
    before: (made) => made.route('**/languages/ko.json', (route) => route.fulfill({ status: 404 })),
  });
  await page.waitForSelector('#language-line:not(:empty)', { timeout });
  assert.match(await page.innerText('#language-line'), /Korean could not be fetched/);
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  assert.ok(await page.isVisible('h1'));
  await explained(page);
  assert.match(await page.innerText('#status'), /The network says/);
  await context.close();
});

test('all of it is in Korean, the rest is marked; and back in English it is what it was', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await computed(page);
  await page.click('#engine summary');
  await page.click('#predictions li:nth-child(2) button');
  await page.waitForSelector('#likeness:not(:empty)', { timeout });
  await computed(page);
  const english = await saysOf(page);
  await page.click('button[data-language="ko"]');
  await page.waitForSelector('html[lang="ko"]', { timeout });
  assert.deepEqual(await englishIn(page), []);
  const inPlace = await saysOf(page);
  assert.match(await page.title(), KOREAN);
  assert.match(await page.innerText('#likeness'), /상관계수/);
  // Names of classes stay English, and are marked for those who listen.
  assert.equal(await page.getAttribute('#predictions li:first-child .label span', 'lang'), 'en');
  await page.click('button[data-language="en"]');
  await page.waitForSelector('html[lang="en"]', { timeout });
  assert.deepEqual((await saysOf(page)).split('\n'), english.split('\n'));
  // Opened in Korean, it says the same as switched to Korean.
  const hash = new URL(page.url()).hash;
  await page.goto('about:blank');
  await page.goto(`${browser.origin}/www/?lang=ko${hash}`);
  await computed(page);
  await page.click('#engine summary');
  await page.waitForSelector('#likeness:not(:empty)', { timeout });
  // Once what is fetched on the side has come, such as whether there is an NdArray.
  for (let tries = 0; tries < 50 && (await saysOf(page)) !== inPlace; tries++) await page.waitForTimeout(200);
  assert.deepEqual((await saysOf(page)).split('\n'), inPlace.split('\n'));
  // This copy may lack NdArray, which the opened panel asks for.
  assert.deepEqual(
    troubles.filter((trouble) => !trouble.includes('/ndarray/')),
    [],
  );
  await context.close();
});

test('the switch works by keyboard, in place, and keeps all that is on show', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/');
  await explained(page);
  await written(page);
  await choose(page, 'all-cnn-c');
  await written(page);
  await page.setInputFiles('#file', `${ROOT}www/pictures/cifar10/frog-0000.jpg`);
  await explained(page, 'frog-0000.jpg');
  await written(page);
  await page.click('#predictions button[data-class="7"]');
  await explained(page);
  await page.fill('#f-0-0', '42');
  await page.check('input[name=fold][value=max]');
  await written(page);
  const shown = () =>
    page.evaluate(() => ({
      picture: document.querySelector('#own-choice')?.getAttribute('data-chosen'),
      network: document.querySelector('input[name=network]:checked')?.getAttribute('value'),
      target: document.querySelector('#predictions [aria-pressed=true]')?.getAttribute('data-class'),
      number: /** @type {HTMLInputElement} */ (document.querySelector('#f-0-0')).value,
      result: document.querySelector('#backprop-0-0')?.textContent,
      fold: document.querySelector('input[name=fold]:checked')?.getAttribute('value'),
      map: /** @type {HTMLCanvasElement} */ (document.querySelector('#map-guided')).toDataURL(),
      hash: location.hash,
    }));
  const before = await shown();
  await page.evaluate(() => Object.assign(globalThis, { same: true }));
  // Figure 6 begins when it is in view; in Korean less text stands before it.
  await page.locator('#trust-layers').scrollIntoViewIfNeeded();
  await page.waitForSelector('#trust-layers[data-state="ready"][aria-busy="false"]', { timeout });
  await page.evaluate(() => document.querySelector('#trust-title')?.scrollIntoView({ behavior: 'instant' }));
  const top = () => page.evaluate(() => document.querySelector('#trust-title')?.getBoundingClientRect().top ?? NaN);
  // Figure 5 fetches its networks when it comes near, and its words then make room for themselves.
  await page.waitForSelector('#pooling-figure[data-state="ready"]', { timeout });
  await page.waitForTimeout(500);
  const at = await top();
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.evaluate(() =>
    /** @type {HTMLElement} */ (document.querySelector('button[data-language="ko"]')).focus({ preventScroll: true }),
  );
  await page.keyboard.press('Enter');
  await page.waitForSelector('html[lang="ko"]', { timeout });
  assert.ok(Math.abs((await top()) - at) < 4, `scrolled from ${at} to ${await top()}`);
  assert.deepEqual(await shown(), before);
  assert.match(await page.innerText('#target-line'), /말/);
  assert.deepEqual(
    // A browser may look at the icon again when the address changes.
    asked.filter((path) => !/languages\/ko\.json$|icon\.svg$/.test(path)),
    [],
    'nothing else is fetched',
  );
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).same), true, 'the page was not loaded anew');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-language')), 'ko', 'the focus stays');
  // Chosen, the language is in the address and in links; also after Back.
  assert.equal(new URL(page.url()).search, '?lang=ko');
  assert.match(await page.inputValue('#export-link'), /\?lang=ko#/);
  await page.goBack();
  await page.waitForFunction(() => location.search === '?lang=ko');
  assert.equal(await page.getAttribute('html', 'lang'), 'ko');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('what goes wrong is said in Korean, with the English detail marked', { timeout }, async () => {
  const { page, context } = await browser.open('/www/?lang=ko');
  await explained(page);
  await page.setInputFiles('#file', { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  assert.match(await troubled(page), /‘broken\.png’ 파일은 쓸 수 없습니다.*이미지를 읽을 수 없습니다/);
  assert.equal(await page.getAttribute('#status-text span', 'lang'), 'en');
  assert.deepEqual(await englishIn(page), []);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  test(`${colorScheme}: the Korean page fits narrow screens, and axe finds nothing`, { timeout }, async () => {
    const { page, context } = await browser.open('/www/?lang=ko#network=all-cnn-c', { colorScheme });
    await computed(page);
    await page.click('#engine summary');
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ width, height: 844 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `${width} px`);
    }
    if (engine === 'chromium') {
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => {
          const { violations } = await /** @type {any} */ (globalThis).axe.run({ rules: { 'target-size': { enabled: true } } });
          return violations.flatMap((/** @type {any} */ { id, nodes }) => nodes.map((/** @type {any} */ { target }) => `${id}: ${target}`));
        });
        assert.deepEqual(found, [], `${width} px`);
      }
    }
    await context.close();
  });

test('the one HTML file stays in the language it was saved in', { timeout }, async () => {
  const { page, context } = await browser.open('/www/?lang=ko#picture=frog-0000&class=7', { before: keepSaved });
  await explained(page);
  const [[, bytes] = ['', Buffer.of()]] = await savedFiles(page, () => page.click('#export-file'), 1);
  const path = join(await mkdtemp(join(tmpdir(), 'relume-korean-')), 'file.html');
  await writeFile(path, bytes);
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('#status[data-ready="true"]', { timeout: 60_000 });
  assert.equal(await page.getAttribute('html', 'lang'), 'ko');
  assert.match(await page.innerText('#status'), /‘말’ 점수는/);
  await page.locator('#choice input').click();
  assert.match((await page.locator('#choice [role=option]').allInnerTexts()).join(), /개구리.*말/s);
  assert.deepEqual(await englishIn(page), []);
  await context.close();
});

test('a frame: the figure and its link in the language of its address', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/embed.html?lang=ko#picture=frog-0000');
  const figure = page.locator('relume-view');
  await page.waitForFunction(() => /답은/.test(document.querySelector('relume-view')?.shadowRoot?.textContent ?? ''), undefined, {
    timeout,
  });
  assert.match(await figure.locator('[data-name=guided]').evaluate((canvas) => canvas.getAttribute('aria-label') ?? ''), /유도 역전파 맵/);
  assert.match(await page.innerText('#open'), /relume에서 열기/);
  assert.match((await page.getAttribute('#open', 'href')) ?? '', /lang=ko/);
  assert.match((await figure.getAttribute('alt')) ?? '', /개구리/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a frame with controls and a figure of the page: the language after the #, and another in its place', { timeout }, async () => {
  const words = 'network=all-cnn-c&picture=horse-0000&weights=random&parts=maps,scale,caption,predictions,classes,rule,link&colour=red';
  const { page, context, troubles } = await browser.open(`/www/embed.html#lang=ko&${words}`);
  const figure = page.locator('relume-view');
  await figure.locator('[part~=predictions] button').first().waitFor({ timeout });
  await page.waitForSelector('#rule-figure[data-checked="same"]', { timeout });
  assert.match(await figure.locator('figcaption').innerText(), /^가중치가 무작위인 All-CNN-C의 답은/);
  assert.match(await figure.locator('[part~=scale]').innerText(), /음수.*양수/s);
  assert.equal(await figure.locator('label').innerText(), '다른 클래스 설명하기');
  assert.match(await page.innerText('#address-note'), /colour=red \(무시함\)/);
  assert.match((await page.getAttribute('#open', 'href')) ?? '', /^\.\/\?lang=ko#.*weights=random/);
  assert.deepEqual(await englishIn(page), []);
  await page.evaluate((hash) => (location.hash = hash), `#lang=en&${words}`);
  await page.waitForSelector('html[lang="en"]', { timeout });
  await figure.locator('[part~=predictions] button').first().waitFor({ timeout });
  assert.equal(await figure.locator('label').innerText(), 'Explain another class');
  assert.match(await page.innerText('#address-note'), /colour=red \(ignored\)/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a guess, a pin and random weights in Korean; and the lesson', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(
    '/www/?lang=ko#network=all-cnn-c&picture=horse-0000&weights=random&guess=1&pin=all-cnn-c,frog-0000,6',
  );
  await explained(page);
  await page.waitForFunction(() => /^고정한 맵/.test(document.querySelector('#pinned-line')?.textContent ?? ''), undefined, { timeout });
  assert.match(await page.innerText('#status'), /^가중치가 무작위여서/);
  assert.match(await page.innerText('#guess-question'), /점수를 매겼을까요/);
  await page.click('#guess-show');
  assert.match(await page.innerText('#guess-line'), /표시한 곳이 없어서/);
  assert.deepEqual(await englishIn(page), []);
  await page.click('a[href$="teaching.ko.md"]');
  await page.waitForSelector('#document[data-shown="docs/teaching.ko.md"][lang="ko"]', { timeout });
  assert.match(await page.innerText('nav'), KOREAN);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the element speaks the language around it, and follows it', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/tests/browser/pages/elements.html');
  const caption = (/** @type {string} */ id) => page.locator(`#${id}`).locator('figcaption').innerText();
  await page.waitForFunction(() => /says/.test(document.querySelector('#first')?.shadowRoot?.textContent ?? ''), undefined, { timeout });
  const english = await caption('first');
  const maps = () =>
    page.locator('#first').evaluate((view) => [...(view.shadowRoot?.querySelectorAll('canvas') ?? [])].map((each) => each.toDataURL()));
  const before = await maps();
  await page.evaluate(() => (document.documentElement.lang = 'ko'));
  assert.match(await caption('first'), /^All-CNN-C의 답은 ‘개구리’, \d+%입니다\.\n역전파: 밝아지면/);
  assert.deepEqual(await page.locator('#first').locator('.label').allInnerTexts(), ['이미지', '역전파', 'deconvnet', '유도 역전파']);
  assert.equal(await page.locator('#first').locator('[data-name=picture]').getAttribute('aria-label'), '신경망이 보는 이미지');
  assert.deepEqual(await maps(), before, 'nothing is drawn again');
  // Its own attribute counts more, and a language it does not know is English.
  for (const lang of ['en-GB', 'fr']) {
    await page.locator('#first').evaluate((view, code) => view.setAttribute('lang', code), lang);
    assert.equal(await caption('first'), english);
  }
  // What goes wrong.
  await page.locator('#first').evaluate((view) => {
    view.setAttribute('lang', 'ko');
    view.setAttribute('methods', 'grad');
  });
  await page.waitForFunction(() => /계산하지 못했습니다/.test(document.querySelector('#first')?.shadowRoot?.textContent ?? ''));
  assert.match(await page.locator('#first').locator('[role=status]').innerText(), /쓸 수 없는 값.*methods="grad": choose one of/);
  assert.deepEqual(troubles, []);
  await context.close();
});
