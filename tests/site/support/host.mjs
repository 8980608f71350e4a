// A static host with one site on it: under a path of its own, updated while it runs, down for a while.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
};

/** A page of the same origin outside the site, from which the site's worker and caches can be watched. */
export const OUTSIDE = '/outside';

/**
 * Starts with nothing to serve. It sends no caching headers, so browsers guess.
 * @param {string} base the path of the site, as in /relume/
 */
export async function openHost(base) {
  let folder = '';
  /** Files that are still those of another folder. @type {{ folder: string, paths: string[] }} */
  let late = { folder: '', paths: [] };
  /** @type {string[]} */
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === OUTSIDE) {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>outside</title>');
      return;
    }
    const path = pathname.slice(base.length).replace(/(^|\/)$/, '$1index.html');
    asked.push(path);
    try {
      if (!pathname.startsWith(base)) throw new Error('none of the site');
      const body = await readFile(join(late.paths.includes(path) ? late.folder : folder, path));
      response
        .writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', 'Content-Length': body.length })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  /** @param {number} port */
  const listen = (port) =>
    new Promise((listening) => {
      server.listen(port, '127.0.0.1', () => listening(undefined));
    });
  const down = () =>
    new Promise((closed) => {
      server.close(closed);
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    close: async () => {
      if (server.listening) await down();
    },

    /** Paths requested since the last call. */
    asked: () => asked.splice(0),
    down,
    up: () => listen(port),

    /** @param {string} next what is served from now on @param {string[]} [paths] except for these, which are not yet updated */
    deploy(next, paths = []) {
      late = { folder, paths };
      folder = next;
    },
  };
}
