// The state of the figures as the address's fragment, so that it can be sent to a friend.
// Only what differs from the usual look is written.

/** @typedef {import('./rules.js').Backend} Backend */
/** @typedef {import('./rules.js').Display} Display */
/** @typedef {import('./unit-figure.js').ChosenUnit} ChosenUnit */
/** @typedef {import('./rule-figure.js').Numbers} Numbers */
/**
 * `numbers`: figure 1's, where they are not the paper's; `target`: figure 2's class; `unit`, `close`: figure 3's; `patches`:
 * figure 4's layer; `compare`: figure 5's class; `display`: what differs from the usual look, which depends on the network.
 * Of what can be chosen only what was chosen by hand.
 */
/** @typedef {{ network?: string | undefined, picture?: string | undefined, target?: number | undefined, unit?: ChosenUnit | undefined, close: boolean, patches?: string | undefined, compare?: number | undefined, numbers?: Numbers | undefined, backend: Backend, display: Partial<Display> }} State */

/** As far as the slider goes. */
const MOST_CLIP = 0.2;

/** The network and the picture that the page opens with; the picture is that of the network in use. @typedef {{ network: string, picture: string | undefined }} Usual */

/** Undefined where the fragment is no state, but a place on the page. @param {string} hash @returns {State | undefined} */
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

/** Into the address: what is usual is left out. @param {State} state @param {Usual} usual */
export function writeState(state, usual) {
  const hash = hashOf(state, usual);
  // A place on the page stays where there is nothing to say.
  if (hash === '' && location.hash !== '' && !location.hash.includes('=')) return;
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash);
}

/**
 * @param {State} state
 * @param {Usual} [usual] what is usual need not be named; without it, all is
 */
export function hashOf({ network, picture, target, unit, close, patches, compare, numbers, backend, display }, usual) {
  const words = new URLSearchParams();
  const names = picture && picture !== usual?.picture;
  // A picture or a network of one's own cannot be linked to, and a class without it would be asked of another.
  const asks = target !== undefined && picture !== '' && network;
  // What a picture, a class, a unit or a layer says depends on the network.
  if (network && (names || asks || unit || patches || network !== usual?.network)) words.set('network', network);
  if (names) words.set('picture', picture);
  if (asks) words.set('class', String(target));
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

/** Empty where there are no words. @param {URLSearchParams} words */
export function fragmentOf(words) {
  // The colon, the at and the comma of a unit are fine as they are.
  const text = words.toString().replaceAll('%3A', ':').replaceAll('%40', '@').replaceAll('%2C', ',');
  return text === '' ? '' : `#${text}`;
}

/** As the command line and the element have it, `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`. @param {ChosenUnit} unit */
export function unitInWords({ layer, channel, at }) {
  return `${layer}:${channel}${at ? `@${at.join(',')}` : ''}`;
}

/** The same back. @param {string | null} words @returns {ChosenUnit | undefined} */
function readUnit(words) {
  const [, layer, channel, y, x] = /^([^:@]+):(\d{1,6})(?:@(\d{1,6}),(\d{1,6}))?$/.exec(words ?? '') ?? [];
  if (layer === undefined) return undefined;
  return { layer, channel: Number(channel), ...y !== undefined && { at: [Number(y), Number(x)] } };
}

/** Only what is named, and is a look. @param {URLSearchParams} words @returns {Partial<Display>} */
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

/** Nine numbers each that the engine can hold. @param {string | null} f @param {string | null} r @returns {Numbers | undefined} */
function readNumbers(f, r) {
  const [first, second] = [f, r].map((words) => (words ?? '').split(',').map((word) => (word === '' ? NaN : Math.fround(Number(word)))));
  const sound = (/** @type {number[] | undefined} */ all) => all?.length === 9 && all.every(Number.isFinite);
  // As they were typed: what f32 makes of them is the engine's.
  return sound(first) && sound(second) ? { f: (f ?? '').split(',').map(Number), r: (r ?? '').split(',').map(Number) } : undefined;
}

/** @template {string} T @param {string | null} word @param {readonly T[]} known */
function pick(word, known) {
  return known.find((choice) => choice === word);
}
