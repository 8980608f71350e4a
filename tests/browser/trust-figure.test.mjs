// Figure 6: the maps of networks that forget, of another class and of another picture, and the pixels that count.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { open } from '../../pkg/low-level-node.js';
import { stopsOf } from '../../www/randomised-layers.js';
import { openBrowser } from './support/browser.mjs';
import { look } from './support/canvas.mjs';
import { ALL_CNN_C, ROOT } from './support/fixtures.mjs';
import { countOperations, operations } from './support/operations.mjs';
import { WITH_ALL_CNN_C, explained, written } from './support/page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const timeout = 300_000;
const RULES = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
const SEEDS = [1, 2, 3];
const HORSE = `${WITH_ALL_CNN_C}&picture=horse-0000&class=7`;
const AXE = await readFile(`${ROOT}node_modules/axe-core/axe.min.js`, 'utf8');
/** The page writes two digits; the build of the engine in Node may round the last digits of a map otherwise. */
const CLOSE = 0.011;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof open>>} */
let engine;
const file = new Blob([await readFile(ROOT + ALL_CNN_C)]);
before(async () => {
  browser = await openBrowser();
  engine = await open();
});
after(() => browser?.close());

/** Goes to a part of the figure, and waits until all of it is computed. @param {Page} page @param {'layers' | 'others' | 'pixels'} part */
async function computed(page, part) {
  await page.locator(`#trust-${part}`).scrollIntoViewIfNeeded();
  await page.waitForSelector(`#trust-${part}[data-state="ready"][aria-busy="false"]`, { timeout: 200_000 });
}

/** The pixels of a small picture, as the browser decodes them. @param {Page} page @param {string} name */
async function pixelsOf(page, name) {
  const pixels = await page.evaluate(async (picture) => {
    const bitmap = await createImageBitmap(await (await fetch(`pictures/cifar10/${picture}.jpg`)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    return [...(context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [])];
  }, name);
  return Uint8Array.from(pixels);
}

/** The three maps of a class, by an engine of the test's own. @param {Uint8Array} rgba @param {number} index @param {{ from: string, seed: number }} [randomised] */
async function mapsInNode(rgba, index, randomised) {
  const model = await engine.loadFile(file, randomised && { randomised });
  const trace = model.forwardPicture(rgba, 32, 32);
  const maps = Object.fromEntries(RULES.map((rule) => [rule, trace.explain(rule, { class: index })]));
  trace.free();
  model.free();
  return /** @type {Record<typeof RULES[number], import('../../pkg/low-level.js').RawMap>} */ (maps);
}

/** The cells of a table, row by row. @param {Page} page @param {string} table */
const cellsOf = (page, table) =>
  page
    .locator(`#${table} tbody tr`)
    .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent ?? '')));

/** @param {string} words */
const numberIn = (words) => Number(/[−-]?\d+\.\d+|^1$/.exec(words)?.[0].replace('−', '-') ?? NaN);

/** Where the marks of a chart's lines are, in the units of its axis. @param {Page} page @param {string} chart */
const marksOf = (page, chart) =>
  page.locator(`#${chart}`).evaluate((svg) => {
    const ticks = [...svg.querySelectorAll('text[text-anchor="end"]')]
      .map((text) => ({ value: parseFloat((text.textContent ?? '').replace('−', '-')), y: Number(text.getAttribute('y')) - 4 }))
      .filter(({ value }) => !Number.isNaN(value));
    const [first, last] = [ticks[0], ticks.at(-1)];
    if (!first || !last) throw new Error('the axis has no ticks');
    return Object.fromEntries(
      [...svg.querySelectorAll('[data-line]')].map((line) => [
        line.getAttribute('data-line'),
        [...line.querySelectorAll('.mark')].map((mark) => {
          const { top, height } = mark.getBoundingClientRect();
          // The triangle's point is farther from its middle than its base is.
          const share = line.getAttribute('data-line') === 'guided' ? 1.2 / 2.2 : 0.5;
          const y = top - svg.getBoundingClientRect().top + height * share;
          return first.value + ((y - first.y) * (last.value - first.value)) / (last.y - first.y);
        }),
      ]),
    );
  });

