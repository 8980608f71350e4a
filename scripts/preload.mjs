// Names every module of the page in its head, so that a browser fetches them all at once: else it learns of each only from
// the one before it, a round trip for each step. `node scripts/preload.mjs FOLDER`; scripts/site.sh does so.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'es-module-lexer/minimal/js';

const PAGE = 'www/index.html';
/** What the page starts with, the first of it first; the worker is a module of its own. */
const ENTRIES = ['www/preload-network.js', 'www/main.js', 'pkg/worker/worker.js'];

/** A module and all that it imports at once. @param {string} folder @param {string} module @param {Set<string>} found */
export function follow(folder, module, found) {
  if (found.has(module)) return found;
  found.add(module);
  for (const { n: path, d: demand } of parse(readFileSync(join(folder, module), 'utf8'), module)[0]) {
    // Static imports only: what is imported on demand is not wanted at once.
    if (path && demand === -1) follow(folder, posix.join(dirname(module), path), found);
  }
  return found;
}

/** @param {string} folder with www/ and pkg/ in it @returns {string[]} the modules, as the page names them */
export function preload(folder) {
  const modules = ENTRIES.reduce((found, entry) => follow(folder, entry, found), /** @type {Set<string>} */ (new Set()));
  const hrefs = [...modules].map((module) => posix.relative(dirname(PAGE), module));
  const page = readFileSync(join(folder, PAGE), 'utf8');
  const links = hrefs.map((href) => `<link rel="modulepreload" href="${href}">`).join('\n');
  const preloaded = page.replace('<script type="module"', `${links}\n$&`);
  if (preloaded === page) throw new Error(`${PAGE} has no module to put the others before`);
  writeFileSync(join(folder, PAGE), preloaded);
  return hrefs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error('usage: node scripts/preload.mjs FOLDER');
    process.exit(2);
  }
  console.log(`preload: ${preload(folder).length} modules`);
}
