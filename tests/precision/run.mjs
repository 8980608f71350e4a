// How often rounding decides whether a unit fires: the engine, in headless Chromium, against a run in 64-bit floats, unit
// for unit behind every ReLU. A way back lets a signal pass or not by just that.
//   node tests/precision/run.mjs [--model FILE] [--backend flex|ndarray] [--pictures FOLDER] [--count N]

/// <reference path="./globals.d.ts" />
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser } from '../browser/support/browser.mjs';
import { ALL_CNN_C, ROOT } from '../browser/support/fixtures.mjs';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: ALL_CNN_C },
    backend: { type: 'string', default: 'flex' },
    pictures: { type: 'string', default: `${ROOT}www/pictures/cifar10` },
    count: { type: 'string', default: '100' },
  },
});

/** Pictures of a folder and those in it, evenly from all. @param {string} folder @param {number} count */
function pictures(folder, count) {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(png|jpe?g)$/i.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
  if (all.length === 0) throw new Error(`${folder} holds no picture`);
  const step = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => /** @type {string} */ (all[Math.floor(i * step)]));
}

const browser = await openBrowser();
try {
  const { page } = await browser.open('/tests/precision/flips.html');
  const asked = /** @type {const} */ ([options.model, /** @type {'flex' | 'ndarray'} */ (options.backend)]);
  const build = await page.evaluate(([model, backend]) => flips.begin(model, backend), asked);
  const [paths, sum] = [pictures(options.pictures, Number(options.count)), { units: 0, flipped: 0, apart: 0 }];
  for (const path of paths) {
    const { units, flipped, apart } = await page.evaluate((bytes) => flips.compare(bytes), readFileSync(path).toString('base64'));
    sum.units += units;
    sum.flipped += flipped.length;
    sum.apart = Math.max(sum.apart, apart);
    for (const unit of flipped) console.log(`${path}: ${unit}`);
  }
  console.log(
    `${options.model}, ${build}, ${paths.length} pictures: ${sum.flipped} of ${sum.units} units fire in 32 bits and not in 64 or the other way round; ` +
      `scores ${sum.apart.toExponential(1)} apart at most`,
  );
} finally {
  await browser.close();
}
