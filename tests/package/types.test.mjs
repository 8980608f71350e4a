// The types that come with the package, for two small programs, under both ways TypeScript has to find them.

import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { pack, run } from './support/install.mjs';

const timeout = 120_000;
const STRICT = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: [],
};
const RESOLUTIONS = [
  { module: 'esnext', moduleResolution: 'bundler' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
];
const PROGRAMS = { page: ['es2022', 'dom', 'dom.iterable'], headless: ['es2022'] };

/** @type {Awaited<ReturnType<typeof pack>>} */
let packed;
before(
  async () => {
    packed = await pack();
  },
  { timeout },
);
after(() => packed?.remove());

for (const [name, lib] of Object.entries(PROGRAMS)) {
  for (const resolution of RESOLUTIONS) {
    // What must not compile is in there too, below a @ts-expect-error.
    test(`${name}.ts by ${resolution.moduleResolution}`, { timeout }, async () => {
      const config = { compilerOptions: { ...STRICT, ...resolution, target: 'es2022', lib }, files: [`${name}.ts`] };
      const project = await packed.install(`types-${name}-${resolution.moduleResolution}`, {
        'tsconfig.json': JSON.stringify(config),
        [`${name}.ts`]: await readFile(new URL(`consumer/${name}.ts`, import.meta.url), 'utf8'),
      });
      await run(project, 'tsc', '--project', '.');
    });
  }
}
