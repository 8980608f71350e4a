// Does the engine in pkg/wasm match its sources, and is it complete? pkg/wasm/engine.json says of each build which
// sources and tools it comes from, and what its files are. What only reads is in engine_manifest.py too, for machines
// without Node: both give the same digests and say the same lines.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = 'scripts/engine-sources.json';
const MANIFEST = 'pkg/wasm/engine.json';

/** The builds that are in the repository. */
export const BUILDS = ['flex-relaxed', 'flex', 'onnx', 'checkpoint'];
export const FILES = ['relume_wasm.js', 'relume_wasm.d.ts', 'relume_wasm_bg.wasm', 'relume_wasm_bg.wasm.d.ts'];
const TOOLS = ['rustc', 'std', 'wasm-bindgen', 'wasm-opt'];

const USAGE = `usage: node scripts/engine-manifest.mjs COMMAND, where BUILD is one of ${BUILDS.join(', ')}:
  check [BUILD...]  succeeds if pkg/wasm is complete and matches its sources, else says what is wrong
  state [BUILD...]  prints "BUILD up to date" or "BUILD out of date" of each; fails only if pkg/wasm is not complete
  digest            prints the digest of these sources
  toolchain BUILD   prints what BUILD was built with, as JSON
  write BUILD [--sources DIGEST] ${TOOLS.map((tool) => `--${tool} VERSION`).join(' ')}
                    records BUILD: its files come from the sources of that DIGEST (those that are here)`;

/** Its message is the whole of what there is to say. */
class Trouble extends Error {}
/** The command line was not understood. */
class Misuse extends Error {}

/**
 * @typedef {object} Entry
 * @property {string} sources the digest of the sources
 * @property {Record<string, string>} toolchain
 * @property {Record<string, { bytes: number, sha256: string }>} files
 */

/** @param {string | Buffer} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @param {string} build */
const folderOf = (build) => `pkg/wasm/${build}`;

/** "a", "a and b", "a, b and c" @param {string[]} names */
const listed = (names) => names.join(', ').replace(/, ([^,]*)$/, ' and $1');

/** A copy that was downloaded has no git in it. @param {string} path */
const fromTheRepository = (path) => (existsSync(join(ROOT, '.git')) ? `git checkout -- ${path}` : 'a fresh download of the repository');

/** How to get these back. @param {number} count */
function repair(count) {
  const it = count === 1 ? 'it' : 'them';
  return `${fromTheRepository('pkg/wasm')} brings ${it} back, make engine builds ${it} again`;
}

/** @param {string} source */
function without(source) {
  return `without it nothing tells whether pkg/wasm is up to date; ${fromTheRepository(source)} brings it back`;
}

/** @param {unknown} error */
const isMissing = (error) => ['ENOENT', 'ENOTDIR'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '');

/**
 * A failure of the file system, in one line.
 * @param {string} root
 * @param {unknown} error
 * @param {string} [missing] what to say of a file that is not there, where it is none of the sources
 */
function fileTrouble(root, error, missing) {
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (error instanceof Trouble || path === undefined) return error;
  const name = relative(root, path).split(sep).join('/');
  if (isMissing(error)) return new Trouble(`engine: ${name} is missing; ${missing ?? without(name)}`);
  return new Trouble(`engine: ${name} cannot be read (${code})`);
}

/**
 * The files below a path, hidden ones left out: those are of editors and systems.
 * @param {string} root
 * @param {string} path
 * @param {string[]} ignored names left out in this very folder
 * @returns {string[]}
 */
