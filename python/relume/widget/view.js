// A view in a notebook's cell: the element <relume-view>, fed by the Python kernel. There is no server that has the package's files, so
// the kernel sends them, once for each page.

/** @typedef {import('../../../pkg/element/relume-view.js').RelumeView} RelumeView */
/** @typedef {import('../../../pkg/element/relume-view.js').ExplainedDetail} ExplainedDetail */

/**
 * What anywidget gives: the state that it shares with Python, and messages.
 * @typedef {object} WidgetModel
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, listen: (...args: any[]) => void) => void} on
 * @property {(event: string, listen: (...args: any[]) => void) => void} off
 * @property {(message: object, callbacks?: undefined, buffers?: ArrayBufferView[]) => void} send
 */

/** What the views of a page share. @typedef {{ packages: Map<string, Promise<void>>, models: Map<string, { url: Promise<string>, users: number }> }} Page */

/** Attributes of the element that are traits of the Python object, too. */
const ATTRIBUTES = ['target', 'methods', 'parts', 'fold', 'sign', 'clip', 'colors', 'over', 'alt', 'limits'];
/** Numbers in one message: jupyter's server takes 10 MB. */
const PIECE = 1 << 20;

const KEY = Symbol.for('relume.notebook');
/** @type {any} */
const everything = globalThis;
/** @type {Page} */
const page = (everything[KEY] ??= { packages: new Map(), models: new Map() });

/** @param {{ model: WidgetModel, el: HTMLElement }} place */
async function render({ model, el }) {
  const status = document.createElement('p');
  status.setAttribute('role', 'status');
  status.textContent = 'Waiting for the Python kernel…';
  el.replaceChildren(status);
  const key = model.get('_model_key');
  /** @type {(() => void)[]} */
  const endings = [() => giveBack(key)];
  const shared = borrow(model, key);
  try {
    await packageOf(model);
    status.textContent = 'Fetching the network from the Python kernel…';
    const figure = /** @type {RelumeView} */ (document.createElement('relume-view'));
    figure.loading = 'eager';
    figure.model = await shared;
    endings.push(...(await connect(model, figure)));
    el.replaceChildren(figure);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    status.textContent = `The view could not be started: ${reason}`;
    tellError(model, status.textContent);
  }
  return () => endings.forEach((end) => end());
}

/** Keeps the element and the Python object in step. @param {WidgetModel} model @param {RelumeView} figure @returns {Promise<(() => void)[]>} how to end that */
async function connect(model, figure) {
  /** @param {string} name */
  const show = (name) => {
    const value = model.get(name);
    const text = Array.isArray(value) ? value.join(' ') : value === true ? '' : String(value);
    if (value === false || value === null || (['alt', 'limits'].includes(name) && value === '')) figure.removeAttribute(name);
    else if (figure.getAttribute(name) !== text) figure.setAttribute(name, text);
  };
  /** What is on show: the picture's key, and its address. */
  let picture = { key: '', url: '' };
  const showPicture = async () => {
    const key = model.get('_picture_key');
    const url = URL.createObjectURL(await receive(model, 'picture'));
    if (picture.url) URL.revokeObjectURL(picture.url);
    picture = { key, url };
    figure.src = url;
  };
  const explained = (/** @type {Event} */ event) =>
    tellMaps(model, figure, picture.key, /** @type {CustomEvent<ExplainedDetail>} */ (event).detail);
  const failed = (/** @type {Event} */ event) => {
    const { message, code } = /** @type {CustomEvent<{ message: string, code?: string }>} */ (event).detail;
    tellError(model, code ? `${message} [${code}]` : message);
  };
  ATTRIBUTES.forEach(show);
  await showPicture();
  figure.addEventListener('relume-explained', explained);
  figure.addEventListener('relume-error', failed);
  const changes = ATTRIBUTES.map((name) => /** @type {const} */ ([`change:${name}`, () => show(name)]));
  for (const [event, listen] of changes) model.on(event, listen);
  const pictureChanged = () => showPicture().catch((error) => tellError(model, String(error)));
  model.on('change:_picture_key', pictureChanged);
  return [
    () => changes.forEach(([event, listen]) => model.off(event, listen)),
    () => model.off('change:_picture_key', pictureChanged),
    () => URL.revokeObjectURL(picture.url),
    () => figure.remove(),
  ];
}

