// A server started as a process of its own, and requests to it as they are written: no client tidies their paths.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { ROOT } from '../../browser/support/fixtures.mjs';

/** Who owns nothing, for tests of what is forbidden: root may do everything. */
export const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** For the `skip` of tests that run as nobody. */
export const barred =
  spawnSync(process.execPath, ['-e', `require('fs').readdirSync(${JSON.stringify(ROOT)})`], NOBODY).status === 0
    ? false
    : 'only its owner may enter the folder of this Node, or of this checkout';

/**
 * Starts a command and waits until it says where the page is.
 * @param {import('node:test').TestContext} t it is killed when this ends
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export async function start(t, command, args, options) {
  // A process group of its own, so that what make starts ends with it.
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const stop = async (/** @type {NodeJS.Signals} */ signal = 'SIGKILL') => {
    try {
      process.kill(-Number(child.pid), signal);
    } catch {
      // it has ended by itself
    }
    await ended;
  };
  t.after(() => stop());
  let errors = '';
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  /** @type {string[]} */
  const lines = [];
  for await (const line of createInterface(/** @type {import('node:stream').Readable} */ (child.stdout))) {
    lines.push(line);
    const [, port] = /^relume is at http:\/\/localhost:([0-9]+)\/www\//.exec(line) ?? [];
    if (port !== undefined) return { lines, port: Number(port), stop, errors: () => errors };
  }
  throw new Error(`it ended without serving:\n${lines.join('\n')}\n${errors}`);
}

/**
 * @param {number} port
 * @param {string} path
 * @param {string} [method]
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }>}
 */
export function ask(port, path, method = 'GET') {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      /** @type {Buffer[]} */
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: Number(response.statusCode), headers: response.headers, body: Buffer.concat(parts) });
      });
    })
      .on('error', reject)
      .end();
  });
}
