// Fifty traps in one page, by memory that runs out and by an instruction: each has its code, and nothing else is lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { changeEngine, withTrap } from './support/changed-engine.mjs';
import { ALL_CNN_C, SQUEEZENET } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { withMemoryLimit } from './support/wasm.mjs';

const timeout = 300_000;
const TRAPS = 50;
const READY = /** @type {const} */ ([ALL_CNN_C, SQUEEZENET, '/www/pictures/chelsea.png']);

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** What both networks take, and what running the large one takes beyond that. */
async function measured() {
  const { page, context } = await openBare(browser);
  const found = await page.evaluate(async ([small, large, picture]) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const photo = await bare.file(picture);
    await (await relume.load(small)).explain(photo);
    const network = await relume.load(large);
    const loaded = relume.memory();
    await network.forward(photo);
    return { loaded, ran: relume.memory() };
  }, READY);
  await context.close();
  return found;
}

test(`${TRAPS} traps: engine-crashed each time, the other calls, maps and networks unharmed`, { timeout }, async (t) => {
  const { loaded, ran } = await measured();
  assert.ok(ran > loaded + 2 ** 17, `a forward pass takes memory: ${loaded} before, ${ran} after`);
  const { page, context } = await openBare(browser, (made) =>
    changeEngine(made, (wasm) => withTrap(withMemoryLimit(wasm, (loaded + ran) / 2), 'reluBackward')),
  );
  const found = await page.evaluate(
    async ([small, large, picture, traps]) => {
      const relume = await bare.Relume.start({ workers: 2 });
      const photo = await bare.file(picture);
      const network = await relume.load(small);
      const big = await relume.load(large);
      const trace = await network.forward(photo);
      const map = await trace.explain({ target: { class: 3 } });
      const before = map.data.slice();
      const explain = () =>
        trace.explain({ target: { class: 3 } }).then(
          ({ data }) => (bare.same(data, before) ? 'right' : 'wrong'),
          (error) => error.code,
        );
      const rounds = [];
      for (let round = 0; round < traps; round++) {
        const byMemory = round % 2 === 0;
        const trap = bare.refusal(() => (byMemory ? big.forward(photo) : relume.reluBackward('guided', [1], [1])));
        // Those that are under way, and those that wait, while it traps.
        const others = Promise.all([explain(), explain(), explain()]);
        const refused = await trap;
        const began = performance.now();
        // Another picture, so that the network has to be loaded and run wherever it is done.
        const fresh = await network.explain(photo, { target: { class: 3 } });
        const milliseconds = performance.now() - began;
        rounds.push({ byMemory, refused, others: await others, fresh: bare.same(fresh.data, before), milliseconds });
      }
      const memory = relume.memory();
      relume.close();
      return { rounds, kept: bare.same(map.data, before), classes: big.info.classes.length, memory };
    },
    /** @type {const} */ ([...READY, TRAPS]),
  );
  assert.equal(found.rounds.length, TRAPS);
  for (const { byMemory, refused, others, fresh } of found.rounds) {
    assert.equal(refused.code, 'engine-crashed', refused.message);
    assert.match(refused.message, byMemory ? /during "forward"/ : /during "reluBackward"/);
    assert.deepEqual(others, ['right', 'right', 'right']);
    assert.ok(fresh);
  }
  assert.ok(found.kept && found.classes === 1000);
  // Two engines at most, none of them above its limit.
  assert.ok(found.memory > 0 && found.memory <= loaded + ran, `${found.memory} bytes`);
  const times = found.rounds.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const soon = times.filter((each) => each <= 2000).length;
  t.diagnostic(
    `the next answer came within 2 s after ${soon} of ${TRAPS} traps; the median ${times[TRAPS >> 1]?.toFixed(0)} ms, at the most ${times.at(-1)?.toFixed(0)} ms`,
  );
  await context.close();
});
