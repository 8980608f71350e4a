// Loads a package of modules that no server has: each file becomes a blob: address, and the modules import each other by these.

/** @typedef {Map<string, Uint8Array<ArrayBuffer>>} Files by their names in the package */
/** @typedef {typeof import('../../../www/vendor/es-module-lexer.js')} Lexer */

const LEXER = 'vendor/es-module-lexer.js';
/** How a module names a file beside it: a worker's script, a wasm. */
const BESIDE = /new URL\(\s*(['"])([^'"]+)\1\s*,\s*import\.meta\.url\s*\)/g;

/** @param {Files} files @param {string} entry the module to import @returns {Promise<unknown>} what it exports */
export async function load(files, entry) {
  const lexer = files.get(LEXER);
  if (!lexer) throw new Error(`${LEXER} is missing in the package`);
  const { parse } = /** @type {Lexer} */ (await import(/* @vite-ignore */ addressOf(lexer, 'text/javascript')));
  return import(/* @vite-ignore */ createAddresses(files, parse)(entry));
}

/** @param {Files} files @param {Lexer['parse']} parse @returns {(name: string) => string} gives a file its address, each once */
export function createAddresses(files, parse) {
  /** @type {Map<string, string>} */
  const addresses = new Map();
  /** Those whose imports are being given theirs. @type {Set<string>} */
  const open = new Set();

  /** @param {string} name @returns {string} */
  function address(name) {
    const known = addresses.get(name);
    if (known) return known;
    const bytes = files.get(name);
    if (!bytes) throw new Error(`${name} is missing in the package`);
    if (open.has(name)) throw new Error(`${name} imports itself by way of others, which blob: addresses cannot do`);
    open.add(name);
    const made = name.endsWith('.wasm')
      ? addressOf(bytes, 'application/wasm')
      : addressOf(new TextEncoder().encode(linked(name, new TextDecoder().decode(bytes))), 'text/javascript');
    open.delete(name);
    addresses.set(name, made);
    return made;
  }

  /** A module's source with addresses in place of the names it imports. @param {string} name @param {string} source */
  function linked(name, source) {
    let text = source;
    // From the end, so that the positions before stay right. Those of import() have the quotes within them.
    for (const { n, d, s, e } of parse(source)[0].toReversed()) {
      const imported = n?.startsWith('.') ? relative(name, n) : undefined;
      if (imported === undefined || !files.has(imported)) continue;
      const quote = d === -1 ? '' : "'";
      text = text.slice(0, s) + quote + address(imported) + quote + text.slice(e);
    }
    return text.replace(BESIDE, (whole, _, path) => {
      const beside = relative(name, path);
      return files.has(beside) && beside !== name ? `new URL('${address(beside)}')` : whole;
    });
  }

  return address;
}

/** @param {string} name of the module @param {string} path as it names another */
function relative(name, path) {
  return new URL(path, `relume:///${name}`).pathname.slice(1);
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {string} type */
function addressOf(bytes, type) {
  return URL.createObjectURL(new Blob([bytes], { type }));
}
