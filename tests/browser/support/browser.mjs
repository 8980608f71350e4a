// One Chromium and one server for the tests of one file, and pages that are watched for trouble.

/// <reference path="../globals.d.ts" />
import { chromium } from 'playwright-core';
import { serve } from '../../../scripts/serve.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */
/** @typedef {{ page: Page, context: BrowserContext, troubles: string[] }} Opened */

const FLAGS = [
  '--disable-background-networking', // nothing but what the page asks for goes over the network
  '--disable-component-update',
  '--disable-dev-shm-usage', // containers have little of it
  '--disable-gpu',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
];

export async function openBrowser() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.CHROME || '/usr/bin/chromium',
    chromiumSandbox: false, // root has none
    args: FLAGS,
  }).catch(async (error) => {
    await server.close();
    throw error;
  });
  return {
    origin: server.origin,
    version: browser.version(),

    /**
     * Opens a page in a context of its own.
     * @param {string} path
     * @param {import('playwright-core').BrowserContextOptions & { before?: (context: BrowserContext) => Promise<unknown> }} [options]
     *   `before`: what to arrange before anything is loaded
     * @returns {Promise<Opened>}
     */
    async open(path, { before, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const troubles = await watch(context, server.origin);
      await before?.(context);
      const page = await context.newPage();
      await page.goto(server.origin + path);
      return { page, context, troubles };
    },

    async close() {
      await browser.close();
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
