// Inside the package the imports point one way: a folder uses those before it in the list, and none after it.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../pkg/', import.meta.url));
const ORDER = ['engine', 'worker', 'pool', 'api', 'element'];

const modules = ORDER.flatMap((folder) =>
  readdirSync(join(PACKAGE, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => `${folder}/${name.replaceAll(sep, '/')}`),
);

/** What a module imports for running it; types may be named in any direction. @param {string} module */
function imported(module) {
  const code = readFileSync(join(PACKAGE, module), 'utf8').replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:\bfrom|\bimport\(?|new URL\()\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    posix.join(posix.dirname(module), path),
  );
}

test('every import points to the same folder or to one before it', () => {
  let seen = 0;
  for (const module of modules) {
    for (const path of imported(module)) {
      const [from, to] = [module, path].map((each) => ORDER.indexOf(each.split('/')[0] ?? ''));
      if (path.startsWith('wasm/'))
        assert.ok(['engine/wasm-builds.js', 'engine/other-formats.js'].includes(module), `${module} imports ${path}`);
      else assert.ok(to >= 0 && to <= /** @type {number} */ (from), `${module} imports ${path}`);
      seen++;
    }
  }
  assert.ok(modules.length > 25 && seen > 60, `${modules.length} modules, ${seen} imports`);
});
