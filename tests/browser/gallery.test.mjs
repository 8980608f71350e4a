// The small pictures of the page: what scripts/gallery.mjs chose, and how a visitor chooses among them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, GALLERY, ROOT, gallery } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { WITH_ALL_CNN_C, explained } from './support/page.mjs';

const timeout = 300_000;
const SCRIPT = `${ROOT}scripts/gallery.mjs`;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('two of each class answered right, four answered wrong, and no other file', async () => {
  const { model, source, pictures } = await gallery();
  assert.equal(model, 'all-cnn-c');
  assert.match(source, /Krizhevsky.*Learning Multiple Layers of Features from Tiny Images.*2009/);
  /** @type {Record<string, number>} */
  const right = {};
  for (const { class: truth, answer } of pictures) if (answer === truth) right[truth] = (right[truth] ?? 0) + 1;
  assert.deepEqual(
    Object.values(right),
    Array.from({ length: 10 }, () => 2),
  );
  assert.equal(pictures.length, 24);
  const files = (await readdir(ROOT + GALLERY)).sort();
  assert.deepEqual(files, ['gallery.json', ...pictures.map(({ file }) => file)].sort());
});

test('the predictions it lists are those of the network in the browser', { timeout }, async () => {
  const { pictures } = await gallery();
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(
    async ({ path, folder, files }) => {
      const network = await (await bare.Relume.start()).load(path);
      const said = [];
      for (const file of files) {
        const trace = await network.forward(await bare.file(`${folder}/${file}`));
        said.push({ file, answer: (await trace.top(1))[0]?.label, size: [trace.view?.width, trace.view?.height] });
      }
      return said;
    },
    { path: ALL_CNN_C, folder: GALLERY, files: pictures.map(({ file }) => file) },
  );
  assert.deepEqual(
    found,
    pictures.map(({ file, answer }) => ({ file, answer, size: [32, 32] })),
  );
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a picture is chosen by a click, and one answered wrong says so', { timeout }, async () => {
  const { pictures } = await gallery();
  const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C);
  await explained(page);
  for (const wanted of [
    pictures.find(({ class: truth }) => truth === 'ship'),
    pictures.find(({ class: truth, answer }) => truth !== answer),
  ]) {
    const { file = '', class: truth = '', answer = '' } = wanted ?? {};
    const tile = page.locator(`#sample-${file.replace('.jpg', '')}`);
    await tile.click();
    const title = `${/^[aeiou]/.test(truth) ? 'An' : 'A'} ${truth}${answer === truth ? '' : `, answered ${answer}`}`;
    await explained(page, `${title}, as the network sees it`);
    assert.equal(await tile.getAttribute('aria-pressed'), 'true');
    assert.equal(await page.locator('#gallery [aria-pressed=true], #samples [aria-pressed=true]').count(), 1);
    assert.match(await page.innerText('#credit'), new RegExp(`^${title}.*CIFAR-10`));
    // The sign is for the eye, the words are for screen readers.
    assert.equal(await tile.locator('.sign').count(), answer === truth ? 0 : 1);
    assert.equal(/answered wrong/.test((await tile.locator('img').getAttribute('alt')) ?? ''), answer !== truth);
    assert.match(await page.innerText('#status'), new RegExp(`says “${answer}”`));
    await page.waitForURL(`**/#network=all-cnn-c&picture=${file.replace('.jpg', '')}`);
  }
  assert.equal(await page.locator('#gallery .sign').count(), 4);
  // As it is copied and read aloud: one line with its spaces.
  assert.equal(await page.innerText('#gallery > :last-child p'), 'answered wrong by All-CNN-C');
  assert.match(
    await page.innerText('#credits'),
    /CIFAR-10.*Alex Krizhevsky, “Learning Multiple Layers of Features from Tiny Images”, 2009/,
  );
  assert.deepEqual(troubles, []);
  await context.close();
});

