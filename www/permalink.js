// The state of the figures as the address's fragment, so that it can be sent to a friend.
// Only what differs from the usual look is written.

import { USUAL } from './display-options.js';

/** @typedef {import('./rules.js').Backend} Backend */
/** @typedef {import('./rules.js').Display} Display */
/** @typedef {import('./unit-figure.js').ChosenUnit} ChosenUnit */
/** @typedef {{ network?: string | undefined, picture?: string | undefined, target?: number | undefined, unit?: ChosenUnit | undefined, backend: Backend, display: Display }} State */

/** Undefined where the fragment is no state, but a place on the page. @param {string} hash @returns {State | undefined} */
export function readState(hash) {
  if (hash !== '' && !hash.includes('=')) return undefined;
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const target = Number(words.get('class') || NaN);
  const clip = Number(words.get('clip') || NaN);
  return {
    network: words.get('network') ?? undefined,
    picture: words.get('picture') ?? undefined,
    target: Number.isInteger(target) && target >= 0 ? target : undefined,
    unit: readUnit(words.get('unit')),
    backend: pick(words.get('backend'), ['flex', 'ndarray'], 'flex'),
    display: {
      fold: pick(words.get('fold'), ['rgb', 'max', 'sum'], USUAL.fold),
      sign: pick(words.get('sign'), ['both', 'positive', 'negative', 'magnitude'], USUAL.sign),
      colors: pick(words.get('colors'), ['grey', 'diverging', 'heat'], USUAL.colors),
      clip: clip >= 0 && clip <= 0.1 ? clip : USUAL.clip,
      over: words.get('over') === '1',
    },
  };
}

/** @param {State} state @param {{ network: string, picture: string | undefined }} usual its picture is that of the network in use */
export function writeState({ network, picture, target, unit, backend, display }, usual) {
  const words = new URLSearchParams();
  const names = picture && picture !== usual.picture;
  // A picture or a network of one's own cannot be linked to, and a class without it would be asked of another.
  const asks = target !== undefined && picture !== '' && network;
  // What a picture, a class or a unit says depends on the network.
  if (network && (names || asks || unit || network !== usual.network)) words.set('network', network);
  if (names) words.set('picture', picture);
  if (asks) words.set('class', String(target));
  if (unit && network) words.set('unit', `${unit.layer}:${unit.channel}${unit.at ? `@${unit.at.join(',')}` : ''}`);
  if (backend !== 'flex') words.set('backend', backend);
  if (display.fold !== USUAL.fold) words.set('fold', display.fold);
  if (display.sign !== USUAL.sign) words.set('sign', display.sign);
  if (display.colors !== USUAL.colors) words.set('colors', display.colors);
  if (display.clip !== USUAL.clip) words.set('clip', String(display.clip));
  if (display.over) words.set('over', '1');
  // The colon, the at and the comma of a unit are fine as they are.
  const hash = words.toString().replaceAll('%3A', ':').replaceAll('%40', '@').replaceAll('%2C', ',');
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
}

/** As the command line has it, `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`. @param {string | null} words @returns {ChosenUnit | undefined} */
function readUnit(words) {
  const [, layer, channel, y, x] = /^([^:@]+):(\d{1,6})(?:@(\d{1,6}),(\d{1,6}))?$/.exec(words ?? '') ?? [];
  if (layer === undefined) return undefined;
  return { layer, channel: Number(channel), ...y !== undefined && { at: [Number(y), Number(x)] } };
}

/** @template {string} T @param {string | null} word @param {readonly T[]} known @param {T} usual @returns {T} */
function pick(word, known, usual) {
  return known.find((choice) => choice === word) ?? usual;
}
