// Two builds of the package beside each other, in one browser run: make bench-ab BASE=FOLDER, where FOLDER is another copy of
// the repository (git worktree add FOLDER COMMIT). Each measurement is a fresh page, in random order, because where an
// instance's memory happens to lie moves its times by several per cent; what is compared are the pages' medians. Both load
// the same files, those of this repository: its own networks, and torchvision's where `make bench-networks` has written them.
//   node tests/bench/ab.mjs FOLDER [--pages 12] [--only WORD]

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from '../../scripts/serve.mjs';
import { openBrowser } from '../browser/support/browser.mjs';
import { ALL_CNN_C, EFFICIENTNET, ROOT, SQUEEZENET } from '../browser/support/fixtures.mjs';
import { FOLDERS, allWritten } from './written-networks.mjs';

const {
  values: options,
  positionals: [folder],
} = parseArgs({ allowPositionals: true, options: { pages: { type: 'string', default: '12' }, only: { type: 'string', default: '' } } });
const pages = Number(options.pages);
if (folder === undefined || !existsSync(`${folder}/pkg/index.js`) || !Number.isInteger(pages) || pages < 1) {
  console.error(
    'usage: node tests/bench/ab.mjs FOLDER [--pages 12] [--only WORD]\nFOLDER is another copy of the repository, with pkg/index.js in it.',
  );
  process.exit(2);
}

/** The part of a path that says which network it is. @param {string} path */
const named = (path) => path.split('/').at(-1)?.replace('.safetensors', '') ?? path;

const MODELS = [ALL_CNN_C, SQUEEZENET, EFFICIENTNET, ...allWritten()].filter(
  (path) => named(path).includes(options.only) && existsSync(ROOT + path),
);
if (MODELS.length === 0) {
  console.error(`no network's name has "${options.only}" in it`);
  process.exit(2);
}
const WORKERS = /** @type {const} */ ([1, 2]);

/**
 * In the page: every row of one network, as medians of a few runs.
 * @param {{ bytes: string, workers: number }} asked `bytes`: where the model file is, from another origin
 * @returns {Promise<Record<string, number>>}
 */
async function measure({ bytes, workers }) {
  const RUNS = 9;
  const WARM_UPS = 3;
  const METHODS = ['backprop', 'deconvnet', 'guided'];
  const { Relume } = await import(/** @type {any} */ (`${location.origin}/pkg/index.js`));
  const answer = await fetch(bytes);
  if (!answer.ok) throw new Error(`${bytes}: ${answer.status}`);
  const model = new Uint8Array(await answer.arrayBuffer());
  const relume = await Relume.start({ workers });
  const network = await relume.load(model);
  const [channels, height, width] = network.info.input.shape;
  const input = Float32Array.from({ length: channels * height * width }, (_, i) => ((i * 7919) % 1009) / 504.5 - 1);
  /** @param {() => Promise<unknown>} work */
  const time = async (work) => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  /** @param {() => Promise<unknown>} work */
  const median = async (work) => {
    for (let i = 0; i < WARM_UPS; i++) await work();
    const times = [];
    while (times.length < RUNS) times.push(await time(work));
    return times.sort((a, b) => a - b)[RUNS >> 1] ?? NaN;
  };
  /** @type {Record<string, number>} */
  const rows = {};
  if (workers === 1) rows['first map after loading'] = await time(() => network.explain(input, { method: 'guided', target: { class: 0 } }));
  const trace = await network.forward(input);
  const three = () => Promise.all(METHODS.map((method) => trace.explain({ method, target: { class: 0 } })));
  if (workers === 1) {
    rows['forward'] = await median(async () => (await network.forward(input)).close());
    rows['one map'] = await median(() => trace.explain({ method: 'guided', target: { class: 0 } }));
  } else {
    // The second worker has to start, and to load the model, before it can help.
    for (let i = 0; i < 20; i++) await three();
  }
  rows[`three maps, ${workers} worker${workers > 1 ? 's' : ''}`] = await median(three);
  relume.close();
  return rows;
}

/** @param {number[]} numbers */
function medianOf(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? NaN) + (sorted[sorted.length >> 1] ?? NaN)) / 2;
}

const models = await serve(0, { folders: FOLDERS, headers: { 'Access-Control-Allow-Origin': '*' } });
const builds = [
  { name: 'base', browser: await openBrowser(serve(0, { root: resolve(folder) })) },
  { name: 'now', browser: await openBrowser() },
];
console.log(`Chromium ${builds[0]?.browser.version}; medians of ${pages} pages in milliseconds\n`);
console.log(`${'network'.padEnd(22)}${'what'.padEnd(28)}${'base'.padStart(9)}${'now'.padStart(9)}${'now ÷ base'.padStart(12)}`);
try {
  for (const path of MODELS) {
    /** @type {Map<string, Record<string, number[]>>} */
    const found = new Map();
    for (let round = 0; round < pages; round++) {
      for (const workers of WORKERS) {
        for (const { name, browser } of Math.random() < 0.5 ? builds : [...builds].reverse()) {
          // Any small file of both copies: the page itself is not what is measured.
          const { page, context } = await browser.open('/pkg/package.json');
          const rows = await page.evaluate(measure, { bytes: models.origin + path, workers });
          await context.close();
          for (const [what, time] of Object.entries(rows)) {
            const times = found.get(what) ?? {};
            (times[name] ??= []).push(time);
            found.set(what, times);
          }
        }
      }
    }
    for (const [what, times] of found) {
      const [base, now] = [medianOf(times['base'] ?? []), medianOf(times['now'] ?? [])];
      console.log(
        named(path).padEnd(22) +
          what.padEnd(28) +
          base.toFixed(2).padStart(9) +
          now.toFixed(2).padStart(9) +
          (now / base).toFixed(3).padStart(12),
      );
    }
  }
} finally {
  for (const { browser } of builds) await browser.close();
  await models.close();
}
