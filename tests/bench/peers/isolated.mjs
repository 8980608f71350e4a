// A Chromium whose pages may use threads. That takes two headers, which the server of this repository does not send
// because relume does without: they are added on the way.

import { createServer, request } from 'node:http';
import { chromium } from 'playwright-core';
import { serve } from '../../../scripts/serve.mjs';
import { FOLDERS } from '../written-networks.mjs';

const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage', // containers have little of it
  '--disable-gpu',
  '--no-first-run',
];

async function serveIsolated() {
  const files = await serve(0, { folders: FOLDERS });
  const server = createServer((asked, response) => {
    request(files.origin + asked.url, { method: asked.method ?? 'GET' }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...ISOLATED });
      answer.pipe(response);
    })
      .on('error', () => response.writeHead(502).end())
      .end();
  });
  await new Promise((listening) => {
    server.listen(0, '127.0.0.1', () => listening(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await files.close();
    },
  };
}

export async function openIsolated() {
  const server = await serveIsolated();
  const browser = await chromium
    .launch({
      executablePath: process.env.CHROME || '/usr/bin/chromium',
      chromiumSandbox: false, // root has none
      args: FLAGS,
    })
    .catch(async (error) => {
      await server.close();
      throw error;
    });
  return {
    version: browser.version(),

    /** A page whose script is loaded. @param {string} path */
    async open(path) {
      const page = await browser.newPage();
      await page.goto(server.origin + path);
      await page.waitForFunction(() => 'peers' in globalThis);
      return page;
    },

    async close() {
      await browser.close();
      await server.close();
    },
  };
}
