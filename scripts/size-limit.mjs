// What a visitor downloads of code, raw and compressed, per build: for the engine, and for the page with it; fails over
// either limit.
// `--json FILE` writes the same numbers to a file.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Brotli bytes of one build's .wasm and .js together with the package's own .js. */
const LIMIT = 350_000;
/** Brotli bytes of what reads files of another tool, which only those download who bring one. */
const FORMATS = { onnx: 150_000, checkpoint: 170_000 };
/** An engine with the page's own .js, all of it: what a visitor of the page gets at most. */
const PAGE_LIMIT = 600_000;
/** What visitors get; NdArray is built only when asked for, and is not in the package. */
const BUILDS = ['flex-relaxed', 'flex'];

const root = new URL('../pkg/', import.meta.url);
const www = new URL('../www/', import.meta.url);

/** @param {URL} folder @returns {URL[]} the code in it that a browser loads */
function codeIn(folder) {
  return readdirSync(folder)
    .filter((name) => /\.(js|wasm)$/.test(name))
    .map((name) => new URL(name, folder));
}

/** @param {URL} file */
function sizes(file) {
  const bytes = readFileSync(file);
  const brotli = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return {
    file: fileURLToPath(file).slice(fileURLToPath(root).length),
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params: brotli }).length,
  };
}

/** @typedef {ReturnType<typeof sizes>} Sizes */

/** @param {string} file @param {Sizes[]} parts @returns {Sizes} */
function sum(file, parts) {
  /** @param {'raw' | 'gzip' | 'brotli'} key */
  const total = (key) => parts.reduce((bytes, part) => bytes + part[key], 0);
  return { file, raw: total('raw'), gzip: total('gzip'), brotli: total('brotli') };
}

/** @param {Sizes} row */
function print({ file, raw, gzip, brotli }) {
  const columns = [raw, gzip, brotli].map((bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(12));
  console.log(file.padEnd(36) + columns.join(''));
}

const client = codeIn(root).map(sizes);
const page = sum('www/*.js', codeIn(www).map(sizes));
const report = BUILDS.map((build) => {
  const engine = codeIn(new URL(`wasm/${build}/`, root)).map(sizes);
  const total = sum(`all with ${build}`, [...engine, ...client]);
  return { build, files: engine, total, withPage: sum(`the page with ${build}`, [total, page]) };
});

const formats = Object.entries(FORMATS).map(([format, limit]) => ({
  size: sum(`wasm/${format}`, codeIn(new URL(`wasm/${format}/`, root)).map(sizes)),
  limit,
}));

console.log(`${'pkg/'.padEnd(36)}${['raw', 'gzip', 'brotli'].map((name) => name.padStart(12)).join('')}`);
for (const row of [...report.flatMap(({ files }) => files), ...client]) print(row);
for (const { total } of report) print(total);
for (const { size } of formats) print(size);
print(page);
for (const { withPage } of report) print(withPage);

const [option, json] = process.argv.slice(2);
if (option === '--json' && json)
  writeFileSync(json, `${JSON.stringify({ limit: LIMIT, pageLimit: PAGE_LIMIT, report, client, page }, null, 2)}\n`);

const over = report
  .flatMap(({ total, withPage }) => [
    { size: total, limit: LIMIT },
    { size: withPage, limit: PAGE_LIMIT },
  ])
  .concat(formats)
  .filter(({ size, limit }) => size.brotli > limit);
for (const { size, limit } of over) console.error(`${size.file}: more than ${limit / 1000} kB with brotli`);
if (over.length > 0) process.exit(1);
console.log(`limit with brotli: ${LIMIT / 1000} kB for each build, ${PAGE_LIMIT / 1000} kB with the page`);
