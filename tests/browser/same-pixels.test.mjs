// The command line and the browser draw the same picture.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ARTIFACTS, EFFICIENTNET, ODD, ROOT, SQUEEZENET, relume, withoutEfficientNet } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

/** @typedef {import('../../pkg/index.js').DrawOptions} DrawOptions */

const timeout = 600_000;
const PICTURE = 'www/pictures/chelsea.png';

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  await mkdir(ARTIFACTS, { recursive: true });
  browser = await openBrowser();
});
after(() => browser?.close());

/** @type {DrawOptions[]} */
const LOOKS = [
  {},
  { sign: 'positive', clip: 0 },
  { sign: 'magnitude', over: true },
  { fold: 'max', colors: 'diverging' },
  { fold: 'max', sign: 'negative', colors: 'heat', clip: 0.1 },
  { fold: 'max', sign: 'magnitude', colors: 'grey' },
  { fold: 'sum', colors: 'heat', over: true },
  { fold: 'sum', sign: 'positive', colors: 'diverging', clip: 0.005, over: true },
];

/** @param {DrawOptions} look */
const flags = ({ fold, sign, clip, colors, over }) => [
  ...(fold ? ['--fold', fold] : []),
  ...(sign ? ['--sign', sign] : []),
  ...(clip === undefined ? [] : ['--clip', String(clip)]),
  ...(colors ? ['--colors', colors] : []),
  ...(over ? ['--over'] : []),
];

const CASES = [
  { name: 'odd', path: ODD, target: 2, looks: LOOKS, skip: /** @type {string | false} */ (false) },
  { name: 'squeezenet-1.1', path: SQUEEZENET, target: 285, looks: LOOKS.slice(2, 4), skip: false },
  { name: 'efficientnet-lite0', path: EFFICIENTNET, target: 281, looks: LOOKS.slice(2, 4), skip: withoutEfficientNet() },
];

for (const { name, path, target, looks, skip } of CASES) {
  test(`${name}: ${looks.length} looks of one map, from both`, { skip, timeout }, async () => {
    const { page, context, troubles } = await openBare(browser);
    const map = await page.evaluateHandle(
      async ([model, picture, index]) => {
        const network = await (await bare.Relume.start()).load(model);
        return network.explain(await bare.file(picture), { method: 'guided', target: { class: index } });
      },
      /** @type {const} */ ([path, `/${PICTURE}`, target]),
    );

    for (const [i, look] of looks.entries()) {
      const out = `tests/browser/artifacts/${name}-${i}.png`;
      await relume('explain', ROOT + path, PICTURE, '--target', `class:${target}`, '--method', 'guided', '--out', out, ...flags(look));
      const { most, colours, sizes } = await map.evaluate(
        async (drawn, [options, file]) => {
          const canvas = document.createElement('canvas');
          await drawn.draw(canvas, options);
          const mine = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
          const theirs = await bare.pictureFrom(await bare.file(file));
          return {
            most: mine.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (theirs.data[at] ?? 999))), 0),
            colours: new Set(new Uint32Array(mine.buffer)).size,
            sizes: [canvas.width, canvas.height, theirs.width, theirs.height],
          };
        },
        /** @type {const} */ ([look, `/${out}`]),
      );
      assert.deepEqual(sizes.slice(0, 2), sizes.slice(2));
      assert.ok(colours > 20, `${JSON.stringify(look)}: ${colours} colours`);
      assert.ok(most <= 1, `${JSON.stringify(look)}: up to ${most}/255 apart`);
    }
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

test('the cat is an Egyptian cat, a tabby, a tiger cat, for both', { timeout }, async () => {
  /** @type {{ top: { index: number, label: string, logit: number }[] }} */
  const { top } = JSON.parse(await relume('explain', ROOT + SQUEEZENET, PICTURE, '--json'));
  const { page, context, troubles } = await openBare(browser);
  const browserTop = await page.evaluate(
    async ([model, picture]) => {
      const network = await (await bare.Relume.start()).load(model);
      return (await network.forward(await bare.file(picture))).top(5);
    },
    /** @type {const} */ ([SQUEEZENET, `/${PICTURE}`]),
  );
  for (const answers of [top, browserTop]) {
    assert.deepEqual(
      answers.slice(0, 3).map(({ index }) => index),
      [285, 281, 282],
      JSON.stringify(answers),
    );
  }
  assert.deepEqual(
    browserTop.map(({ index, label }) => ({ index, label })),
    top.map(({ index, label }) => ({ index, label })),
  );
  browserTop.forEach(({ logit }, i) =>
    assert.ok(Math.abs(logit - (top[i]?.logit ?? NaN)) < 1e-3, `logit ${i}: ${logit} and ${top[i]?.logit}`),
  );
  assert.deepEqual(troubles, []);
  await context.close();
});
