// What an address asks for and the page does not have, and what is shown instead. Said once, when all that could be shown is.

import { parseUnit } from '../pkg/engine/unit-notation.js';
import { classNamed } from '../pkg/engine/class-target.js';
import { isUnit } from './default-unit.js';
import { firstConvolutions } from './first-convolutions.js';
import { networkNamed } from './networks.js';
import { isPin } from './pin-notation.js';
import { isPlace, readState } from './permalink.js';

/** @import { Model } from './types.js' */
/**
 * What the page shows.
 * @typedef {{ model: Model, source: string | File | undefined, hasPicture: (name: string) => boolean, picture: string, backend: string }} Shown
 */

/** The classes of figure 5's networks. */
const COMPARED = 10;
/** The most letters of a word that are repeated. */
const LONGEST = 40;
/** Words of `embed.html`, which need not be said: the page shows all methods. */
const FRAME_ONLY = ['methods'];

/**
 * A sentence about the words that name nothing; empty if all of them name something.
 * @param {string} hash
 * @param {Shown} shown
 */
export function addressNote(hash, shown) {
  const missing = isPlace(hash) ? missingPlace(hash) : missingWords(hash, shown);
  return missing.length === 0 ? '' : `Not everything in the address could be used: ${missing.join('; ')}.`;
}

/** @param {string} hash */
function missingPlace(hash) {
  return document.getElementById(decoded(hash.slice(1))) ? [] : [`${short(hash)} (no part of this page)`];
}

/** @param {string} hash @param {Shown} shown */
function missingWords(hash, shown) {
  const state = readState(hash);
  const { info } = shown.model;
  /** For each word what is shown instead, undefined if it names something. @type {Record<string, (value: string) => string | undefined>} */
  const instead = {
    network: (value) => (networkNamed(value)?.url === shown.source ? undefined : `${info.title} instead`),
    picture: (value) => (shown.hasPicture(value) ? undefined : `“${shown.picture}” instead`),
    class: () => classTrouble(state.target, info.classes),
    unit: (value) => {
      const unit = parseUnit(value);
      return unit && isUnit(unit, shown.model) ? undefined : 'not a unit of this network; figure 3 shows another';
    },
    patches: (value) => {
      const [first, ...others] = firstConvolutions(info.layers);
      return [first, ...others].some((layer) => layer?.name === value) ? undefined : `${first?.name ?? 'no layer'} instead`;
    },
    compare: () => (state.compare !== undefined && state.compare < COMPARED ? undefined : 'the likeliest class instead'),
    f: () => (state.numbers ? undefined : 'the paper’s numbers instead; f and r take nine numbers each'),
    r: () => (state.numbers ? undefined : 'the paper’s numbers instead; f and r take nine numbers each'),
    weights: (value) => (value === 'random' || value === 'trained' ? undefined : 'the trained ones instead'),
    backend: (value) => (value === shown.backend ? undefined : `${shown.backend} instead`),
    fold: (value) => (value === state.display.fold ? undefined : 'rgb instead'),
    sign: (value) => (value === state.display.sign ? undefined : 'both instead'),
    colors: (value) => {
      if (value !== state.display.colors) return 'grey instead';
      const plane = state.display.fold !== undefined && state.display.fold !== 'rgb';
      return plane || value === 'grey' ? undefined : 'no effect unless fold is max or sum';
    },
    clip: () => (state.display.clip === undefined ? 'the default instead; it goes from 0 to 0.2' : undefined),
    over: onOff,
    close: onOff,
    guess: onOff,
    pin: () => (isPin(state.pin, shown.hasPicture) ? undefined : 'nothing is pinned; it takes NETWORK,PICTURE,CLASS'),
  };
  return [...new URLSearchParams(hash.slice(1))].flatMap(([word, value]) => {
    if (FRAME_ONLY.includes(word)) return [];
    const what = Object.hasOwn(instead, word) ? instead[word]?.(value) : 'ignored';
    return what === undefined ? [] : [`${short(`${word}=${value}`)} (${what})`];
  });
}

/** @param {string} value */
function onOff(value) {
  return value === '0' || value === '1' ? undefined : 'ignored; use 1 or 0';
}

/** @param {number | string | undefined} target @param {string[]} classes */
function classTrouble(target, classes) {
  const instead = 'the likeliest class instead';
  if (typeof target === 'number' && target < classes.length) return undefined;
  if (typeof target !== 'string') return `the classes are 0 to ${classes.length - 1}; ${instead}`;
  try {
    classNamed(target, classes);
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : ''} The likeliest is shown`;
  }
}

/** @param {string} words */
function short(words) {
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}

/** @param {string} words */
function decoded(words) {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}
