// Engines that trap for real: every worker of a page gets the engine with less memory than it wants, or with a function that
// traps as soon as it is called.

import { readFile } from 'node:fs/promises';
import { ROOT } from './fixtures.mjs';
import { readNumber as number, writtenNumber as written } from './wasm.mjs';

const [IMPORTS, EXPORTS, CODE] = [2, 7, 10];
const FUNCTION = 0;

/**
 * @param {import('playwright-core').BrowserContext} context before a page is opened
 * @param {(wasm: Buffer) => Buffer} change
 */
export async function changeEngine(context, change) {
  await context.route('**/pkg/wasm/flex*/relume_wasm_bg.wasm', async (route) => {
    const wasm = await readFile(ROOT + new URL(route.request().url()).pathname.slice(1));
    await route.fulfill({ body: change(wasm), contentType: 'application/wasm' });
  });
}

/**
 * The wasm file with one exported function that does nothing but trap.
 * @param {Buffer} wasm
 * @param {string} name under which it is exported
 */
export function withTrap(wasm, name) {
  let [imported, target] = [0, -1];
  for (const { id, body } of sections(wasm)) {
    if (id === IMPORTS) imported = importedFunctions(wasm, body);
    if (id === EXPORTS) target = exportedFunction(wasm, body, name);
  }
  const code = sections(wasm).find(({ id }) => id === CODE);
  if (!code || target < imported) throw new Error(`no function of its own is exported as ${name}`);
  let [count, at] = number(wasm, code.body);
  const first = at;
  for (let index = 0; index < count; index++) {
    const [size, from] = number(wasm, at);
    if (index === target - imported) {
      // No locals; unreachable, end.
      const body = Buffer.concat([wasm.subarray(first, at), Buffer.from([3, 0, 0x00, 0x0b]), wasm.subarray(from + size, code.end)]);
      const content = Buffer.concat([written(count), body]);
      return Buffer.concat([wasm.subarray(0, code.start + 1), written(content.length), content, wasm.subarray(code.end)]);
    }
    at = from + size;
  }
  throw new Error(`the code of ${name} was not found`);
}

/** @param {Buffer} wasm */
function sections(wasm) {
  const all = [];
  for (let start = 8; start < wasm.length;) {
    const [size, body] = number(wasm, start + 1);
    all.push({ id: wasm[start], start, body, end: body + size });
    start = body + size;
  }
  return all;
}

/** @param {Buffer} wasm @param {number} at */
function importedFunctions(wasm, at) {
  let [left, next] = number(wasm, at);
  let functions = 0;
  for (; left > 0; left--) {
    for (let names = 0; names < 2; names++) {
      const [length, from] = number(wasm, next);
      next = from + length;
    }
    const kind = wasm[next];
    // A table and a memory have limits, and would need more reading.
    if (kind !== FUNCTION) throw new Error(`an import of kind ${kind} was not expected`);
    functions += 1;
    next = number(wasm, next + 1)[1];
  }
  return functions;
}

/** @param {Buffer} wasm @param {number} at @param {string} name */
function exportedFunction(wasm, at, name) {
  let [left, next] = number(wasm, at);
  for (; left > 0; left--) {
    const [length, from] = number(wasm, next);
    const kind = wasm[from + length];
    const [index, after] = number(wasm, from + length + 1);
    if (kind === FUNCTION && wasm.toString('utf8', from, from + length) === name) return index;
    next = after;
  }
  return -1;
}
