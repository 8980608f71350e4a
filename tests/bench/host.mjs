// This repository as a static host serves it: HTTP/2, brotli, cacheable; over a line of its own where asked. It notes what
// is asked of it: unlike the page, it hears of the worker's requests too.

import { createSecureServer } from 'node:http2';
import { createServer } from 'node:net';
import { Readable, pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { certificate } from './certificate.mjs';
import { Line } from './line.mjs';

/** @typedef {import('./line.mjs').Speed} Speed */
/** @typedef {'html' | 'css' | 'js' | 'wasm' | 'model' | 'picture' | 'other'} Kind */
/**
 * One request as the browser sees it. `start` and `end`: milliseconds since 1970; `end` is true to a few packets.
 * @typedef {{ path: string, kind: Kind, start: number, end: number, bytes: number }} Asked
 */
/** @typedef {{ status: number, type: string, body: Buffer, brotli: boolean }} File */

/** What hosts compress. Models and pictures go as they are. */
const COMPRESSED = /^text\/|javascript|json|wasm|svg/;
/** A stream gets no further ahead of the line than this: so the streams take turns. */
const TURN = 16_384;

/** @type {[RegExp, Kind][]} */
const KINDS = [
  [/html/, 'html'],
  [/css/, 'css'],
  [/javascript/, 'js'],
  [/wasm/, 'wasm'],
  [/octet-stream/, 'model'],
  [/^image/, 'picture'],
];

const compress = promisify(brotliCompress);

/**
 * Each file, read and compressed once.
 * @param {string} origin where they are served plainly
 * @returns {(path: string) => Promise<File>}
 */
export function filesOf(origin) {
  /** @type {Map<string, Promise<File>>} */
  const files = new Map();
  return (path) => {
    const known = files.get(path) ?? read(origin + path);
    files.set(path, known);
    return known;
  };
}

/**
 * @param {ReturnType<typeof filesOf>} file
 * @param {Speed} [speed] as fast as it goes if left out
 */
export async function host(file, speed) {
  const line = speed && new Line(speed);
  const way = line?.way ?? 0;
  /** @type {Asked[]} */
  const asked = [];
  const { digest, ...identity } = certificate();
  const http = createSecureServer(identity);
  http.on('stream', async (stream, { ':path': path = '/', ':method': method }) => {
    const start = now() - way;
    const { status, type, body, brotli } = await file(path);
    const sent = method === 'HEAD' ? Buffer.alloc(0) : body;
    const kind = KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? 'other';
    const entry = { path, kind, start, end: NaN, bytes: sent.length };
    asked.push(entry);
    stream.on('close', () => {
      entry.end = now() + way;
    });
    stream.on('error', () => {}); // a reader that hangs up is not our failure
    if (stream.destroyed) return;
    stream.respond(
      {
        ':status': status,
        'content-type': type,
        'content-length': body.length,
        'cache-control': 'max-age=600',
        ...(brotli && { 'content-encoding': 'br' }),
      },
      { endStream: method === 'HEAD' },
    );
    if (method !== 'HEAD') pipeline(Readable.from(turns(sent), { highWaterMark: 1 }), stream, () => {});
  });

  const door = createServer((socket) => http.emit('connection', line?.connect(socket) ?? socket));
  await new Promise((listening) => door.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (door.address());
  return {
    origin: `https://localhost:${port}`,
    digest,
    /** What was asked for since this was last called. */
    take: () => asked.splice(0),
    close: () => {
      door.close();
    },
  };
}

/** @param {string} url @returns {Promise<File>} */
async function read(url) {
  const answer = await fetch(url);
  const type = answer.headers.get('content-type') ?? '';
  const plain = Buffer.from(await answer.arrayBuffer());
  const brotli = COMPRESSED.test(type);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  return { status: answer.status, type, body: brotli ? await compress(plain, { params }) : plain, brotli };
}

/** @param {Buffer} body */
function* turns(body) {
  for (let at = 0; at < body.length; at += TURN) yield body.subarray(at, at + TURN);
}

/** The clock of `performance.timeOrigin` in the page. */
function now() {
  return performance.timeOrigin + performance.now();
}
