// The page is served as it is, without node_modules: a library that it uses is part of the repository, unchanged.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../browser/support/fixtures.mjs';

test('www/vendor has es-module-lexer and its licence as npm has them', () => {
  for (const [copy, original] of [
    ['es-module-lexer.js', 'dist/lexer.minimal.asm.js'],
    ['LICENSE-es-module-lexer', 'LICENSE'],
  ]) {
    const [ours, theirs] = [`www/vendor/${copy}`, `node_modules/es-module-lexer/${original}`].map((path) =>
      readFileSync(join(ROOT, path), 'utf8'),
    );
    assert.ok(ours === theirs, `copy node_modules/es-module-lexer/${original} to www/vendor/${copy}`);
  }
});