test('how alike the maps of randomised networks are, in table and chart, as computed in Node', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(HORSE);
  await explained(page);
  await computed(page, 'layers');
  assert.equal(await page.isDisabled('#trust-compute'), true, 'all of it is computed');
  assert.equal(await page.innerText('#trust-compute'), 'Computed');
  assert.match(await page.innerText('#trust-done'), /^100 % computed: 27 of 27 networks/);
  const rgba = await pixelsOf(page, 'horse-0000');
  const originals = await mapsInNode(rgba, 7);
  const names = /** @type {const} */ (['rankCorrelation', 'rankCorrelationOfMagnitudes', 'structuralSimilarity']);
  for (const measure of names) {
    await page.check(`input[name=trust-measure][value="${measure}"]`, { force: true });
    const cells = await cellsOf(page, 'trust-table');
    assert.equal(cells.length, 10, 'as it is, and nine layers');
    assert.deepEqual(cells[0]?.slice(1), ['1.000', '1.000', '1.000']);
    for (const [row, from] of /** @type {const} */ ([
      [1, 'conv9'],
      [4, 'conv6'],
      [9, 'conv1'],
    ])) {
      const found = await Promise.all(SEEDS.map((seed) => mapsInNode(rgba, 7, { from, seed })));
      for (const [i, rule] of RULES.entries()) {
        const numbers = found.map((maps) => {
          const { data, shape } = maps[rule];
          return engine.compareMaps(originals[rule].data, data, shape)?.[measure] ?? NaN;
        });
        const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
        const said = /^(\S+) \((\S+) to (\S+)\)$/.exec(cells[row]?.[i + 1] ?? '');
        const wanted = [mean, Math.min(...numbers), Math.max(...numbers)];
        wanted.forEach((number, at) => {
          const shown = numberIn(said?.[at + 1] ?? '');
          assert.ok(Math.abs(shown - number) < CLOSE, `${measure}, ${from}, ${rule}: ${cells[row]?.[i + 1]}, in Node ${wanted}`);
        });
      }
    }
    const marks = await marksOf(page, 'trust-chart');
    RULES.forEach((rule, i) => {
      const inTable = cells.map((row) => numberIn(row[i + 1] ?? ''));
      assert.equal(marks[rule]?.length, inTable.length);
      marks[rule]?.forEach((/** @type {number} */ value, /** @type {number} */ at) => {
        assert.ok(
          Math.abs(value - (inTable[at] ?? NaN)) < 0.03,
          `${measure}, ${rule}, row ${at}: drawn at ${value}, written ${inTable[at]}`,
        );
      });
    });
  }
  assert.deepEqual(troubles, []);
  await context.close();
});

test('the slider by keyboard: its stop is shown, said and in the address', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`${HORSE}&randomised=3`);
  await explained(page);
  await page.waitForFunction(() => (document.querySelector('#trust-figure')?.getBoundingClientRect().top ?? Infinity) < innerHeight);
  assert.equal(await page.inputValue('#trust-step'), '3', 'as the address says');
  await page.focus('#trust-step');
  await page.keyboard.press('Home');
  await page.waitForSelector('#trust-randomised-guided[data-blank="false"]');
  assert.match(await page.innerText('#trust-line'), /^No layer is randomised/);
  assert.equal(await page.innerText('#trust-randomised-likeness-guided'), 'rank correlation: 1');
  assert.deepEqual(await look(page, '#trust-randomised-guided'), await look(page, '#trust-trained-guided'));
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('#trust-randomised[aria-busy="false"]');
  assert.match(await page.innerText('#trust-line'), /^The last layer with weights, conv9, is randomised/);
  assert.equal(await page.getAttribute('#trust-step', 'aria-valuetext'), await page.innerText('#trust-line'));
  await page.keyboard.press('End');
  await page.waitForSelector('#trust-randomised[aria-busy="false"]');
  assert.match(await page.innerText('#trust-line'), /^All 9 layers/);
  assert.match(await page.innerText('#trust-answer'), /^now says “/);
  await page.waitForFunction(() =>
    /rank correlation: /.test(document.querySelector('#trust-randomised-likeness-guided')?.textContent ?? ''),
  );
  const trained = await look(page, '#trust-trained-guided');
  await page.waitForFunction(() => document.querySelector('#trust-randomised-guided')?.getAttribute('data-blank') === 'false');
  await page.waitForTimeout(200);
  assert.notEqual((await look(page, '#trust-randomised-guided')).digest, trained.digest);
  await written(page);
  assert.match(new URL(page.url()).hash, /randomised=9/);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a network of many layers has thirty stops, evenly spaced, the last layer and all layers among them', () => {
  const layer = (/** @type {number} */ i) => ({ name: `conv${i}`, parameters: i % 2 });
  const info = /** @type {any} */ ({ layers: Array.from({ length: 322 }, (_, i) => layer(i)) });
  const stops = stopsOf(info);
  assert.equal(stops.length, 30);
  assert.deepEqual(
    [stops[0], stops.at(-1)],
    [
      { from: 'conv321', count: 1 },
      { from: 'conv1', count: 161 },
    ],
  );
  const apart = stops.slice(1).map(({ count }, i) => count - (stops[i]?.count ?? NaN));
  assert.ok(
    apart.every((layers) => layers === 5 || layers === 6),
    `${apart}`,
  );
  assert.deepEqual(stopsOf(/** @type {any} */ ({ layers: [] })), []);
});

