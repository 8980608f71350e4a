// The two servers, side by side: the same answers to the same requests.

import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../browser/support/fixtures.mjs';
import { WASM, checkout, outcome } from './support/checkout.mjs';
import { NOBODY, ask, barred, start } from './support/served.mjs';

const SERVERS = [
  ['node', 'serve.mjs'],
  ['python3', 'serve.py'],
];
const timeout = 60_000;

for (const [command = '', script = ''] of SERVERS) {
  test(`${script}: the page, its files, their types`, { timeout }, async (t) => {
    const { root, port } = await served(t, command, script);
    const page = await ask(port, '/www/?network=model-c');
    assert.equal(page.status, 200);
    assert.deepEqual(page.body, await readFile(join(root, 'www/index.html')));
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(page.headers['cache-control'], 'no-cache');
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    const wasm = await ask(port, '/pkg/wasm/flex-relaxed/relume_wasm_bg.wasm');
    assert.equal(wasm.headers['content-type'], 'application/wasm');
    assert.deepEqual(wasm.body, WASM);
    const head = await ask(port, '/www/index.html', 'HEAD');
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.equal(head.headers['content-length'], String(page.body.length));
    for (const [path, text, type] of [
      ['/www/a%20b%2b.TXT', 'spaced', 'text/plain; charset=utf-8'],
      ['/www/%C3%A9t%C3%A9', 'summer', 'application/octet-stream'],
    ]) {
      const { status, headers, body } = await ask(port, String(path));
      assert.deepEqual([status, String(body), headers['content-type']], [200, text, type]);
    }
  });

  test(`${script}: folders and methods`, { timeout }, async (t) => {
    const { port } = await served(t, command, script);
    for (const [path = '', to] of [
      ['/', '/www/'],
      ['/?a=b', '/www/'],
      ['/www', '/www/'],
      ['/www/linked', '/www/linked/'],
      ['/pkg', '/pkg/'],
    ]) {
      const { status, headers } = await ask(port, path);
      assert.deepEqual([status, headers.location], [302, to], path);
    }
    const inside = await ask(port, '/www/linked/index.js');
    assert.deepEqual([inside.status, String(inside.body)], [200, 'within'], 'a link within the folder');
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask(port, '/www/', method);
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
    }
  });

  test(`${script}: nothing else of the folder, and nothing above it`, { timeout }, async (t) => {
    const { port } = await served(t, command, script);
    for (const path of [
      '/Cargo.toml',
      '/../Cargo.toml',
      '/www/../Cargo.toml',
      '/www/..%2fCargo.toml',
      '/www/%2e%2e/Cargo.toml',
      '/..%2f..%2fetc/passwd',
      '/www/../../outside.txt',
      '/www/../wwwx/near.txt',
      '/tests/../../outside.txt',
      '/www/..%5cCargo.toml',
      '/www\\..\\Cargo.toml',
      '/www/index.html%00.txt',
      '/www/%',
      '/www/%zz',
      '/www/%ff',
      '//www/',
      '//example.org/www/..',
      '/scripts/serve.mjs',
      '/crates/',
      '/.cargo/config.toml',
      '/www/out.txt',
      '/www/outward/outside.txt',
      '/www/index.html/',
      '/pkg/wasm/',
      '/www/none.js',
      '/etc/passwd',
      `/${'../'.repeat(20)}etc/passwd`,
    ]) {
      const { status, headers, body } = await ask(port, path);
      assert.deepEqual([status, String(body)], [404, 'not found\n'], path);
      assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    }
    assert.equal((await ask(port, '/none', 'HEAD')).body.length, 0);
    assert.equal((await ask(port, '/www/')).status, 200, 'and it still serves');
  });

  test(`${script}: to this machine alone, whatever readers do, until Ctrl-C`, { timeout }, async (t) => {
    const { root, port, stop, errors, lines } = await served(t, command, script);
    assert.deepEqual(lines, [`relume is at http://localhost:${port}/www/  (Ctrl-C to stop)`]);
    await assert.rejects(fetch(`http://127.0.0.2:${port}/www/`), 'another address of this machine');
    const aborted = new AbortController();
    const large = await fetch(`http://127.0.0.1:${port}/www/large.bin`, { signal: aborted.signal });
    await large.body?.getReader().read();
    aborted.abort();
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(port, '/www/large.bin')));
    const content = await readFile(join(root, 'www/large.bin'));
    for (const { status, body } of answers) assert.ok(status === 200 && body.equals(content));
    await stop('SIGINT');
    assert.equal(errors(), '');
    await assert.rejects(ask(port, '/www/'));
  });

  test(`${script}: a taken port gives way to the next, and it says so`, { timeout }, async (t) => {
    const { root } = copied(t);
    const port = await take(t, 0);
    const env = { ...process.env, PORT: String(port) };
    const { lines, port: used } = await start(t, command, [`scripts/${script}`], { cwd: root, env });
    assert.ok(used > port && used < port + 20);
    const why = `port ${port} is taken; set PORT=NUMBER to use another`;
    assert.deepEqual(lines, [`relume is at http://localhost:${used}/www/  (${why}; Ctrl-C to stop)`]);
  });

  test(`${script}: no port, one line`, { timeout }, async (t) => {
    const { root } = copied(t);
    const run = (/** @type {string} */ port) => outcome(command, [`scripts/${script}`], { cwd: root, env: { ...process.env, PORT: port } });
    await Promise.all([65534, 65535].map((port) => take(t, port)));
    const stderr = 'ports 65534 to 65535 are all taken; set PORT=NUMBER to use another\n';
    assert.deepEqual(run('65534'), { status: 1, stdout: '', stderr });
    for (const port of ['65536', '-1', 'eighty', '8080.5', '1e3', ' 80']) {
      assert.deepEqual(run(port), { status: 2, stdout: '', stderr: `PORT is not a port: ${port}\n` });
    }
  });
}

