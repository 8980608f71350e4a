// A site of six files that says which version each of them is, laid out for visits without a network like the real one.

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepOffline } from '../../../scripts/offline.mjs';
import { follow } from '../../../scripts/preload.mjs';
import { ROOT } from '../../browser/support/fixtures.mjs';

/** Fetched when first requested; so is STABLE, which is the same in every version. */
export const LATER = 'www/models/later.json';
export const STABLE = 'www/models/stable.json';
export const PACKAGE = 'pkg/index.js';

/** @param {string} version @returns {Record<string, string>} */
const files = (version) => ({
  'www/index.html': `<!doctype html>
<html data-version="${version}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'">
<title>small</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
<script type="module" src="main.js"></script>
<p id="status" data-kind="busy"></p>
<footer class="foot"></footer>
</html>
`,
  'www/style.css': `html { --version: ${version}; }\n`,
  'www/main.js': `import './offline.js';
import { version } from '../${PACKAGE}';
Object.assign(document.documentElement.dataset, { main: '${version}', package: version });
if (location.hash !== '#slow') document.querySelector('#status').dataset.kind = 'ready';
`,
  [PACKAGE]: `export const version = '${version}';\n`,
  [LATER]: `{ "version": "${version}" }\n`,
  [STABLE]: '{ "version": "any" }\n',
});

/**
 * @param {string} version
 * @param {string} [handicap] a script that the worker starts with
 * @returns {Promise<{ folder: string, remove: () => Promise<void> }>}
 */
export async function smallSite(version, handicap = '') {
  const folder = await mkdtemp(join(tmpdir(), `relume-small-${version}-`));
  for (const inside of ['www/models', 'pkg/engine']) await mkdir(join(folder, inside), { recursive: true });
  for (const [path, text] of Object.entries(files(version))) await writeFile(join(folder, path), text);
  for (const script of follow(ROOT, 'www/offline.js', new Set())) await copyFile(`${ROOT}${script}`, join(folder, script));
  keepOffline(folder);
  const worker = join(folder, 'sw.js');
  await writeFile(worker, `${handicap}\n${await readFile(worker, 'utf8')}`);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The version of each file of an open page; LATER and STABLE are requested now. */
export async function versions() {
  /** @param {string} path */
  const fetched = async (path) => {
    try {
      return (await (await fetch(`../${path}`)).json()).version;
    } catch {
      return 'refused';
    }
  };
  const root = document.documentElement;
  return {
    page: root.dataset['version'],
    style: getComputedStyle(root).getPropertyValue('--version').trim(),
    main: root.dataset['main'],
    package: root.dataset['package'],
    later: await fetched('www/models/later.json'),
    stable: await fetched('www/models/stable.json'),
  };
}

/** @param {string} version @param {string} [later] @returns {Awaited<ReturnType<typeof versions>>} */
export const all = (version, later = version) => ({ page: version, style: version, main: version, package: version, later, stable: 'any' });
