// One browser and one server for the tests of one file, and pages whose errors are recorded.

/// <reference path="../globals.d.ts" />
import { serve } from '../../../scripts/serve.mjs';
import { launcher, watchRequests } from './engine.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */
/** @typedef {{ page: Page, context: BrowserContext, troubles: string[] }} Opened */

/** Milliseconds that a page may take for what a test waits for: a busy machine takes long, and only what never comes is a failure. */
const PATIENCE = 120_000;

/**
 * @param {ReturnType<typeof serve>} [serving] this repository, unless told
 * @param {{ cameras?: number, backForwardCache?: boolean }} [machine] how many cameras it has: one, unless told; whether it keeps pages that are left
 */
export async function openBrowser(serving = serve(), { cameras, backForwardCache } = {}) {
  const server = await serving;
  const browsers = launcher(cameras, backForwardCache);
  const first = await browsers.browser().catch(async (error) => {
    await server.close();
    throw error;
  });
  return {
    origin: server.origin,
    version: first.version(),

    /**
     * Opens a page in a context of its own.
     * @param {string} path
     * @param {import('playwright-core').BrowserContextOptions & { colorScheme?: 'light' | 'dark',
     *   before?: (context: BrowserContext) => Promise<unknown> }} [options] `before`: what to arrange before anything is loaded
     * @returns {Promise<Opened>}
     */
    async open(path, { before, ...options } = {}) {
      const browser = await browsers.browser(options.colorScheme);
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      context.setDefaultTimeout(PATIENCE);
      context.setDefaultNavigationTimeout(PATIENCE);
      const troubles = await watch(context, server.origin);
      await before?.(context);
      const page = await context.newPage();
      await page.goto(server.origin + path);
      return { page, context, troubles };
    },

    async close() {
      await browsers.close();
      await server.close();
    },
  };
}

/**
 * Everything a visitor's console or network tab would show as wrong, workers included.
 * @param {BrowserContext} context
 * @param {string} origin
 */
async function watch(context, origin) {
  /** @type {string[]} */
  const troubles = [];
  context.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => troubles.push(`uncaught: ${error.error()}`));
  watchRequests(context, (trouble) => troubles.push(trouble));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== origin) troubles.push(`another origin: ${url}`);
  });
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`Content-Security-Policy: ${event.violatedDirective} forbids ${event.blockedURI}`);
    });
  });
  return troubles;
}