test('an address that asks for more layers than there are is said, and all are randomised', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(`${HORSE}&randomised=99`);
  await explained(page);
  await page.waitForFunction(() =>
    /randomised=99 \(figure 6 takes 0 to 9 layers/.test(document.querySelector('#status')?.textContent ?? ''),
  );
  assert.equal(await page.inputValue('#trust-step'), '9');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('whoever pauses has nothing computed; the slider asks for its own networks first', { timeout }, async () => {
  const { page, context, troubles } = await browser.open('/www/', { before: countOperations });
  await explained(page);
  await page.locator('#trust-layers').scrollIntoViewIfNeeded();
  const share = () => page.evaluate(() => /** @type {HTMLProgressElement} */ (document.querySelector('#trust-progress')).value);
  await page.waitForFunction(() => /** @type {HTMLProgressElement} */ (document.querySelector('#trust-progress')).value > 0);
  await page.click('#trust-compute');
  await page.waitForSelector('#trust-layers[aria-busy="false"]');
  assert.equal(await page.innerText('#trust-compute'), 'Compute');
  const paused = await share();
  const { load } = operations(context);
  await page.waitForTimeout(2000);
  assert.equal(await share(), paused);
  // One that was under way may still have been read.
  assert.ok(operations(context).load <= load + 1);
  await page.focus('#trust-step');
  await page.keyboard.press('End');
  await page.waitForSelector('#trust-randomised[aria-busy="false"]');
  assert.match(await page.innerText('#trust-line'), /^All 26 layers/);
  assert.ok((await share()) < 0.2, 'the first ones are still to come');
  assert.equal(await page.innerText('#trust-compute'), 'Pause');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('every randomised network is closed; another picture, or leaving, ends the work', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(HORSE, { before: countOperations });
  await explained(page);
  const count = () => ({ ...operations(context) });
  const open = () => count().load - count()['free model'];
  await computed(page, 'layers');
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await page.waitForSelector('#trust-figure:not(:has([aria-busy="true"] > .maps-rows))');
  const usual = open();
  assert.ok(count()['free model'] >= 27, `${count()['free model']} of 27 networks were closed`);
  assert.ok(usual <= 8, `${usual} networks stay open: the page's own, in each worker`);

  // Another picture is chosen while the networks of this one are computed. Not by pointer, which would scroll there.
  const choose = (/** @type {string} */ name) =>
    page.evaluate((id) => /** @type {HTMLElement} */ (document.querySelector(id)).click(), `#sample-${name}`);
  await choose('frog-0000');
  await explained(page, 'A frog');
  await page.locator('#trust-layers').scrollIntoViewIfNeeded();
  await page.waitForFunction(() => Number(/** @type {HTMLProgressElement} */ (document.querySelector('#trust-progress')).value) > 0);
  await choose('ship-0000');
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await explained(page, 'A ship');
  await page.waitForSelector('#trust-layers[aria-busy="false"]');
  assert.equal(await page.evaluate(() => /** @type {HTMLProgressElement} */ (document.querySelector('#trust-progress')).value), 0);
  await page.waitForTimeout(1000);
  const ended = count();
  await page.waitForTimeout(2000);
  assert.deepEqual(count(), ended, 'nothing runs any more');
  assert.deepEqual(troubles, []);
  await context.close();
});

test('another class and another picture, as computed in Node; the deconvnet of All-CNN-C knows no picture', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(HORSE);
  await explained(page);
  await computed(page, 'others');
  const [other, picture] = [Number(await page.inputValue('#trust-class')), await page.inputValue('#trust-picture')];
  assert.match(await page.locator('#trust-other-class .hint').innerText(), /, place 10 of 10$/, 'the least likely is chosen');
  const rgba = await pixelsOf(page, 'horse-0000');
  const originals = await mapsInNode(rgba, 7);
  const pairs = { class: await mapsInNode(rgba, other), picture: await mapsInNode(await pixelsOf(page, picture), 7) };
  for (const [row, maps] of Object.entries(pairs)) {
    for (const rule of RULES) {
      const said = await page.innerText(`#trust-other-${row}-likeness-${rule}`);
      const { data, shape } = maps[rule];
      const wanted = engine.compareMaps(originals[rule].data, data, shape)?.rankCorrelation;
      if (wanted === undefined) assert.match(said, /none, because a map is empty/);
      else if (row === 'picture' && rule === 'deconvnet') assert.equal(said, 'rank correlation: 1');
      else assert.ok(Math.abs(numberIn(said.replace('above', '')) - wanted) < CLOSE, `${row}, ${rule}: ${said}, in Node ${wanted}`);
    }
  }
  const before = await look(page, '#trust-other-picture-guided');
  await page.selectOption('#trust-picture', 'frog-0000');
  await page.waitForSelector('#trust-others[data-state="ready"][aria-busy="false"]');
  assert.notEqual((await look(page, '#trust-other-picture-guided')).digest, before.digest);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('deletion and insertion by a map, by edges and by chance, as computed in Node', { timeout }, async () => {
  const { page, context, troubles } = await browser.open(HORSE);
  await explained(page);
  await computed(page, 'pixels');
  const rgba = await pixelsOf(page, 'horse-0000');
  const model = await engine.loadFile(file);
  const trace = model.forwardPicture(rgba, 32, 32);
  const cells = await cellsOf(page, 'trust-deletion-table');
  assert.equal(cells.length, 25);
  const orders = [trace.explain('guided', { class: 7 }).data, trace.edges(), engine.randomImportance(1024, 1)];
  const columns = /** @type {const} */ (['deletion', 'insertion']).flatMap((change) =>
    orders.map((map) => trace.curve({ map, change, points: 24, from: 0, to: 25 }, { class: 7 })),
  );
  cells.forEach(([share = '', ...row], i) => {
    assert.equal(share, `${Math.round(100 * (columns[0]?.[2 * i] ?? NaN))} %`);
    row.forEach((said, column) => {
      const value = 100 * (columns[column]?.[2 * i + 1] ?? NaN);
      const shown = said.startsWith('<') ? 0 : parseFloat(said);
      assert.ok(Math.abs(shown - value) < 1, `${share}, column ${column}: ${said}, in Node ${value}`);
    });
  });
  assert.match(await page.locator('#trust-pixels .deletion-chart:first-child .legend').innerText(), /the map by guided\s*area 0\.\d{3}/);
  // Of another rule only its own curves are new.
  await page.selectOption('#trust-method', 'backprop');
  await page.waitForSelector('#trust-pixels[data-state="ready"][aria-busy="false"]');
  const again = await cellsOf(page, 'trust-deletion-table');
  assert.deepEqual(
    again.map((row) => row[2]),
    cells.map((row) => row[2]),
  );
  assert.notDeepEqual(
    again.map((row) => row[1]),
    cells.map((row) => row[1]),
  );
  trace.free();
  model.free();
  assert.deepEqual(troubles, []);
  await context.close();
});

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  test(`${colorScheme}: axe finds nothing, 320 px do not scroll sideways, Korean is said in place`, { timeout }, async () => {
    const { page, context, troubles } = await browser.open(HORSE, { colorScheme });
    await explained(page);
    for (const part of /** @type {const} */ (['layers', 'others', 'pixels'])) await computed(page, part);
    for (const summary of await page.locator('#trust-figure summary').all()) await summary.click();
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { violations } = await /** @type {any} */ (globalThis).axe.run('#trust-figure', {
          rules: { 'target-size': { enabled: true } },
        });
        return violations.map(
          (/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ { target }) => target).join()}`,
        );
      });
      assert.deepEqual(found, [], `${width} px`);
    }
    await page.setViewportSize({ width: 320, height: 900 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
    const numbers = await cellsOf(page, 'trust-table');
    await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('[data-language="ko"]')).click());
    await page.waitForFunction(() => document.documentElement.lang === 'ko');
    assert.match(await page.innerText('#trust-caption'), /^그림 6\./);
    assert.match(await page.innerText('#trust-line'), /conv9/);
    assert.doesNotMatch(await page.innerText('#trust-figure'), /\b(?:the|layers|pixels|computed)\b/);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
    assert.deepEqual(
      (await cellsOf(page, 'trust-table')).map((row) => row.slice(1).map(numberIn)),
      numbers.map((row) => row.slice(1).map(numberIn)),
    );
    assert.deepEqual(troubles, []);
    await context.close();
  });
