// Serve the page and the package of this repository to this machine alone. Plain files, no special headers: what works
// here works on any static host. `node scripts/serve.mjs` (PORT=8080 by default; a taken port gives way to the next).
// serve.py does the same where there is no Node.
import { createReadStream, realpathSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Only these folders are visible; the rest of the repository (and its .git) is nobody's business. */
const FOLDERS = ['www', 'pkg', 'docs', 'tests'];
const PORTS_TO_TRY = 20;

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm', // without it browsers cannot compile while downloading
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
};

/**
 * The file a request path names, or what to answer instead.
 * @param {Pick<Required<Serving>, 'root' | 'folders'>} serving
 * @param {string} pathname still percent-encoded
 * @returns {Promise<{ file: string, size: number } | { redirect: string } | undefined>}
 */
async function find({ root, folders }, pathname) {
  if (pathname === '/') return { redirect: '/www/' };
  try {
    const path = decodeURIComponent(pathname);
    // A doubled first slash, or none, would make the redirect below point to another host.
    if (!path.startsWith('/') || path.startsWith('//') || path.includes('\0') || path.includes('\\')) return undefined;
    const folder = folders.map((name) => resolve(root, name) + sep).find((each) => join(root, path, sep).startsWith(each));
    if (folder === undefined) return undefined;
    let file = await realpath(join(root, path));
    let found = await stat(file);
    if (found.isDirectory()) {
      if (!path.endsWith('/')) return { redirect: `${pathname}/` };
      file = await realpath(join(file, 'index.html'));
      found = await stat(file);
    }
    // A symbolic link may not lead out of the folder either.
    if (!found.isFile() || !file.startsWith((await realpath(folder)) + sep)) return undefined;
    return { file, size: found.size };
  } catch {
    return undefined; // a malformed escape or a file that is not there
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Required<Serving>} serving
 */
async function answer(request, response, serving) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const found = await find(serving, (request.url ?? '/').replace(/[?#].*$/, ''));
  if (found === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('not found\n');
  } else if ('redirect' in found) {
    response.writeHead(302, { Location: found.redirect }).end();
  } else {
    response.writeHead(200, {
      'Content-Type': TYPES[extname(found.file).toLowerCase()] ?? 'application/octet-stream',
      'Content-Length': found.size,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      ...serving.headers,
    });
    if (request.method === 'HEAD') response.end();
    else pipeline(createReadStream(found.file), response, () => {}); // a reader that hangs up is not our failure
  }
}

/** The last port tried where all before it are taken. @param {number} port */
const lastPort = (port) => Math.min(port + PORTS_TO_TRY - 1, 65535);

/**
 * @typedef {object} Serving
 * @property {string} [root] where www/ and pkg/ are: this repository, unless told
 * @property {string[]} [folders] of it that are visible
 * @property {Record<string, string>} [headers] sent with every file, such as the CORS header of many a static host
 */

/**
 * Start serving; resolves when requests are answered. Port 0 takes any free one, any other gives way to the next.
 * @param {number} [port]
 * @param {Serving} [serving]
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function serve(port = 0, { root = ROOT, folders = FOLDERS, headers = {} } = {}) {
  const server = createServer((request, response) => void answer(request, response, { root, folders, headers }));
  for (let next = port; ; next += 1) {
    try {
      await new Promise((listening, failed) => {
        server.once('error', failed);
        server.listen(next, '127.0.0.1', () => listening(server.off('error', failed)));
      });
      break;
    } catch (error) {
      const taken = /** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE';
      if (!taken || next >= lastPort(port)) throw error;
    }
  }
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${address.port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const ANOTHER = 'set PORT=NUMBER to use another';

/**
 * Why there is no server.
 * @param {number} port
 * @param {string} [code] of the system
 */
function refusal(port, code) {
  if (code === 'EADDRINUSE') return `ports ${port} to ${lastPort(port)} are all taken; ${ANOTHER}`;
  if (code === 'EACCES') return `port ${port} is for administrators only (EACCES); ${ANOTHER}`;
  return `port ${port} cannot be used (${code}); ${ANOTHER}`;
}

async function main() {
  const text = process.env.PORT || '8080';
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port > 65535) {
    console.error(`PORT is not a port: ${text}`);
    process.exit(2);
  }
  try {
    const { origin } = await serve(port);
    const why = port === 0 || origin.endsWith(`:${port}`) ? '' : `port ${port} is taken; ${ANOTHER}; `;
    console.log(`relume is at ${origin}/www/  (${why}Ctrl-C to stop)`);
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    console.error(refusal(port, code ?? message));
    process.exit(1);
  }
}

// The path of the module has no symbolic links left in it.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
