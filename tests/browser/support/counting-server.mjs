// A server that forbids the browser to keep anything, counts what it is asked for, and answers otherwise where told.

import { createServer } from 'node:http';
import { serve } from '../../../scripts/serve.mjs';

/** The repository, as a server sends it that forbids caching and counts; `answers` may replace what it sends for a path. */
export async function countingServer() {
  const plain = await serve(0, { headers: { 'Cache-Control': 'no-store' } });
  /** @type {string[]} */
  const asked = [];
  /** @type {Map<RegExp, (response: import('node:http').ServerResponse, path: string) => unknown>} */
  const answers = new Map();
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    for (const [pattern, answer] of answers) if (pattern.test(path)) return void answer(response, path);
    const found = await fetch(plain.origin + path);
    response.writeHead(found.status, Object.fromEntries([...found.headers].filter(([name]) => !/^(connection|keep-alive)$/.test(name))));
    return void response.end(Buffer.from(await found.arrayBuffer()));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    answers,
    /** How often such a path was asked for since `forget()`. @param {RegExp} pattern */
    count: (pattern) => asked.filter((path) => pattern.test(path)).length,
    /** The paths, in the order they were asked for. */
    asked: () => [...asked],
    forget() {
      asked.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await plain.close();
    },
  };
}