/** @param {WidgetModel} model @param {RelumeView} figure @param {string} picture @param {ExplainedDetail} detail */
function tellMaps(model, figure, picture, { top, maps }) {
  const run = identifier();
  for (const { method, shape, data } of Object.values(maps)) {
    for (let first = 0; first < data.length; first += PIECE) {
      model.send({ type: 'map', run, method, shape: [...shape], first }, undefined, [data.slice(first, first + PIECE)]);
    }
  }
  const warnings = Object.values(maps).flatMap(({ method, warning }) => (warning ? [`${method}: ${warning.message}`] : []));
  const { target } = figure;
  // What Python has set is in both; what differs was chosen here.
  const chosen = target !== model.get('target');
  model.send({ type: 'explained', run, target, chosen, methods: model.get('methods'), picture, top, warnings });
}

/** @param {WidgetModel} model @param {string} text */
function tellError(model, text) {
  model.send({ type: 'error', text });
}

/** The package, started once for each page. @param {WidgetModel} model */
function packageOf(model) {
  const key = model.get('_package_key');
  const known = page.packages.get(key);
  if (known) return known;
  const started = receive(model, 'package').then(start);
  page.packages.set(key, started);
  // What failed is tried again by the next view.
  started.catch(() => page.packages.delete(key));
  return started;
}

/** @param {Blob} packed */
async function start(packed) {
  const files = await unpack(packed);
  const loader = files.get('load-package.js');
  if (!loader) throw new Error('the package that the kernel has sent is not complete');
  const url = URL.createObjectURL(new Blob([loader], { type: 'text/javascript' }));
  const { load } = /** @type {typeof import('./load-package.js')} */ (await import(/* @vite-ignore */ url));
  await load(files, 'view.js');
}

/** Four bytes for the length of a table of names and sizes, the table, the files. @param {Blob} packed @returns {Promise<Map<string, Uint8Array<ArrayBuffer>>>} */
async function unpack(packed) {
  const bytes = await new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  /** @type {[name: string, size: number][]} */
  const table = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  let at = 4 + length;
  return new Map(
    table.map(([name, size]) => {
      at += size;
      return [name, new Uint8Array(bytes, at - size, size)];
    }),
  );
}

/** The address of a network: views of the same one share it, and the element then shares its copy. @param {WidgetModel} model @param {string} key */
function borrow(model, key) {
  const shared = page.models.get(key) ?? { url: receive(model, 'model').then((blob) => URL.createObjectURL(blob)), users: 0 };
  shared.users++;
  page.models.set(key, shared);
  shared.url.catch(() => page.models.delete(key));
  return shared.url;
}

/** @param {string} key */
function giveBack(key) {
  const shared = page.models.get(key);
  if (!shared || --shared.users > 0) return;
  page.models.delete(key);
  shared.url.then(URL.revokeObjectURL, () => undefined);
}

/** Bytes that the kernel has, piece by piece, so that no message is large. @param {WidgetModel} model @param {'package' | 'model' | 'picture'} what @returns {Promise<Blob>} */
async function receive(model, what) {
  /** @type {BlobPart[]} */
  const pieces = [];
  for (let first = 0, size = Infinity; first < size;) {
    const answer = await ask(model, what, first);
    size = answer.size;
    first += answer.bytes.byteLength;
    pieces.push(answer.bytes);
  }
  return new Blob(pieces);
}

/** @param {WidgetModel} model @param {string} what @param {number} first @returns {Promise<{ size: number, bytes: DataView<ArrayBuffer> }>} */
function ask(model, what, first) {
  const id = identifier();
  return new Promise((resolve) => {
    /** @param {{ id?: string, size: number }} message @param {DataView<ArrayBuffer>[]} buffers */
    const listen = (message, buffers) => {
      const [bytes] = buffers;
      if (message.id !== id || !bytes) return;
      model.off('msg:custom', listen);
      resolve({ size: message.size, bytes });
    };
    model.on('msg:custom', listen);
    model.send({ type: 'read', id, what, first });
  });
}

function identifier() {
  return crypto.getRandomValues(new Uint32Array(2)).join('-');
}

export default { render };
