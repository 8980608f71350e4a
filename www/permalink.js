// The state of the second figure as the address's fragment, so that it can be sent to a friend.
// Only what differs from the usual look is written.

import { USUAL } from './display-options.js';

/** @typedef {import('./rules.js').Backend} Backend */
/** @typedef {import('./rules.js').Display} Display */
/** @typedef {{ network?: string | undefined, picture?: string | undefined, target?: number | undefined, backend: Backend, display: Display }} State */

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
export function writeState({ network, picture, target, backend, display }, usual) {
  const words = new URLSearchParams();
  const names = picture && picture !== usual.picture;
  // A picture or a network of one's own cannot be linked to, and a class without it would be asked of another.
  const asks = target !== undefined && picture !== '' && network;
  // What a picture or a class says depends on the network.
  if (network && (names || asks || network !== usual.network)) words.set('network', network);
  if (names) words.set('picture', picture);
  if (asks) words.set('class', String(target));
  if (backend !== 'flex') words.set('backend', backend);
  if (display.fold !== USUAL.fold) words.set('fold', display.fold);
  if (display.sign !== USUAL.sign) words.set('sign', display.sign);
  if (display.colors !== USUAL.colors) words.set('colors', display.colors);
  if (display.clip !== USUAL.clip) words.set('clip', String(display.clip));
  if (display.over) words.set('over', '1');
  const hash = words.toString();
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
}

/** @template {string} T @param {string | null} word @param {readonly T[]} known @param {T} usual @returns {T} */
function pick(word, known, usual) {
  return known.find((choice) => choice === word) ?? usual;
}
