// The package in the browser against PyTorch and Captum: every golden, all rules, every build of the engine.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { EFFICIENTNET, ODD, SQUEEZENET, seeded, withoutEfficientNet } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { relaxedSimd } from './support/wasm.mjs';

const RULES = ['backprop', 'deconvnet', 'guided'];
/** Largest difference, relative to each array's largest magnitude. */
const TOLERANCE = 1e-4;
const timeout = 600_000;
/** scripts/compare-engine.sh tests another engine than pkg/wasm: the folder with its builds, and which of them. */
const { RELUME_ENGINE, RELUME_BUILD } = process.env;
/** @type {('flex-relaxed' | 'flex' | 'ndarray')[]} */
const BUILDS = /** @type {const} */ (['flex-relaxed', 'flex', 'ndarray']).filter((build) => !RELUME_BUILD || build === RELUME_BUILD);
/** The files of the other engine that were requested. @type {Set<string>} */
const fulfilled = new Set();

/** @param {import('playwright-core').BrowserContext} context */
const anotherEngine = (context) =>
  context.route('**/pkg/wasm/**', (route) => {
    const [, file = ''] = route.request().url().split('/pkg/wasm/');
    fulfilled.add(file);
    return route.fulfill({ path: join(String(RELUME_ENGINE), file) });
  });

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** `targets`: how many units the golden has maps of, so that a missing one is noticed. */
const CASES = [
  { name: 'odd', model: async () => ODD, targets: 23 },
  { name: 'activations', model: async () => '/tests/goldens/activations.model.safetensors', targets: 21 },
  { name: 'blocks', model: async () => '/tests/goldens/blocks.model.safetensors', targets: 15 },
  { name: 'all-cnn-c', model: () => seeded('all-cnn-c'), targets: 10 },
  { name: 'all-cnn-c-trained', model: async () => '/www/models/all-cnn-c.safetensors', targets: 15 },
  { name: 'model-c', model: () => seeded('model-c'), targets: 8 },
  { name: 'squeezenet-1.1', model: async () => SQUEEZENET, targets: 7, photograph: true },
  { name: 'efficientnet-lite0', photograph: true, model: async () => EFFICIENTNET, targets: 5, skip: withoutEfficientNet() },
];

for (const { name, model, targets, photograph = false, skip = false } of CASES) {
  // NdArray took most of the time here. Natively it runs all goldens; in a browser the network with every kind of layer and one of the paper's.
  const builds = BUILDS.filter((build) => build !== 'ndarray' || ['odd', 'model-c'].includes(name));
  for (const build of builds) {
    test(`${name} with ${build}: ${RULES.length * targets} maps equal those of PyTorch and Captum`, { skip, timeout }, async (t) => {
      const path = await model();
      const { page, context, troubles } = await openBare(browser, RELUME_ENGINE ? anotherEngine : undefined);
      if (build === 'flex-relaxed' && !(await page.evaluate(relaxedSimd))) {
        await context.close();
        return t.skip('this browser has no relaxed SIMD');
      }
      const found = await page.evaluate(
        async (asked) => {
          const backend = asked.build === 'ndarray' ? 'ndarray' : 'flex';
          const relume = await bare.Relume.start({ backend, relaxed: asked.build === 'flex-relaxed' });
          const network = await relume.load(asked.path);
          const golden = await bare.file(`/tests/goldens/${asked.name}.safetensors`);
          // The input is the pixels of a picture, as the network sees them.
          const view = asked.photograph
            ? { input: bare.normalised(await bare.pictureFrom(await bare.file(`/tests/goldens/${asked.name}.png`)), network.info.input) }
            : {};
          const build = relume.build();
          const compared = await bare.against(network, golden, { ...view, rules: asked.rules });
          relume.close();
          return { compared, build, backend: network.info.backend };
        },
        { path, name, build, photograph, rules: RULES },
      );

      assert.equal(found.build, build);
      if (RELUME_ENGINE) assert.ok(fulfilled.has(`${build}/relume_wasm_bg.wasm`), 'it ran the engine of pkg/wasm');
      assert.equal(found.backend, build.replace('-relaxed', ''));
      assert.equal(found.compared.length, 1 + targets * RULES.length);
      for (const { name: array, apart, unit, expected } of found.compared) {
        assert.ok(apart <= TOLERANCE, `${array}: ${apart.toExponential(1)} apart`);
        assert.equal(unit, expected, array);
      }
      const worst = found.compared.reduce((most, each) => (each.apart > most.apart ? each : most));
      t.diagnostic(`${name}, ${build}: at most ${worst.apart.toExponential(1)} apart (${worst.name})`);
      assert.deepEqual(troubles, []);
      await context.close();
    });
  }
}
