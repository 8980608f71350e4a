// One worker of a page whose engine cannot have more memory than told, and traps when it asks for more.

import { readFile } from 'node:fs/promises';
import { ROOT } from './fixtures.mjs';
import { withMemoryLimit } from './wasm.mjs';

const PAGE = `${ROOT}tests/browser/pages/limited-engine.js`;

/**
 * @param {import('playwright-core').BrowserContext} context before a page is opened
 * @param {{ worker: number, bytes: number }} limit `worker`: which of those that start, from 1
 * @returns {Promise<() => number>} how many workers have started so far
 */
export async function limitEngine(context, { worker, bytes }) {
  let started = 0;
  await context.route('**/pkg/worker/start-engine.js', async (route) => {
    started += 1;
    if (started !== worker) return route.continue();
    // It lies elsewhere than the file that it stands for.
    const body = (await readFile(PAGE, 'utf8')).replaceAll('../../../pkg/', '../');
    return route.fulfill({ body, contentType: 'text/javascript' });
  });
  await context.route('**/limited/*.wasm', async (route) => {
    const build = new URL(route.request().url()).pathname.match(/[\w-]+(?=\.wasm$)/)?.[0];
    const wasm = await readFile(`${ROOT}pkg/wasm/${build}/relume_wasm_bg.wasm`);
    return route.fulfill({ body: withMemoryLimit(wasm, bytes), contentType: 'application/wasm' });
  });
  return () => started;
}
