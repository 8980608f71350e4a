// What the engines of a page's workers have done: how many passes, and what was freed. Between each worker and its engine
// stands pages/counted-engine.js, which tells of every call by a request.

import assert from 'node:assert/strict';
import { ROOT } from './fixtures.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */
/** @typedef {'load' | 'forward' | 'explain' | 'explain a unit' | 'curve' | 'free model' | 'free trace'} Operation */

/** @type {WeakMap<BrowserContext, Record<Operation, number>>} */
const counts = new WeakMap();
const none = () => ({ load: 0, forward: 0, explain: 0, 'explain a unit': 0, curve: 0, 'free model': 0, 'free trace': 0 });

/** Counts from now on, and anew with each document. @param {BrowserContext} context before the page is opened */
export async function countOperations(context) {
  counts.set(context, none());
  context.on('request', (request) => {
    if (request.isNavigationRequest()) counts.set(context, none());
  });
  // Not the address with a query, where the wrapper finds the engine itself.
  await context.route('**/pkg/engine/engine.js', (route) => route.fulfill({ path: `${ROOT}tests/browser/pages/counted-engine.js` }));
  await context.route('**/done/*', (route) => {
    const operation = decodeURIComponent(route.request().url().split('/').at(-1) ?? '');
    operations(context)[/** @type {Operation} */ (operation)] += 1;
    return route.fulfill({ status: 204 });
  });
}

/** @param {BrowserContext} context */
export function operations(context) {
  const found = counts.get(context);
  if (!found) throw new Error('countOperations was not called before the page was opened');
  return found;
}

/** How many maps of classes were computed: figure 1 has one of a unit, if it is near enough to be seen. @param {Page} page */
export function mapsComputed(page) {
  return operations(page.context()).explain;
}

/** A picture needs one forward pass, and another in each worker that helps with its maps. @param {Page} page */
export async function onceInEachWorker(page) {
  const { forward } = operations(page.context());
  const workers = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 4));
  assert.ok(forward >= 1 && forward <= workers, `${forward} forward passes by at most ${workers} workers`);
}