test('both servers know the same types and folders', async () => {
  const texts = await Promise.all(SERVERS.map(([, script]) => readFile(`${ROOT}scripts/${script}`, 'utf8')));
  const [one = '', other = ''] = texts.map((text) => text.replaceAll('"', "'"));
  const types = (/** @type {string} */ text) => Array.from(text.matchAll(/'\.[a-z]+': '.*',/g), String);
  assert.ok(types(one).length > 10);
  assert.deepEqual(types(other), types(one));
  const folders = /FOLDERS = \[(.*)\]/;
  assert.equal(folders.exec(other)?.[1], folders.exec(one)?.[1]);
});

test('a port that only administrators may use', { timeout, skip: barred || (await anyPort()) }, async (t) => {
  const { root, path } = copied(t);
  for (const [command = '', script] of SERVERS) {
    const program = join(path([command]), command);
    const result = outcome(program, [`scripts/${script}`], { ...NOBODY, cwd: root, env: { PORT: '80' } });
    const stderr = 'port 80 is for administrators only (EACCES); set PORT=NUMBER to use another\n';
    assert.deepEqual(result, { status: 1, stdout: '', stderr });
  }
});

/** For `skip`: many a container, and macOS, let everyone use every port. */
async function anyPort() {
  const first = Number(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => 0));
  return first <= 80 && 'here everyone may use port 80';
}

/** A copy with more in it to ask for. @param {import('node:test').TestContext} t */
function copied(t) {
  const copy = checkout(t);
  copy.write('www/a b+.TXT', 'spaced');
  copy.write('www/\u00e9t\u00e9', 'summer');
  copy.write('www/real/index.js', 'within');
  copy.write('www/large.bin', Buffer.alloc(3_000_000, 'relume'));
  copy.write('wwwx/near.txt', 'near');
  copy.write('../outside.txt', 'outside');
  symlinkSync('real', join(copy.root, 'www/linked'));
  symlinkSync('../Cargo.toml', join(copy.root, 'www/out.txt'));
  symlinkSync('../..', join(copy.root, 'www/outward'));
  return copy;
}

/** @param {import('node:test').TestContext} t @param {string} command @param {string} script */
async function served(t, command, script) {
  const { root } = copied(t);
  const env = { ...process.env, PORT: '0' };
  return { root, ...(await start(t, command, [`scripts/${script}`], { cwd: root, env })) };
}

/** Listens, as another program might. @param {import('node:test').TestContext} t @param {number} port */
async function take(t, port) {
  const server = createServer();
  t.after(() => server.close());
  server.listen(port, '127.0.0.1');
  await Promise.race([once(server, 'listening'), once(server, 'error')]);
  return /** @type {import('node:net').AddressInfo | null} */ (server.address())?.port ?? port;
}
