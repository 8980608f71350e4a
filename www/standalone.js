// Saves a state of the page as one HTML file, which opens from the disk and works offline. It holds the engine, the network
// and the picture as text, and the modules as data: URLs in an import map.

import { buildFor } from '../pkg/engine/build-choice.js';
import { fetchFile } from './fetch.js';
import { translateStaticText } from './static-text.js';
import { currentDictionary, language } from './translate.js';

/** @import { Build } from '../pkg/engine/types.js' */
/** @import { State } from './standalone-viewer.js' */

const ROOT = new URL('../', import.meta.url);
const VIEWER = new URL('./standalone-viewer.js', import.meta.url);
/** The build of the engine that runs in every browser: nobody knows what will open the file in ten years. */
const EVERYWHERE = 'flex';
/** Stands for the style sheet while the page is translated. */
const STYLE = '<!-- style -->';

/**
 * In the language on show, which stays that of the file.
 * @param {Omit<State, 'build' | 'language'>} state
 * @param {{ model: Blob, picture: Blob }} parts
 * @returns {Promise<{ file: Blob, everywhere: boolean }>} `everywhere`: whether its engine runs in every browser
 */
export async function standalone(state, { model, picture }) {
  const [template, { build, modules, wasm }] = await Promise.all([translated(new URL('./standalone.html', import.meta.url)), withEngine()]);
  const words = { code: language(), dictionary: currentDictionary() };
  const packed = await new Response(wasm.body?.pipeThrough(new CompressionStream('gzip'))).blob();
  const imports = Object.fromEntries(
    await Promise.all(
      [...modules].map(async ([url, source]) => [nameOf(url), `data:text/javascript;base64,${await base64(new Blob([source]))}`]),
    ),
  );
  const parts = [
    `<script type="application/json" id="state">${json({ ...state, build, language: words })}</script>`,
    `<script type="text/plain" id="picture">${await base64(picture)}</script>`,
    `<script type="text/plain" id="engine" data-packed="gzip">${await base64(packed)}</script>`,
    `<script type="text/plain" id="model">${await base64(model)}</script>`,
    `<script type="importmap">${json({ imports })}</script>`,
    `<script type="module">import '${nameOf(VIEWER.href)}';</script>`,
  ];
  // A function, because dollar signs in a string would be replacement patterns.
  const file = new Blob([template.replace('<!-- parts -->', () => parts.join('\n'))], { type: 'text/html' });
  return { file, everywhere: build === EVERYWHERE };
}

/** The modules with one build of the engine. Without a network only that one may be there which this page runs. */
async function withEngine() {
  try {
    return await withBuild(EVERYWHERE);
  } catch (error) {
    const running = buildFor('flex', true);
    if (running === EVERYWHERE) throw error;
    return withBuild(running);
  }
}

/** @param {Build} build */
async function withBuild(build) {
  const folder = `/wasm/${build}/`;
  const modules = await modulesOf(VIEWER, folder);
  const glue = [...modules.keys()].find((url) => url.includes(folder));
  if (!glue) throw new Error(`No module of the package imports the engine from ${folder}`);
  return { build, modules, wasm: await fetchFile(glue.replace(/\.js$/, '_bg.wasm')) };
}

/**
 * A module and all it imports, by address; the sources import each other by the names of the import map.
 * @param {URL} entry
 * @param {string} folder of the only modules that count of those imported on demand
 * @returns {Promise<Map<string, string>>}
 */
async function modulesOf(entry, folder) {
  const { parse } = await import('./vendor/es-module-lexer.js');
  /** @type {Map<string, string>} */
  const modules = new Map();
  /** @param {URL} url */
  async function add(url) {
    if (modules.has(url.href)) return;
    modules.set(url.href, '');
    let source = await text(url);
    const found = parse(source)[0].flatMap(({ n, d, s, e }) => {
      const imported = n?.startsWith('.') ? new URL(n, url) : undefined;
      return imported && (d === -1 || imported.pathname.includes(folder)) ? [{ imported, s, e }] : [];
    });
    // From the end, so that the positions before stay right. Those of import() have the quotes within them.
    for (const { imported, s, e } of found.toReversed()) {
      const quote = /['"]/.exec(source.charAt(s))?.[0] ?? '';
      source = source.slice(0, s) + quote + nameOf(imported.href) + quote + source.slice(e);
    }
    modules.set(url.href, source);
    await Promise.all(found.map(({ imported }) => add(imported)));
  }
  await add(entry);
  return modules;
}

/** A module's name in the import map. @param {string} url */
function nameOf(url) {
  return `relume/${url.slice(ROOT.href.length)}`;
}

/** @param {unknown} value */
function json(value) {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** @param {Blob} blob @returns {Promise<string>} */
function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** @param {URL} url of an HTML file */
async function translated(url) {
  const html = await text(url);
  // The policy of this page forbids inline styles, also in a page that is only parsed here.
  const [style = ''] = /<style>.*<\/style>/s.exec(html) ?? [];
  const page = new DOMParser().parseFromString(html.replace(style, STYLE), 'text/html');
  translateStaticText(page);
  page.documentElement.lang = language();
  return `<!doctype html>\n${page.documentElement.outerHTML.replace(STYLE, () => style)}\n`;
}

/** @param {URL} url */
async function text(url) {
  return (await fetchFile(url)).text();
}
