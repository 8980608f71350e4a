// What fills the engine: a table of the WebAssembly's code by crate, as Markdown.
//   node scripts/engine-sizes.mjs FILE.wasm
// The file has to have names in it, which the shipped one has not: wasm-opt leaves them out, unless told by -g. Code is
// counted by the crate that its function is named after; a generic function belongs to the crate that wrote it. What was
// inlined counts where it is.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

/** @typedef {{ what: string, bytes: number, packed: number }} Row */

const SECTION = /** @type {const} */ ({ custom: 0, import: 2, code: 10, data: 11 });
/** Smaller ones are summed. */
const LEAST = 0.01;

/** Reads a wasm from one place to the next. */
class Reader {
  /** @param {Uint8Array} bytes @param {number} [at] */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A LEB128 number. */
  number() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error('the file ends in the middle of a number');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error(`there is no number at byte ${this.at}`);
  }

  /** @param {number} length */
  take(length) {
    const taken = this.bytes.subarray(this.at, this.at + length);
    if (taken.length < length) throw new Error('the file ends too early');
    this.at += length;
    return taken;
  }

  text() {
    return new TextDecoder().decode(this.take(this.number()));
  }
}

/** @param {Uint8Array} bytes */
function sectionsOf(bytes) {
  if (bytes.length < 8 || new TextDecoder().decode(bytes.subarray(0, 4)) !== '\0asm') throw new Error('this is not a WebAssembly file');
  const reader = new Reader(bytes, 8);
  const sections = [];
  while (reader.at < bytes.length) {
    const id = reader.take(1)[0];
    const body = reader.take(reader.number());
    sections.push({ id, body, name: id === SECTION.custom ? new Reader(body).text() : '' });
  }
  return sections;
}

/** How many functions are imported: those that are defined are numbered after them. @param {Uint8Array} body */
function importedFunctions(body) {
  const reader = new Reader(body);
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.text();
    reader.text();
    const kind = reader.number();
    if (kind === 0) functions += 1;
    else if (kind === 3)
      reader.take(1); // a global: its type, here; whether it changes, below
    else if (kind === 1) reader.take(1); // a table: what is in it, here; its limits, below
    if (kind === 0 || kind === 3) reader.number();
    else if (reader.number() & 1) (reader.number(), reader.number());
    else reader.number();
  }
  return functions;
}

/** The names of functions by their number. @param {Uint8Array} body of the section `name` */
function functionNames(body) {
  const reader = new Reader(body);
  reader.text();
  /** @type {Map<number, string>} */
  const names = new Map();
  while (reader.at < body.length) {
    const kind = reader.number();
    const part = new Reader(reader.take(reader.number()));
    if (kind !== 1) continue;
    for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text());
  }
  return names;
}

/**
 * The crate of a Rust function: `<A as B>::f` and `<A>::f` are of A's crate, where A has one.
 * @param {string} name as the section `name` has it, mangled or not
 */
export function crateOf(name) {
  // Mangled by the older scheme, each part of a path comes after its length; by the newer one, the crate after `C` and a hash.
  const legacy = /^_ZN(\d+)(.*)$/.exec(name);
  const path = legacy ? legacy[2]?.slice(0, Number(legacy[1])).replace(/^_/, '').replaceAll('$LT$', '<').replaceAll('..', '::') : undefined;
  const mangled = /^_R.*?C(?:s[0-9a-zA-Z]*_)?\d+_?([a-z][a-z0-9_]*)/.exec(name);
  const plain = mangled
    ? undefined
    : /\b([a-z][a-z0-9_]*)(?:\[[0-9a-f]+\])?::/.exec((path ?? name).replaceAll(/\b(?:dyn|mut|const|as) /g, ''));
  return mangled?.[1] ?? plain?.[1] ?? (path && /^[a-z0-9_]+$/.test(path) ? path : undefined);
}

/** @param {Uint8Array} wasm @returns {Row[]} the largest first */
export function sizes(wasm) {
  const sections = sectionsOf(wasm);
  const body = (/** @type {number} */ id) => sections.find((section) => section.id === id)?.body;
  const named = sections.find(({ name }) => name === 'name');
  if (!named) throw new Error('no function has a name in this file; build one with names: wasm-opt -g');
  const names = functionNames(named.body);
  const [imports, code, data] = [SECTION.import, SECTION.code, SECTION.data].map(body);
  if (!code) throw new Error('there is no code in this file');
  /** @type {Map<string, Uint8Array[]>} */
  const parts = new Map();
  const reader = new Reader(code);
  const first = imports ? importedFunctions(imports) : 0;
  for (let index = first, left = reader.number(); left > 0; left--, index++) {
    const what = crateOf(names.get(index) ?? '') ?? 'without a crate';
    const bytes = reader.take(reader.number());
    parts.set(what, [...(parts.get(what) ?? []), bytes]);
  }
  if (data) parts.set('data: constants, texts, tables', [data]);
  const rows = [...parts].map(([what, all]) => row(what, Buffer.concat(all)));
  const rest = sections.filter(({ id, body: each }) => id !== SECTION.custom && each !== code && each !== data);
  rows.push(row('types, imports, exports and other sections', Buffer.concat(rest.map((section) => section.body))));
  return rows.sort((a, b) => b.bytes - a.bytes);
}

/** @param {string} what @param {Buffer} bytes @returns {Row} */
function row(what, bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { what, bytes: bytes.length, packed: brotliCompressSync(bytes, { params }).length };
}

/** @param {Row[]} rows */
export function tableOf(rows) {
  const [bytes, packed] = rows.reduce(([b, p], each) => [b + each.bytes, p + each.packed], [0, 0]);
  const small = rows.filter((each) => each.bytes < LEAST * bytes);
  const sum = small.reduce((all, each) => ({ ...all, bytes: all.bytes + each.bytes, packed: all.packed + each.packed }), {
    what: `${small.length} smaller ones`,
    bytes: 0,
    packed: 0,
  });
  const shown = [...rows.filter((each) => !small.includes(each)), ...(small.length > 0 ? [sum] : []), { what: '**all**', bytes, packed }];
  const kB = (/** @type {number} */ size) => (size / 1000).toFixed(0);
  return [
    '| | kB | share | kB by brotli |',
    '|---|---|---|---|',
    ...shown.map((each) => `| ${each.what} | ${kB(each.bytes)} | ${((100 * each.bytes) / bytes).toFixed(0)} % | ${kB(each.packed)} |`),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file] = process.argv.slice(2);
  if (!file) {
    console.error('usage: node scripts/engine-sizes.mjs FILE.wasm');
    process.exit(2);
  }
  try {
    console.log(tableOf(sizes(readFileSync(file))));
  } catch (error) {
    console.error(`engine-sizes: ${file}: ${/** @type {Error} */ (error).message}`);
    process.exit(1);
  }
}
