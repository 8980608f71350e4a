// Makes a laid out site one that is kept in the browser: writes its sw.js, which knows every file by its hash, and marks
// the page, which has it started. `node scripts/offline.mjs FOLDER`; scripts/site.sh does so.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKER = new URL('service-worker/sw.js', import.meta.url);
const PAGE = 'www/index.html';

/** For people and their tools: no page asks for them. */
const UNASKED = /(^|\/)(LICENSE-[^/]+|engine\.json|README\.md|package\.json|tsconfig\.json|\.[^/]*)$|\.d\.ts$|^sw\.js$/;
/** Kept once they were used: all networks but the one that the page opens with; the documents; and the engine, of which the worker chooses a build. */
const LATER = /^www\/models\/(?!squeezenet-1\.1\.safetensors$)|^pkg\/wasm\/|^docs\//;

/** @param {string | Buffer} bytes as in the attribute `integrity` */
const hashOf = (bytes) => `sha256-${createHash('sha256').update(bytes).digest('base64')}`;

/** @param {string} folder */
function hashesIn(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => !UNASKED.test(path) && statSync(join(folder, path)).isFile())
    .sort();
  return new Map(files.map((path) => [path, hashOf(readFileSync(join(folder, path)))]));
}

/**
 * @param {string} folder with www/ and pkg/ in it
 * @returns {string} the version: the same for the same files
 */
export function keepOffline(folder) {
  const hashes = hashesIn(folder);
  const worker = readFileSync(WORKER, 'utf8');
  const version = createHash('sha256')
    .update(JSON.stringify([worker, ...hashes]))
    .digest('hex')
    .slice(0, 16);

  const page = readFileSync(join(folder, PAGE), 'utf8');
  const marked = page.replace('<title>', `<meta name="relume-offline" content="../sw.js" data-version="${version}">\n$&`);
  if (marked === page) throw new Error(`${PAGE} has no <title> to put the mark before`);
  writeFileSync(join(folder, PAGE), marked);
  hashes.set(PAGE, hashOf(marked));

  const [later, first] = [true, false].map((wanted) => Object.fromEntries([...hashes].filter(([path]) => LATER.test(path) === wanted)));
  writeFileSync(join(folder, 'sw.js'), `const SITE = ${JSON.stringify({ version, first, later }, null, 1)};\n\n${worker}`);
  return version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error('usage: node scripts/offline.mjs FOLDER');
    process.exit(2);
  }
  console.log(`offline: version ${keepOffline(folder)}`);
}
