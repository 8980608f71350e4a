// A JupyterLab of its own, with a browser on one notebook.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { launcher } from '../../../tests/browser/support/engine.mjs';

/** Milliseconds: a busy machine takes long, and only what never comes is a failure. */
export const PATIENCE = 240_000;

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ page: Page, troubles: string[], value: (expression: string) => Promise<string>, close: () => Promise<void> }} Notebook */

/**
 * Opens a notebook of these cells and runs them all.
 * @param {string} python the Python that has jupyterlab and relume
 * @param {string} folder where it works
 * @param {string[]} cells
 * @returns {Promise<Notebook>} `troubles`: what the page asked of other machines; `value`: what the kernel says of an expression
 */
export async function openNotebook(python, folder, cells) {
  const source = cells.map((text, index) => ({
    cell_type: 'code',
    id: `cell-${index}`,
    metadata: {},
    outputs: [],
    execution_count: null,
    source: text,
  }));
  const metadata = { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } };
  writeFileSync(join(folder, 'test.ipynb'), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: source }));
  const port = await freePort();
  const token = randomBytes(16).toString('hex');
  const server = startServer(python, folder, port, token);
  const browsers = launcher();
  const close = async () => {
    await browsers.close();
    await server.close();
  };
  try {
    const origin = `http://127.0.0.1:${port}`;
    await server.answers(`${origin}/api?token=${token}`);
    const context = await (await browsers.browser()).newContext({ viewport: { width: 1280, height: 1100 } });
    context.setDefaultTimeout(PATIENCE);
    /** @type {string[]} */
    const troubles = [];
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!['blob:', 'data:'].includes(url.protocol) && url.hostname !== '127.0.0.1') troubles.push(`another machine: ${url}`);
    });
    context.on('weberror', (error) => troubles.push(`uncaught: ${error.error()}`));
    const page = await context.newPage();
    await page.goto(`${origin}/lab/tree/test.ipynb?reset&token=${token}`);
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor();
    await page.waitForFunction(
      () => /** @type {any} */ (globalThis).jupyterapp.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status === 'idle',
    );
    await page.evaluate(() => /** @type {any} */ (globalThis).jupyterapp.commands.execute('notebook:run-all-cells'));
    return { page, troubles, value: (expression) => valueOf(page, expression), close };
  } catch (error) {
    await close();
    throw new Error(`JupyterLab could not be driven; its log ends:\n${server.log()}`, { cause: error });
  }
}

/** @param {Page} page @param {string} expression @returns {Promise<string>} its repr */
async function valueOf(page, expression) {
  const answer = await page.evaluate(async (asked) => {
    const { kernel } = /** @type {any} */ (globalThis).jupyterapp.shell.currentWidget.context.sessionContext.session;
    const { content } = await kernel.requestExecute({ code: '', user_expressions: { asked }, store_history: false }).done;
    return content.user_expressions.asked;
  }, expression);
  if (answer.status !== 'ok') throw new Error(`${expression}: ${answer.ename}: ${answer.evalue}`);
  return answer.data['text/plain'];
}

/** @param {string} python @param {string} folder @param {number} port @param {string} token */
function startServer(python, folder, port, token) {
  const options = ['--no-browser', '--allow-root', `--port=${port}`, '--ip=127.0.0.1', `--IdentityProvider.token=${token}`];
  const lab = ['--LabApp.expose_app_in_browser=True', '--LabApp.news_url=None', '--LabApp.extension_manager=readonly'];
  // Its settings and its history stay in the folder, whoever runs the test.
  const own = {
    JUPYTER_CONFIG_DIR: join(folder, 'config'),
    JUPYTER_DATA_DIR: join(folder, 'data'),
    JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
    IPYTHONDIR: join(folder, 'ipython'),
  };
  const child = spawn(python, ['-m', 'jupyterlab', ...options, ...lab, `--ServerApp.root_dir=${folder}`], {
    cwd: folder,
    env: { ...process.env, ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece));
  const ended = new Promise((resolve) => child.on('close', resolve));
  return {
    log: () => text.split('\n').slice(-20).join('\n'),
    /** @param {string} url */
    async answers(url) {
      const last = Date.now() + PATIENCE;
      while (Date.now() < last && child.exitCode === null) {
        const response = await fetch(url).catch(() => undefined);
        if (response?.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      throw new Error('JupyterLab does not answer');
    },
    async close() {
      // It ends its kernels first.
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(forced);
    },
  };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
