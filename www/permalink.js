// The state of the figures as the fragment of the address, so that a link can share it.
// Defaults are left out.

/** @typedef {import('./types.js').Backend} Backend */
/** @typedef {import('./types.js').Display} Display */
/** @typedef {import('./unit-figure.js').ChosenUnit} ChosenUnit */
/** @typedef {import('./rule-figure.js').Numbers} Numbers */
/**
 * `numbers`: figure 1's, if they are not the paper's; `target`: figure 2's class; `unit`, `close`: figure 3's; `patches`:
 * figure 4's layer; `compare`: figure 5's class; `display`: what differs from the default look, which depends on the network.
 * Only what was chosen by hand is in it.
 */
/** @typedef {{ network?: string | undefined, picture?: string | undefined, target?: number | undefined, unit?: ChosenUnit | undefined, close: boolean, patches?: string | undefined, compare?: number | undefined, numbers?: Numbers | undefined, backend: Backend, display: Partial<Display> }} State */

/** The largest value of the slider. */
const MOST_CLIP = 0.2;

/** The default network, and the default picture of the network in use. @typedef {{ network: string, picture: string | undefined }} Usual */

/** Undefined if the fragment is not a state but a place on the page. @param {string} hash @returns {State | undefined} */
export function readState(hash) {
  if (hash !== '' && !hash.includes('=')) return undefined;
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    network: words.get('network') ?? undefined,
    picture: words.get('picture') ?? undefined,
    target: index(words.get('class')),
    unit: readUnit(words.get('unit')),
    close: words.get('close') === '1',
    patches: words.get('patches') ?? undefined,
    compare: index(words.get('compare')),
    numbers: readNumbers(words.get('f'), words.get('r')),
    backend: pick(words.get('backend'), ['flex', 'ndarray']) ?? 'flex',
    display: readDisplay(words),
  };
}

/** Writes the state into the address, without defaults. @param {State} state @param {Usual} usual */
export function writeState(state, usual) {
  const hash = hashOf(state, usual);
  // If there is nothing to write, a place on the page stays in the address.
  if (hash === '' && location.hash !== '' && !location.hash.includes('=')) return;
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash);
}

/**
 * @param {State} state
 * @param {Usual} [usual] the defaults to leave out; without them everything is named
 */
export function hashOf({ network, picture, target, unit, close, patches, compare, numbers, backend, display }, usual) {
  const words = new URLSearchParams();
  const namesPicture = picture && picture !== usual?.picture;
  // A link cannot contain the visitor's own picture or network, and a class alone would be explained for another one.
  const namesClass = target !== undefined && picture !== '' && network;
  // What a picture, a class, a unit or a layer means depends on the network.
  if (network && (namesPicture || namesClass || unit || patches || network !== usual?.network)) words.set('network', network);
  if (namesPicture) words.set('picture', picture);
  if (namesClass) words.set('class', String(target));
  if (unit && network) words.set('unit', unitInWords(unit));
  if (close) words.set('close', '1');
  if (patches && network) words.set('patches', patches);
  if (compare !== undefined && picture !== '') words.set('compare', String(compare));
  if (numbers) {
    words.set('f', numbers.f.join(','));
    words.set('r', numbers.r.join(','));
  }
  if (backend !== 'flex') words.set('backend', backend);
  const { fold, sign, colors, clip, over } = display;
  for (const [key, value] of Object.entries({ fold, sign, colors, clip })) if (value !== undefined) words.set(key, String(value));
  if (over) words.set('over', '1');
  return fragmentOf(words);
}

/** Empty if there are no parameters. @param {URLSearchParams} words */
export function fragmentOf(words) {
  // The colon, the at sign and the comma of a unit need no escaping, and are easier to read without.
  const text = words.toString().replaceAll('%3A', ':').replaceAll('%40', '@').replaceAll('%2C', ',');
  return text === '' ? '' : `#${text}`;
}

/** In the notation of the command line and the element: `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`. @param {ChosenUnit} unit */
export function unitInWords({ layer, channel, at }) {
  return `${layer}:${channel}${at ? `@${at.join(',')}` : ''}`;
}

/** Reads that notation. @param {string | null} words @returns {ChosenUnit | undefined} */
function readUnit(words) {
  const [, layer, channel, y, x] = /^([^:@]+):(\d{1,6})(?:@(\d{1,6}),(\d{1,6}))?$/.exec(words ?? '') ?? [];
  if (layer === undefined) return undefined;
  return { layer, channel: Number(channel), ...y !== undefined && { at: [Number(y), Number(x)] } };
}

/** The display options that are named and valid. @param {URLSearchParams} words @returns {Partial<Display>} */
function readDisplay(words) {
  const fold = pick(words.get('fold'), ['rgb', 'max', 'sum']);
  const sign = pick(words.get('sign'), ['both', 'positive', 'negative', 'magnitude']);
  const colors = pick(words.get('colors'), ['grey', 'diverging', 'heat']);
  const clip = Number(words.get('clip') || NaN);
  return {
    ...fold && { fold },
    ...sign && { sign },
    ...colors && { colors },
    ...clip >= 0 && clip <= MOST_CLIP && { clip },
    ...words.get('over') === '1' && { over: true },
  };
}

/** @param {string | null} words @returns {number | undefined} */
function index(words) {
  return /^\d{1,9}$/.test(words ?? '') ? Number(words) : undefined;
}

/** Nine numbers each; undefined unless all of them are finite as f32. @param {string | null} f @param {string | null} r @returns {Numbers | undefined} */
function readNumbers(f, r) {
  const [first, second] = [f, r].map((words) => (words ?? '').split(',').map((word) => (word === '' ? NaN : Math.fround(Number(word)))));
  const sound = (/** @type {number[] | undefined} */ all) => all?.length === 9 && all.every(Number.isFinite);
  // As they were typed: the engine does the rounding to f32.
  return sound(first) && sound(second) ? { f: (f ?? '').split(',').map(Number), r: (r ?? '').split(',').map(Number) } : undefined;
}

/** @template {string} T @param {string | null} word @param {readonly T[]} known */
function pick(word, known) {
  return known.find((choice) => choice === word);
}
