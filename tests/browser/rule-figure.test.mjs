// Figure 1 on the page, parts b and c: the paper's numbers, and what a reader can do to them.

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
  forward: [1, 0, 5, 2, 0, 0, 0, 2, 4],
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
  await checked(opened.page);
  return opened;
}

/** Waits until the engine has checked the numbers, and come to the same. @param {Page} page */
const checked = (page) => page.waitForSelector('#rule-figure[data-checked="same"]');

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
  await page.hover('#r-deconvnet-0-1');
  assert.match(await page.innerText('#why-forward'), /^0 stopped: f\s=\s−1\s≤\s0/);
  assert.match(await page.innerText('#why-deconvnet'), /^3 passes: R\s=\s3\s>\s0, though the ReLU was shut \(f\s=\s−1\)/);
  assert.equal(await page.locator('#rule-figure [data-linked="true"]').count(), 8, 'the cell is marked in all eight grids');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('editing a cell updates all three results, and the paper comes back by a button', async () => {
  const { page, context, troubles } = await openFigure();
  // f = 1 opens the ReLU in the middle of the first row, where R = 3.
  await becomes(page, 'f-0-1', '1', 'guided', 3);
  assert.equal((await shown(page, 'backprop'))[1], 3);
  assert.equal((await shown(page, 'forward'))[1], 1);
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
  const { f, r, forward: _, ...paper } = FIGURE_1B;
  assert.deepEqual([await shown(page, 'f'), await shown(page, 'r')], [f, r]);
  assert.deepEqual(await results(page), paper);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('text that is not a number is refused in place, and the results stand', async () => {
  const { page, context, troubles } = await openFigure();
  const { f: _, r: __, forward: ___, ...paper } = FIGURE_1B;
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

test('the numbers from above stand in three rows, all to be edited, and stay in step', async () => {
  const { page, context, troubles } = await openFigure();
  const rows = ['r', 'r-deconvnet', 'r-guided'];
  for (const [i, row] of rows.entries()) {
    const text = String(20 + i);
    await page.fill(`#${row}-0-0`, text);
    for (const other of rows) assert.equal(await page.inputValue(`#${other}-0-0`), text, `${row} to ${other}`);
    assert.equal((await shown(page, 'guided'))[0], 20 + i);
  }
  await page.press('#r-guided-0-0', 'ArrowDown');
  assert.equal(await page.inputValue('#r-0-0'), '21');
  await page.fill('#r-deconvnet-0-0', 'x');
  for (const row of rows) assert.equal(await page.getAttribute(`#${row}-0-0`, 'aria-invalid'), 'true', row);
  assert.match(await page.innerText('#rule-status'), /^“x” is not a number.*R counts as 21 there\.$/);
  // The keyboard passes each number once.
  assert.equal(await page.locator('#rule-figure input:not([tabindex="-1"])').count(), 18);
  const names = await page.locator('#rule-figure input').evaluateAll((inputs) => inputs.map((input) => input.getAttribute('aria-label')));
  assert.equal(new Set(names).size, 36, 'no two have the same name');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the figure does not wait for the engine', async () => {
  const { page, context } = await browser.open('/www/', {
    before: (made) =>
      made.route('**/pkg/wasm/**', () => {
        /* never comes */
      }),
  });
  const { f, r, ...computed } = FIGURE_1B;
  for (const [grid, numbers] of Object.entries(computed)) assert.deepEqual(await shown(page, grid), numbers, grid);
  await becomes(page, 'f-0-1', '1', 'guided', 3);
  assert.equal(await page.getAttribute('#rule-figure', 'data-checked'), 'waiting');
  assert.match(await page.innerText('#rule-check'), /not checked them yet/);
  assert.equal(f.length, r.length);
  await context.close();
});

test('without an engine the numbers are there, and the page says that nothing checks them', async () => {
  const { page, context } = await browser.open('/www/', {
    before: (made) => made.route('**/pkg/wasm/**', (route) => route.fulfill({ status: 404 })),
  });
  await page.waitForSelector('#rule-figure[data-checked="failed"]');
  assert.match(await page.innerText('#rule-status'), /engine could not be started, so nothing checks these numbers/);
  assert.match(await page.innerText('#scheme-line'), /Only sketched here/);
  await becomes(page, 'f-0-1', '1', 'guided', 3);
  assert.equal(await page.getAttribute('#rule-figure', 'data-checked'), 'failed');
  assert.match(await page.innerText('#rule-status'), /nothing checks these numbers/);
  await context.close();
});

test('where the engine comes to another number, that is shown, and said', async () => {
  const { page, context, troubles } = await browser.open('/www/', {
    before: (made) =>
      made.route('**/pkg/api/relume.js', async (route) => {
        const response = await route.fetch();
        const code = (await response.text()).replace('return data;', 'if (rule === "deconvnet") data.set([7, 8]); return data;');
        await route.fulfill({ response, body: code });
      }),
  });
  await page.waitForSelector('#rule-figure[data-checked="differs"]');
  assert.deepEqual(await shown(page, 'deconvnet'), [7, 8, ...FIGURE_1B.deconvnet.slice(2)]);
  assert.deepEqual(await shown(page, 'guided'), FIGURE_1B.guided);
  assert.equal(
    await page.innerText('#rule-status'),
    'The engine’s number differs from the rule’s: deconvnet, column 1, row 1: 7 instead of 0, and 1 more. The engine’s numbers are shown.',
  );
  await page.hover('#deconvnet-0-1');
  assert.match(await page.innerText('#why-deconvnet'), /^8 the engine’s number; by the rule it would be 3/);
  assert.match((await page.getAttribute('#deconvnet-0-0', 'aria-label')) ?? '', /^7, the engine’s number/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the paper’s formulas are drawn as formulas', async () => {
  const { page, context, troubles } = await openFigure();
  const formulas = await page.locator('.rule-name math').evaluateAll((all) =>
    all.map((math) => {
      const [scripts] = math.getElementsByTagName('msubsup');
      const [base, below, above] = [...(scripts?.children ?? [])].map((child) => child.getBoundingClientRect());
      const middle = (/** @type {DOMRect | undefined} */ box) => (box ? box.top + box.height / 2 : NaN);
      return {
        text: math.textContent?.replace(/\s/g, ''),
        isRaised: middle(above) < middle(base) && middle(base) < middle(below),
        fits: math.scrollWidth <= (math.parentElement?.clientWidth ?? 0),
      };
    }),
  );
  const drawn = { isRaised: true, fits: true };
  assert.deepEqual(formulas, [
    { text: 'fil+1=relu(fil)=max(fil,0)', ...drawn },
    { text: 'Ril=(fil>0)·Ril+1', ...drawn },
    { text: 'Ril+1=∂fout∂fil+1', ...drawn },
    { text: 'Ril=(Ril+1>0)·Ril+1', ...drawn },
    { text: 'Ril=(fil>0)·(Ril+1>0)·Ril+1', ...drawn },
  ]);
  assert.deepEqual(troubles, []);
  await context.close();
});
