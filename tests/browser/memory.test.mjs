// The engine's memory does not grow with use.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { seeded } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 600_000;
const EXPLAINS = 200;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {'one trace, used again and again' | 'a trace for each map'} how */
function holds(how) {
  test(`${EXPLAINS} explains, ${how}: no memory after the tenth`, { timeout }, async (t) => {
    const path = await seeded('all-cnn-c');
    const { page, context, troubles } = await openBare(browser);
    const memory = await page.evaluate(
      async ([model, many, once]) => {
        const relume = await bare.Relume.start();
        const network = await relume.load(model);
        const pictures = await Promise.all(['chelsea.png', 'coffee.jpg'].map((name) => bare.file(`/www/pictures/${name}`)));
        const rules = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
        const trace = await network.forward(/** @type {Blob} */ (pictures[0]));
        const bytes = [];
        for (let i = 0; i < many; i++) {
          const options = { method: rules[i % 3], target: { class: i % 10 } };
          const map = once ? await trace.explain(options) : await network.explain(/** @type {Blob} */ (pictures[i % 2]), options);
          if (map.data.length !== 3 * 32 * 32) throw new Error('no map');
          bytes.push(relume.memory());
        }
        return bytes;
      },
      /** @type {const} */ ([path, EXPLAINS, how.startsWith('one')]),
    );
    assert.equal(memory.length, EXPLAINS);
    // More than the weights, so the engine's memory is what is measured.
    assert.ok((memory[9] ?? 0) > 1_369_738 * 4, `${memory[9]} bytes`);
    const grown = memory.findIndex((bytes, i) => i > 9 && bytes !== memory[9]);
    assert.equal(grown, -1, `after the tenth ${memory[9]} bytes, after number ${grown + 1} ${memory[grown]}, at the end ${memory.at(-1)}`);
    t.diagnostic(`${how}: ${((memory.at(-1) ?? 0) / 1e6).toFixed(1)} MB`);
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

holds('one trace, used again and again');
holds('a trace for each map');

test('models that are closed make room for the next', { timeout }, async () => {
  const path = await seeded('all-cnn-c');
  const { page, context, troubles } = await openBare(browser);
  const memory = await page.evaluate(async (model) => {
    const relume = await bare.Relume.start();
    const picture = await bare.file('/www/pictures/chelsea.png');
    const bytes = [];
    for (let i = 0; i < 30; i++) {
      const network = await relume.load(model);
      await network.forward(picture);
      network.close();
      bytes.push(relume.memory());
    }
    return bytes;
  }, path);
  assert.equal(memory.at(-1), memory[9], `${memory}`);
  assert.deepEqual(troubles, []);
  await context.close();
});
