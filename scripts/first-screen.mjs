// The JavaScript that the first screen needs, compressed: every module that the page's own thread fetches before the first maps
// are drawn, each by itself, without its comments as in the site, by brotli at its highest level. What is imported on demand
// comes later; the worker and the engine are counted by size-limit.mjs. `node scripts/first-screen.mjs [FOLDER]`, one with
// www/ and pkg/ in it.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { withoutComments } from './without-comments.mjs';
import { follow } from './preload.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = 'www/index.html';
/** In bytes. */
export const LIMIT = 60_000;

/** @param {string} [folder] @returns {{ module: string, bytes: number }[]} the largest first */
export function firstScreen(folder = ROOT) {
  const scripts = readFileSync(join(folder, PAGE), 'utf8').matchAll(/<script\b[^>]*\bsrc="([^"]+)"/g);
  const modules = new Set();
  for (const [, script] of scripts) follow(folder, posix.join(posix.dirname(PAGE), script ?? ''), modules);
  return [...modules]
    .map((module) => {
      const text = withoutComments(module, readFileSync(join(folder, module), 'utf8'));
      const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
      return { module, bytes: brotliCompressSync(text, { params }).length };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const modules = firstScreen(process.argv[2]);
  const total = modules.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { module, bytes } of modules.slice(0, 10)) console.log(`${module.padEnd(36)}${(bytes / 1000).toFixed(1).padStart(8)} kB`);
  console.log(`the first screen: ${modules.length} modules, ${(total / 1000).toFixed(1)} kB of at most ${LIMIT / 1000} kB with brotli`);
  if (total > LIMIT) process.exit(1);
}