function filesBelow(root, path, ignored = []) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const names = readdirSync(join(root, path)).filter((name) => !/^[.#]|~$|\.(orig|rej)$/.test(name) && !ignored.includes(name));
  return names.flatMap((name) => filesBelow(root, `${path}/${name}`));
}

/**
 * One digest of every file that decides the engine. It is the same on every system: whichever line ends git writes and
 * however the file system spells an accent.
 * @param {string} root
 * @returns {string}
 */
export function sourcesDigest(root) {
  try {
    const { files, folders, ignored } = JSON.parse(readFileSync(join(root, SOURCES), 'utf8'));
    /** @type {string[]} */
    const paths = [...files, ...folders.flatMap((/** @type {string} */ folder) => filesBelow(root, folder, ignored))];
    const entries = paths.map((path) => {
      // As latin1 each byte is one character, whatever the file is.
      const text = readFileSync(join(root, path)).toString('latin1').replaceAll('\r\n', '\n');
      return Buffer.from(`${path.normalize('NFC')}\0${sha256(Buffer.from(text, 'latin1'))}\n`);
    });
    return sha256(Buffer.concat(entries.sort(Buffer.compare)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new Trouble(`engine: ${SOURCES} is broken`);
    throw fileTrouble(root, error);
  }
}

/** @param {unknown} value */
const isDigest = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

/** @param {any} entry @returns {entry is Entry} */
function isEntry(entry) {
  return (
    isDigest(entry?.sources) && FILES.every((name) => isDigest(entry.files?.[name]?.sha256) && Number.isInteger(entry.files[name].bytes))
  );
}

/**
 * What the manifest says of these builds.
 * @param {string} root
 * @param {string[]} builds
 * @returns {Record<string, Entry>}
 */
function readEntries(root, builds) {
  const broken = (/** @type {string} */ why) => new Trouble(`engine: ${MANIFEST} is broken (${why}); ${repair(1)}`);
  let entries;
  try {
    entries = JSON.parse(readFileSync(join(root, MANIFEST), 'utf8'))?.builds;
  } catch (error) {
    throw error instanceof SyntaxError ? broken('it is not JSON') : fileTrouble(root, error, repair(1));
  }
  for (const build of builds) {
    if (!isEntry(entries?.[build])) throw broken(`its entry for ${build} is not complete`);
  }
  return entries;
}

/**
 * @param {string} root
 * @param {string[]} builds
 * @returns {string[]} a line for each kind of trouble with the files in pkg/wasm
 */
function filesTroubles(root, builds) {
  const entries = readEntries(root, builds);
  /** @type {string[]} */
  const missing = [];
  /** @type {string[]} */
  const changed = [];
  for (const build of builds) {
    const folder = folderOf(build);
    const missed = missing.length;
    for (const name of FILES) {
      const path = `${folder}/${name}`;
      try {
        const content = readFileSync(join(root, path));
        const { bytes, sha256: digest } = entries[build].files[name];
        if (content.length !== bytes || sha256(content) !== digest) changed.push(path);
      } catch (error) {
        if (!isMissing(error)) throw fileTrouble(root, error, '');
        missing.push(path);
      }
    }
    if (missing.length - missed === FILES.length) missing.splice(missed, FILES.length, folder);
  }
  const lines = [];
  if (missing.length > 0) {
    const are = missing.length === 1 ? 'is' : 'are';
    lines.push(`engine: ${listed(missing)} ${are} missing; ${repair(missing.length)}`);
  }
  if (changed.length > 0) {
    const have = changed.length === 1 ? 'has changed since it was' : 'have changed since they were';
    lines.push(`engine: ${listed(changed)} ${have} built; ${repair(changed.length)}`);
  }
  return lines;
}

/**
 * @param {string} root
 * @param {string[]} [builds]
 * @returns {{ troubles: string[], outdated: string[] }} a line for each kind of trouble with what is there, and the
 *   builds that are out of date
 */
function inspect(root, builds = BUILDS) {
  /** @type {string[]} */
  const troubles = [];
  /** @param {() => string[]} part */
  const attempt = (part) => {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      troubles.push(error.message);
      return [];
    }
  };
  troubles.push(...attempt(() => filesTroubles(root, builds)));
  const outdated = attempt(() => {
    const digest = sourcesDigest(root);
    if (troubles.length > 0) return [];
    const entries = readEntries(root, builds);
    return builds.filter((build) => entries[build].sources !== digest);
  });
  return { troubles, outdated };
}

/** @param {string[]} builds @returns {string} the one line about builds that are out of date */
function outdatedLine(builds) {
  const folders = listed(builds.map(folderOf));
  return builds.length === 1
    ? `engine: ${folders} is out of date: it does not match its sources; make engine builds it again`
    : `engine: ${folders} are out of date: they do not match their sources; make engine builds them again`;
}

/**
 * Puts the entry for one build into the manifest and leaves the other's as it is.
 * @param {string} root
 * @param {string} build
 * @param {Record<string, string>} toolchain
 * @param {string} [sources] the digest of the sources it was built from: those that are there now, unless told
 */
function writeEntry(root, build, toolchain, sources = sourcesDigest(root)) {
  /** @type {Record<string, Entry>} */
  const entries = {};
  for (const other of BUILDS) {
    try {
      entries[other] = readEntries(root, [other])[other];
    } catch (error) {
      if (!(error instanceof Trouble)) throw error; // what cannot be used is not kept
    }
  }
  const files = FILES.map((name) => {
    const content = readFileSync(join(root, folderOf(build), name));
    return [name, { bytes: content.length, sha256: sha256(content) }];
  });
  entries[build] = { sources, toolchain, files: Object.fromEntries(files) };
  const builds = Object.fromEntries(BUILDS.filter((name) => name in entries).map((name) => [name, entries[name]]));
  const path = join(root, MANIFEST);
  const fresh = `${path}.${process.pid}`;
  mkdirSync(join(root, 'pkg/wasm'), { recursive: true });
  try {
    writeFileSync(fresh, `${JSON.stringify({ builds }, null, 2)}\n`);
    renameSync(fresh, path); // nobody ever reads half a manifest
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** @param {string[]} args @returns {string[]} the builds named, or all */
function wanted(args) {
  for (const build of args) if (!BUILDS.includes(build)) throw new Misuse(`unknown build ${build}`);
  return args.length > 0 ? args : BUILDS;
}

/** @param {string[]} args @returns {string} the one build named */
function wantedOne(args) {
  if (args.length !== 1) throw new Misuse('name one build');
  return wanted(args)[0];
}

/** @type {Record<string, (args: string[]) => string | void>} each gives what to print, or throws */
const COMMANDS = {
  check(args) {
    const builds = wanted(args);
    const { troubles, outdated } = inspect(ROOT, builds);
    if (outdated.length > 0) troubles.push(outdatedLine(outdated));
    if (troubles.length > 0) throw new Trouble(troubles.join('\n'));
    const names = args.length === 0 ? 'pkg/wasm' : listed(builds.map(folderOf));
    return `engine: ${names} ${args.length > 1 ? 'match their' : 'matches its'} sources`;
  },

  state(args) {
    const builds = wanted(args);
    const { troubles, outdated } = inspect(ROOT, builds);
    if (troubles.length > 0) throw new Trouble(troubles.join('\n'));
    return builds.map((build) => `${build} ${outdated.includes(build) ? 'out of date' : 'up to date'}`).join('\n');
  },

  digest: () => sourcesDigest(ROOT),

  toolchain(args) {
    const build = wantedOne(args);
    return JSON.stringify(readEntries(ROOT, [build])[build].toolchain, null, 2);
  },

  write(args) {
    const option = { type: /** @type {const} */ ('string') };
    const options = Object.fromEntries(['sources', ...TOOLS].map((name) => [name, option]));
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const { sources, ...toolchain } = /** @type {Record<string, string>} */ ({ ...values });
    if (sources !== undefined && !isDigest(sources)) throw new Misuse(`--sources is not a digest: ${sources}`);
    for (const tool of TOOLS) if (!toolchain[tool]) throw new Misuse(`--${tool} is missing`);
    // In this order, whatever the order of the options.
    const versions = Object.fromEntries(TOOLS.map((tool) => [tool, toolchain[tool]]));
    writeEntry(ROOT, wantedOne(positionals), versions, sources);
  },
};

/** @param {string[]} args @returns {number} the exit status */
function main([command = '', ...args]) {
  try {
    if (!Object.hasOwn(COMMANDS, command)) throw new Misuse(`unknown command "${command}"`);
    const said = COMMANDS[command](args);
    if (said !== undefined) console.log(said);
    return 0;
  } catch (error) {
    const { message, code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
    const misused = error instanceof Misuse || String(code).startsWith('ERR_PARSE_ARGS');
    if (misused) console.error(`engine: ${message}\n${USAGE}`);
    else console.error(error instanceof Trouble ? message : `engine: ${message}`);
    return misused ? 2 : 1;
  }
}

// The path of the module has no symbolic links left in it.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv.slice(2));
}
