// Takes the comments out of a laid out site's modules: most of their bytes are documentation. The code stays readable, with all
// its names. `node scripts/without-comments.mjs FOLDER`; scripts/site.sh does so.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minifySync } from 'vite';

/** Not the engine's glue, nor the copy of somebody else's library. */
const OURS = /^(www|pkg)\/(?!vendor\/|wasm\/|types\/).*\.js$/;
/** Comments that bundlers read. */
const FOR_BUNDLERS = 'webpackIgnore';

/** @param {string} name of the module @param {string} text @returns {string} */
export function withoutComments(name, text) {
  if (!OURS.test(name) || text.includes(FOR_BUNDLERS)) return text;
  const codegen = /** @type {const} */ ({ removeWhitespace: false, legalComments: 'none' });
  const { code, errors } = minifySync(name, text, { module: true, compress: false, mangle: false, codegen });
  if (errors.length > 0) throw new Error(`${name}: ${errors.map(({ message }) => message).join('; ')}`);
  return code;
}

/** @param {string} folder with www/ and pkg/ in it @returns {number} how many bytes shorter it is */
export function removeComments(folder) {
  const modules = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => OURS.test(path));
  let shorter = 0;
  for (const module of modules) {
    const path = join(folder, module);
    const text = readFileSync(path, 'utf8');
    const code = withoutComments(module, text);
    shorter += Buffer.byteLength(text) - Buffer.byteLength(code);
    writeFileSync(path, code);
  }
  return shorter;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error('usage: node scripts/without-comments.mjs FOLDER');
    process.exit(2);
  }
  console.log(`comments: ${(removeComments(folder) / 1000).toFixed(0)} kB removed`);
}
