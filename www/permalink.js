// The state of the figures as the fragment of the address, so that a link can share it.
// Defaults are left out.

import { formatUnit, parseUnit } from '../pkg/engine/unit-notation.js';
import { formatPin, parsePin } from './pin-notation.js';
import { DRAW_CHOICES } from '../pkg/engine/draw-options.js';

/** @import { Numbers } from './rule-figure.js' */
/** @import { State } from './state.js' */
/** @import { Display } from './types.js' */

const LOOK = /** @type {const} */ (['fold', 'sign', 'colors', 'clip', 'scale']);
/** The largest value of the slider. */
const MOST_CLIP = 0.2;

/** The default network; the default picture and look of the network in use. @typedef {{ network: string, picture: string | undefined, display: Display }} Usual */

/** Whether the fragment is not a state but a place on the page. @param {string} hash */
export function isPlace(hash) {
  return hash !== '' && !hash.includes('=');
}

/** @param {string} hash @returns {State} */
export function readState(hash) {
  const words = new URLSearchParams(isPlace(hash) ? '' : hash.replace(/^#/, ''));
  return {
    network: words.get('network') ?? undefined,
    picture: words.get('picture') ?? undefined,
    target: classOf(words.get('class')),
    unit: parseUnit(words.get('unit') ?? ''),
    close: words.get('close') === '1',
    patches: words.get('patches') ?? undefined,
    compare: index(words.get('compare')),
    randomised: index(words.get('randomised')),
    guess: words.get('guess') === '1',
    pin: parsePin(words.get('pin') ?? ''),
    numbers: readNumbers(words.get('f'), words.get('r')),
    random: words.get('weights') === 'random',
    backend: pick(words.get('backend'), ['flex', 'ndarray']) ?? 'flex',
    display: readDisplay(words),
  };
}

/**
 * @param {State} state
 * @param {Usual} [usual] the defaults to leave out; without them everything is named
 */
export function hashOf(
  { network, picture, target, unit, close, patches, compare, randomised, guess, pin, numbers, random, backend, display },
  usual,
) {
  const words = new URLSearchParams();
  const namesPicture = picture && picture !== usual?.picture;
  // A link cannot contain the visitor's own picture or network, and a class alone would be explained for another one.
  const namesClass = target !== undefined && picture !== '' && network;
  // What a picture, a class, a unit or a layer means depends on the network.
  if (network && (namesPicture || namesClass || unit || patches || randomised !== undefined || random || network !== usual?.network))
    words.set('network', network);
  if (random && network) words.set('weights', 'random');
  if (namesPicture) words.set('picture', picture);
  if (namesClass) words.set('class', String(target));
  if (unit && network) words.set('unit', formatUnit(unit));
  if (close) words.set('close', '1');
  if (patches && network) words.set('patches', patches);
  if (compare !== undefined && picture !== '') words.set('compare', String(compare));
  if (randomised !== undefined && network) words.set('randomised', String(randomised));
  if (guess) words.set('guess', '1');
  if (pin) words.set('pin', formatPin(pin));
  if (numbers) {
    words.set('f', numbers.f.join(','));
    words.set('r', numbers.r.join(','));
  }
  if (backend !== 'flex') words.set('backend', backend);
  for (const key of LOOK) if (display[key] !== undefined && display[key] !== usual?.display[key]) words.set(key, String(display[key]));
  if (display.over) words.set('over', '1');
  return fragmentOf(words);
}

/** Empty if there are no parameters. @param {URLSearchParams} words */
export function fragmentOf(words) {
  // The colon, the at sign and the comma of a unit need no escaping, and are easier to read without.
  const text = words.toString().replaceAll('%3A', ':').replaceAll('%40', '@').replaceAll('%2C', ',');
  return text === '' ? '' : `#${text}`;
}

/** The display options that are named and valid. @param {URLSearchParams} words @returns {Partial<Display>} */
function readDisplay(words) {
  const [fold, sign, colors] = [
    pick(words.get('fold'), DRAW_CHOICES.fold),
    pick(words.get('sign'), DRAW_CHOICES.sign),
    pick(words.get('colors'), DRAW_CHOICES.colors),
  ];
  const clip = Number(words.get('clip') || NaN);
  const scale = pick(words.get('scale'), /** @type {const} */ (['own', 'shared']));
  return {
    ...(fold && { fold }),
    ...(sign && { sign }),
    ...(colors && { colors }),
    ...(clip >= 0 && clip <= MOST_CLIP && { clip }),
    ...(scale && { scale }),
    ...(words.get('over') === '1' && { over: true }),
  };
}

/** @param {string | null} words @returns {number | undefined} */
function index(words) {
  return /^\d{1,9}$/.test(words ?? '') ? Number(words) : undefined;
}

/** A class by its number or its name. @param {string | null} words @returns {number | string | undefined} */
function classOf(words) {
  return index(words) ?? (words?.trim() || undefined);
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