test('a tile is large enough for a finger, its pixels are seen, and arrow keys go from one to the next', { timeout }, async () => {
  for (const width of [1280, 320]) {
    const { page, context, troubles } = await browser.open(WITH_ALL_CNN_C, { viewport: { width, height: 800 } });
    await explained(page);
    const tiles = await page.locator('#gallery button').evaluateAll((buttons) =>
      buttons.map((button) => {
        const { width: wide, height: high } = button.getBoundingClientRect();
        const image = button.querySelector('img');
        return { wide, high, rendering: image && getComputedStyle(image).imageRendering };
      }),
    );
    for (const { wide, high, rendering } of tiles) {
      assert.ok(wide >= 44 && high >= 44, `${width} px: ${wide}×${high}`);
      assert.equal(rendering, 'pixelated');
    }
    const focused = () => page.evaluate(() => document.activeElement?.id);
    const at = () =>
      page.evaluate(() => {
        const { x = NaN, y = NaN } = document.activeElement?.getBoundingClientRect() ?? {};
        // Relative to the page, not the window: focusing may scroll.
        return [Math.round(x + scrollX), Math.round(y + scrollY)];
      });
    const [first = '', ...others] = await page.locator('#gallery button').evaluateAll((buttons) => buttons.map(({ id }) => id));
    await page.focus('#gallery [aria-pressed=true]');
    await page.keyboard.press('Home');
    assert.equal(await focused(), first);
    const [x = NaN, y = NaN] = await at();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await focused(), first, 'at the edge it stays');
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await at().then(([nextX, nextY = NaN]) => [nextX, nextY > y]), [x, true]);
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await at().then(([nextX = NaN, nextY = NaN]) => [nextX > x, nextY > y]), [true, true]);
    await page.keyboard.press('End');
    assert.equal(await focused(), others.at(-1));
    // Moving does not choose; Enter does. The Tab key returns to the last tile.
    const pressed = page.locator('#gallery [aria-pressed=true]');
    assert.notEqual(await pressed.getAttribute('id'), others.at(-1));
    await page.keyboard.press('Enter');
    await explained(page);
    assert.equal(await pressed.getAttribute('id'), others.at(-1));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(), others.at(-1));
    assert.deepEqual(troubles, []);
    await context.close();
  }
});

test('scripts/gallery.mjs says what it lacks, and then leaves everything as it is', async () => {
  const before = await readFile(`${ROOT}${GALLERY}/gallery.json`);
  const folder = await mkdtemp(join(tmpdir(), 'relume-gallery-'));
  /** @param {string} code of a `relume` @returns {Promise<string>} what the script says */
  const refusal = async (code) => {
    const command = join(folder, 'relume');
    await writeFile(command, `#!${process.execPath}\n${code}\n`, { mode: 0o755 });
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, command, folder], { encoding: 'utf8' });
    assert.equal(status, 1, code);
    return stderr;
  };
  /** @param {{ class: string, answer: string }[]} answers */
  const answering = (answers) =>
    `console.log(JSON.stringify(${JSON.stringify({
      model: 'all-cnn-c',
      accuracy: 1,
      classes: ['cat', 'dog'],
      answers: answers.map((each, i) => ({ picture: `test/${each.class}/000${i}.jpg`, ...each })),
    })}))`;
  const cat = { class: 'cat', answer: 'cat' };
  const dog = { class: 'dog', answer: 'dog' };

  assert.match(spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' }).stderr, /usage: node scripts\/gallery\.mjs RELUME DATA/);
  assert.match(await refusal('process.exit(3)'), /evaluate ended with status 3/);
  assert.match(await refusal('console.log("no model")'), /not JSON/);
  assert.match(await refusal(answering([cat, cat, dog])), /fewer than 2 pictures right of dog.*trained/);
  assert.match(await refusal(answering([cat, cat, dog, dog])), /only 0 pictures wrong; 4/);
  assert.match(
    await refusal(answering([cat, cat, dog, dog, ...Array.from({ length: 4 }, () => ({ class: 'cat', answer: 'dog' }))])),
    /test\/cat\/0000\.jpg is no JPEG file/,
  );
  assert.deepEqual(await readFile(`${ROOT}${GALLERY}/gallery.json`), before);
  await rm(folder, { recursive: true });
});
