// What npm would publish: these files and no others.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pack } from './support/install.mjs';

const timeout = 120_000;
const MODULES = [
  'api/attribution-map',
  'api/bounding-box',
  'api/class-scores',
  'api/conversion',
  'api/crop',
  'api/curve',
  'api/explain-options',
  'api/jpeg-end',
  'api/model',
  'api/model-reader',
  'api/model-source',
  'api/part',
  'api/picture',
  'api/picture-address',
  'api/receptive-field',
  'api/refined-map',
  'api/refined-maps',
  'api/relume',
  'api/shared-scale',
  'api/trace',
  'api/visualise',
  'api/webp-orientation',
  'element/attributes',
  'element/caption',
  'element/change-report',
  'element/class-combobox',
  'element/class-field',
  'element/class-search',
  'element/controls',
  'element/explain-growing',
  'element/figure-row',
  'element/make-element',
  'element/map-meanings',
  'element/map-scale',
  'element/percent',
  'element/prediction-list',
  'element/properties',
  'element/relume-view',
  'element/shared-models',
  'element/style',
  'element/words',
  'convert',
  'engine/build-choice',
  'engine/bytes',
  'engine/class-layers',
  'engine/class-target',
  'engine/conversion-options',
  'engine/curve-options',
  'engine/draw-options',
  'engine/engine',
  'engine/error',
  'engine/file-format',
  'engine/guarded-call',
  'engine/held',
  'engine/method-names',
  'engine/methods',
  'engine/numbers',
  'engine/isolated-text',
  'engine/options',
  'engine/other-formats',
  'engine/randomised',
  'engine/rules',
  'engine/run-limits',
  'engine/target-notation',
  'engine/trace',
  'engine/types',
  'engine/unit-notation',
  'engine/visualisation',
  'engine/wasm-builds',
  'index',
  'low-level',
  'pool/cancel',
  'pool/cross-origin-worker',
  'pool/engine-start',
  'pool/open-worker',
  'pool/remote-object',
  'pool/spread-steps',
  'pool/worker-pool',
  'pool/worker-session',
  'pool/worker-slot',
  'view',
  'worker/convert-file',
  'worker/lifetime-lock',
  'worker/message',
  'worker/protocol',
  'worker/start-engine',
  'worker/warm-up',
  'worker/warm-up-network',
  'worker/worker',
];
/** Its types are those of low-level. */
const UNTYPED = ['low-level-node'];
const BUILDS = ['flex-relaxed', 'flex', 'onnx', 'checkpoint'];
const BUILT = ['relume_wasm.d.ts', 'relume_wasm.js', 'relume_wasm_bg.wasm', 'relume_wasm_bg.wasm.d.ts'];

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
before(
  async () => {
    packed = await pack();
  },
  { timeout },
);
after(() => packed?.remove());

test('the modules, their types, the builds of the engine, the licences and the README', () => {
  assert.deepEqual(
    packed.files,
    [
      'LICENSE-APACHE',
      'LICENSE-MIT',
      'README.md',
      'package.json',
      ...[...MODULES, ...UNTYPED].map((name) => `${name}.js`),
      ...MODULES.map((name) => `types/${name}.d.ts`),
      ...BUILDS.flatMap((build) => BUILT.map((file) => `wasm/${build}/${file}`)),
    ].sort(),
  );
});

test('less than two megabytes to download', () => {
  assert.ok(packed.size < 2e6, `${packed.size} bytes`);
});
