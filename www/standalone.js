// Saves a state of the page as one HTML file, which opens from the disk and works offline. It holds the engine, the network
// and the picture as text, and the package's modules as data: URLs in an import map.

/** @typedef {import('./standalone-viewer.js').State} State */

const PACKAGE = new URL('../pkg/', import.meta.url);
const GLUE = 'wasm/flex/relume_wasm.js';
const WASM = 'wasm/flex/relume_wasm_bg.wasm';
/** The modules that run the engine on the page's own thread. */
const MODULES = ['engine/engine.js', 'engine/build-choice.js', 'engine/draw-options.js', 'engine/error.js', 'engine/options.js', 'engine/rules.js', 'engine/wasm-builds.js', GLUE];

/** @param {State} state @param {{ model: Blob, picture: Blob }} parts @returns {Promise<Blob>} */
export async function standalone(state, { model, picture }) {
  const [template, viewer, wasm, ...modules] = await Promise.all([
    text(new URL('./standalone.html', import.meta.url)), text(new URL('./standalone-viewer.js', import.meta.url)),
    bytes(new URL(WASM, PACKAGE)), ...MODULES.map((name) => text(new URL(name, PACKAGE))),
  ]);
  const imports = Object.fromEntries(await Promise.all(MODULES.map(async (name, i) =>
    [`relume/${name}`, `data:text/javascript;base64,${await base64(new Blob([renamed(modules[i] ?? '', new URL(name, PACKAGE))]))}`])));
  const packed = await new Response(new Blob([wasm]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
  const parts = [
    `<script type="application/json" id="state">${json(state)}</script>`,
    `<script type="text/plain" id="picture">${await base64(picture)}</script>`,
    `<script type="text/plain" id="engine" data-packed="gzip">${await base64(packed)}</script>`,
    `<script type="text/plain" id="model">${await base64(model)}</script>`,
    `<script type="importmap">${json({ imports })}</script>`,
    `<script type="module">${inScript(renamed(viewer, new URL(import.meta.url)))}</script>`,
  ];
  // A function, because dollar signs in a string would be replacement patterns.
  return new Blob([template.replace('<!-- parts -->', () => parts.join('\n'))], { type: 'text/html' });
}

/** Replaces relative imports by the names of the import map. @param {string} source @param {URL} from where it was */
function renamed(source, from) {
  return source.replace(/(from |import\()'(\.{1,2}\/[\w./-]+)'/g, (_, keyword, path) => `${keyword}'relume/${new URL(path, from).href.slice(PACKAGE.href.length)}'`);
}

/** @param {unknown} value */
function json(value) {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Escapes what would end the script element around it. @param {string} source */
function inScript(source) {
  return source.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--');
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

/** @param {URL} url */
async function text(url) {
  return (await fetched(url)).text();
}

/** @param {URL} url */
async function bytes(url) {
  return (await fetched(url)).arrayBuffer();
}

/** @param {URL} url */
async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`For ${url.pathname} the server said ${response.status}`);
  return response;
}
