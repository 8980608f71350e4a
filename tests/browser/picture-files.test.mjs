// One picture, one answer: every file of tests/pictures gives the same scores in the page and on the command line.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C, ROOT, relume } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const PICTURES = 'tests/pictures';
const timeout = 300_000;
/** Firefox converts a PNG with this profile otherwise than a JPEG or a WebP with the same one; Chromium and we do not. */
const ODD_ONE_OUT = process.env.RELUME_BROWSER === 'firefox' ? ['display-p3.png'] : [];
/** The largest distance of two logits: where colours are converted, browsers round differently too. */
const LIMIT = 0.05;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {string} name @returns {Promise<{ top: { index: number, logit: number }[] }>} */
async function onCommandLine(name) {
  return JSON.parse(await relume('explain', ROOT + ALL_CNN_C, `${PICTURES}/${name}`, '--json'));
}

test('every file gives the same scores in the page and on the command line', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const model = await page.evaluateHandle(async (path) => (await bare.Relume.start({ workers: 1 })).load(path), ALL_CNN_C);
  const files = (await readdir(ROOT + PICTURES)).filter(
    (name) => /\.(png|jpg|webp|gif)$/.test(name) && ![...ODD_ONE_OUT, 'half.jpg'].includes(name),
  );
  assert.ok(files.length > 30, `${files.length} files`);
  const apart = [];
  for (const name of files) {
    const { top } = await onCommandLine(name);
    const text = (await readFile(join(ROOT, PICTURES, name))).toString('base64');
    const logits = await model.evaluate(
      async (network, [base64, title]) => {
        const bytes = Uint8Array.from(atob(base64 ?? ''), (letter) => letter.charCodeAt(0));
        return [...(await network.forward(new File([bytes], title ?? ''))).logits];
      },
      [text, name],
    );
    const most = Math.max(...top.map(({ index, logit }) => Math.abs(logit - (logits[index] ?? NaN))));
    if (!(most <= LIMIT)) apart.push(`${name}: ${most.toFixed(3)}`);
  }
  assert.deepEqual(apart, []);
  await context.close();
});

test('half a JPEG is refused by both', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  await assert.rejects(onCommandLine('half.jpg'), /is cut off/);
  const { code, message } = await page.evaluate(
    async ([path, file]) => {
      const model = await (await bare.Relume.start({ workers: 1 })).load(path ?? '');
      return bare.refusal(async () => model.forward(await bare.file(file ?? '')));
    },
    [ALL_CNN_C, `/${PICTURES}/half.jpg`],
  );
  assert.equal(code, 'invalid-picture');
  assert.match(message, /cut off/);
  await context.close();
});
