// Keeps the deployed site in the browser, so that it opens without a network. Each worker knows one version of the site
// and gives out that one alone: a file is what the version says, by its hash, or it is an error.
//
// A newer version waits until no page of the older is open (no skipWaiting): a page goes on with what it began with.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const ROOT = new URL('./', worker.location.href);
// The caches of an origin are shared by all that lies on it, other copies of this site included.
const OURS = `relume-${ROOT.pathname}@`;
const CACHE = OURS + SITE.version;
const FILES = new Map(Object.entries({ ...SITE.first, ...SITE.later }));

// The question of pkg/engine/build-choice.js, which a classic worker cannot import: is there an f32x4.relaxed_madd?
const RELAXED = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 19, 1, 17, 0, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0x41,
  0, 0xfd, 0x0f, 0xfd, 0x85, 0x02, 0x0b,
]);

/** What the page needs in this browser, with one build of the engine. */
function firstFiles() {
  const build = typeof WebAssembly === 'undefined' ? 'none' : WebAssembly.validate(RELAXED) ? 'flex-relaxed' : 'flex';
  const engine = [...FILES.keys()].filter((path) => path.startsWith(`pkg/wasm/${build}/`));
  return [...Object.keys(SITE.first), ...engine];
}

/** The file a request is about; undefined where that is none of the site. @param {Request} request */
function pathOf({ url }) {
  if (!url.startsWith(ROOT.href)) return undefined;
  // What follows the path means something to the page, nothing to a static host.
  const path = new URL(url).pathname.slice(ROOT.pathname.length).replace(/(^|\/)$/, '$1index.html');
  return FILES.has(path) ? path : undefined;
}

/** A page by its folder: hosts are known to redirect from its index.html. @param {string} path */
function addressOf(path) {
  return new URL(path.replace(/(^|\/)index\.html$/, '$1'), ROOT).href;
}

worker.addEventListener('install', (event) => event.waitUntil(install()));

/** All or nothing: where one file is of another version, as on a host half-way through an update, there is no install. */
async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    firstFiles().map(async (path) => {
      const address = addressOf(path);
      // From an earlier attempt that was broken off.
      if (await cache.match(address)) return;
      // Not simply from the browser's cache, which may hold an older one; but what it holds is not sent again.
      const response = await fetch(address, { cache: 'no-cache', integrity: FILES.get(path) ?? '' });
      await cache.put(address, whole(response, await response.blob()));
    }),
  );
}

worker.addEventListener('activate', (event) => event.waitUntil(removeOlder()));

async function removeOlder() {
  const names = await caches.keys();
  // One of these may be the cache of a version on its way in, which will do this itself.
  if (worker.registration.installing || worker.registration.waiting) return;
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

/** Windows known to be of this version. @type {Set<string>} */
const ofThisVersion = new Set();

worker.addEventListener('message', (event) => event.waitUntil(welcome(event)));

/**
 * The page of a first visit came without a worker. It gets this one as soon as it has said that it is of the same
 * version, and so has every other such page: claiming takes them all.
 * @param {ExtendableMessageEvent} event
 */
async function welcome({ data, source }) {
  if (data?.version !== SITE.version || !(source instanceof WindowClient)) return;
  ofThisVersion.add(source.id);
  for (const { id } of await worker.clients.matchAll()) ofThisVersion.add(id);
  const open = await worker.clients.matchAll({ includeUncontrolled: true });
  // Other sites of this origin are among them.
  if (open.every(({ id, url }) => ofThisVersion.has(id) || !url.startsWith(ROOT.href))) await worker.clients.claim();
}

worker.addEventListener('fetch', (event) => {
  const path = pathOf(event.request);
  if (path === undefined) return;
  // A file of this version is there, whatever the network would say now.
  if (event.request.method === 'HEAD') event.respondWith(new Response());
  // Asked for a part (Range), the whole is an answer as well.
  if (event.request.method === 'GET') event.respondWith(answer(event, path));
});

/** @param {FetchEvent} event @param {string} path */
async function answer(event, path) {
  return (await kept(path)) ?? (event.request.mode === 'navigate' ? open(event, path) : download(event, path));
}

/** A cache that cannot be read is as good as an empty one. @param {string} path */
function kept(path) {
  return caches.match(addressOf(path), { cacheName: CACHE }).catch(() => undefined);
}

/**
 * A page that is not in the cache any more. Where the host has another version of it, nothing of this one can be opened
 * again, and nothing else may be opened in its place: the worker goes, and the page is asked for without it.
 * @param {FetchEvent} event
 * @param {string} path
 */
async function open(event, path) {
  const response = await fetch(addressOf(path), { cache: 'no-cache' });
  if (!response.ok) return response;
  const body = await response.blob();
  if ((await hashOf(body)) !== FILES.get(path)) {
    if (!(await worker.registration.unregister())) return Response.error();
    return new Response('<meta http-equiv="refresh" content="0">', { headers: { 'Content-Type': 'text/html' } });
  }
  event.waitUntil(keep(path, whole(response, body)));
  return whole(response, body);
}

/**
 * A file from the host. It is passed on while it comes in, so that the page sees how far it is; but its end only comes
 * where all of it was right. Until then nobody has a file.
 * @param {FetchEvent} event
 * @param {string} path
 */
async function download(event, path) {
  const response = await fetch(addressOf(path), { cache: 'no-cache', signal: event.request.signal });
  if (!response.ok || !response.body) return response;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  /** @type {TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>} */
  const check = new TransformStream({
    transform(chunk, controller) {
      chunks.push(chunk);
      controller.enqueue(chunk);
    },
    async flush() {
      if ((await hashOf(new Blob(chunks))) !== FILES.get(path)) throw new Error(`${path} is of another version of this site`);
    },
  });
  event.waitUntil(
    response.body.pipeTo(check.writable).then(
      () => keep(path, whole(response, new Blob(chunks))),
      () => undefined, // given up by the page, broken off, or of another version: the page is told by the other end
    ),
  );
  return new Response(check.readable, response);
}

/** Where there is no room, the page goes on all the same. @param {string} path @param {Response} response */
async function keep(path, response) {
  try {
    await (await caches.open(CACHE)).put(addressOf(path), response);
  } catch {
    // It is fetched again next time.
  }
}

/**
 * As the host sent it, but as itself: not compressed, not redirected, the same for whoever asks.
 * @param {Response} response
 * @param {Blob} body
 */
function whole(response, body) {
  const headers = new Headers(response.headers);
  headers.delete('content-encoding');
  headers.delete('vary');
  headers.set('content-length', String(body.size));
  return new Response(body, { headers });
}

/** @param {Blob} body */
async function hashOf(body) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await body.arrayBuffer()));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}
