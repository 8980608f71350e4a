// Figure 1 on the page: the paper's numbers, computed by the engine, and what a reader can do to them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Figure 1b of arXiv 1412.6806, row by row. */
const FIGURE_1B = {
  f: [1, -1, 5, 2, -5, -7, -3, 2, 4],
  r: [-2, 3, -1, 6, -3, 1, 2, -1, 3],
  backprop: [-2, 0, -1, 6, 0, 0, 0, -1, 3],
  deconvnet: [0, 3, 0, 6, 0, 1, 2, 0, 3],
  guided: [0, 0, 0, 6, 0, 0, 0, 0, 3],
};
const RULES = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);

/** @typedef {import('playwright-core').Page} Page */

/** @param {string} text as the page writes numbers */
const number = (text) => (text.trim() === '' ? NaN : Number(text.replaceAll('−', '-')));

/** @param {Page} page @param {string} grid @returns {Promise<number[]>} */
async function shown(page, grid) {
  const texts = await page.locator(`#grid-${grid} [data-cell]`).evaluateAll((cells) =>
    cells.map((cell) =>
      // The first text of a result is its number.
      cell instanceof HTMLInputElement ? cell.value : (cell.firstChild?.nodeValue ?? ''),
    ),
  );
  return texts.map(number);
}

/** @param {Page} page */
const results = async (page) => Object.fromEntries(await Promise.all(RULES.map(async (rule) => [rule, await shown(page, rule)])));

/**
 * Without a network, to show that this figure needs only the engine.
 * @returns {Promise<import('./support/browser.mjs').Opened>}
 */
async function openFigure() {
  const opened = await browser.open('/www/', {
    before: (context) =>
      context.route('**/models/**', () => {
        /* still on its way, for as long as the test runs */
      }),
  });
  await opened.page.waitForFunction(() => document.querySelector('#guided-2-2')?.firstChild?.nodeValue === '3');
  return opened;
}

/** @param {Page} page @param {string} id @param {string} text @param {typeof RULES[number]} rule @param {number} expected */
async function becomes(page, id, text, rule, expected) {
  await page.fill(`#${id}`, text);
  const result = `#${rule}-${id.slice(2)}`;
  await page.waitForFunction(
    ([cell = '', value]) => document.querySelector(cell)?.firstChild?.nodeValue?.replace('−', '-') === value,
    [result, String(expected)],
  );
}

test('Figure 1b stands on the page, exactly', async () => {
  const { page, context, troubles } = await openFigure();
  for (const [grid, numbers] of Object.entries(FIGURE_1B)) assert.deepEqual(await shown(page, grid), numbers, grid);
  // The label says what stopped a signal: at the top left f lets it pass and R is negative.
  assert.equal(await page.getAttribute('#backprop-0-0', 'data-gate'), 'open');
  assert.equal(await page.getAttribute('#guided-0-0', 'data-gate'), 'shut');
  await page.hover('#guided-0-0');
  assert.match(await page.innerText('#why-guided'), /R\s=\s−2\s≤\s0/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('editing a cell updates all three results, and the paper comes back by a button', async () => {
  const { page, context, troubles } = await openFigure();
  // f = 1 opens the ReLU in the middle of the first row, where R = 3.
  await becomes(page, 'f-0-1', '1', 'guided', 3);
  assert.equal((await shown(page, 'backprop'))[1], 3);
  await becomes(page, 'r-0-1', '-0.5', 'backprop', -0.5);
  assert.equal((await shown(page, 'deconvnet'))[1], 0);
  assert.equal((await shown(page, 'guided'))[1], 0);
  await page.press('#r-0-1', 'ArrowUp');
  await page.waitForFunction(() => document.querySelector('#guided-0-1')?.firstChild?.nodeValue === '0.5');
  // f = 0 is not above 0.
  await becomes(page, 'f-0-1', '0', 'guided', 0);
  assert.equal((await shown(page, 'deconvnet'))[1], 0.5);

  await page.click('#rule-random');
  await page.waitForFunction(
    (paper) =>
      [...document.querySelectorAll('#grid-f input')].map((input) => /** @type {HTMLInputElement} */ (input).value).join() !== paper,
    FIGURE_1B.f.join(),
  );
  await page.click('#rule-reset');
  await page.waitForFunction(
    () =>
      document.querySelector('#backprop-0-0')?.firstChild?.nodeValue === '−2' &&
      document.querySelector('#guided-1-0')?.firstChild?.nodeValue === '6',
  );
  const { f, r, ...paper } = FIGURE_1B;
  assert.deepEqual([await shown(page, 'f'), await shown(page, 'r')], [f, r]);
  assert.deepEqual(await results(page), paper);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('text that is not a number is refused in place, and the results stand', async () => {
  const { page, context, troubles } = await openFigure();
  const { f: _, r: __, ...paper } = FIGURE_1B;
  for (const wrong of ['abc', '', '1e39', 'NaN', 'Infinity', '1,2,3']) {
    await page.fill('#f-0-1', wrong);
    assert.equal(await page.getAttribute('#f-0-1', 'aria-invalid'), 'true', `“${wrong}”`);
    assert.match(await page.innerText('#rule-status'), /not a number.*f counts as −1/s, `“${wrong}”`);
    assert.deepEqual(await results(page), paper, `“${wrong}”`);
  }
  await becomes(page, 'f-0-1', '1,5', 'guided', 3);
  assert.equal(await page.getAttribute('#f-0-1', 'aria-invalid'), 'false');
  assert.equal(await page.innerText('#rule-status'), '');
  assert.deepEqual(troubles, []);
  await context.close();
});
