// What an address asks for and the page does not have, and what is shown instead. Said once, when all that could be shown is.

import { parseUnit } from '../pkg/engine/unit-notation.js';
import { classNamed } from '../pkg/engine/class-target.js';
import { firstConvolutions } from './first-convolutions.js';
import { isUnit } from './is-unit.js';
import { titleOf } from './network-title.js';
import { isKept, nameOf } from './networks.js';
import { isPin } from './pin-notation.js';
import { isPlace, readState } from './permalink.js';
import { layersWithWeights } from './randomised-layers.js';
import { t } from './translate.js';

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
  return missing.length === 0 ? '' : t('Not everything in the address could be used: {parts}.', { parts: missing.join('; ') });
}

/** @param {string} hash */
function missingPlace(hash) {
  return document.getElementById(decoded(hash.slice(1))) ? [] : [t('{part} (no part of this page)', { part: short(hash) })];
}

/** @param {string} hash @param {Shown} shown */
function missingWords(hash, shown) {
  const state = readState(hash);
  const { info } = shown.model;
  const nineNumbers = () => (state.numbers ? undefined : t('the paper’s numbers instead; f and r take nine numbers each'));
  /** For each word what is shown instead, undefined if it names something. @type {Record<string, (value: string) => string | undefined>} */
  const instead = {
    network: (value) =>
      nameOf(shown.source) === value
        ? undefined
        : isKept(value)
          ? t('not kept in this browser any longer, or damaged; {other} instead', { other: titleOf(info) })
          : t('{other} instead', { other: titleOf(info) }),
    picture: (value) => (shown.hasPicture(value) ? undefined : t('“{picture}” instead', { picture: shown.picture })),
    class: () => classTrouble(state.target, info.classes),
    unit: (value) => {
      const unit = parseUnit(value);
      return unit && isUnit(unit, shown.model) ? undefined : t('not a unit of this network; figure 3 shows another');
    },
    patches: (value) => {
      const [first, ...others] = firstConvolutions(info.layers);
      return [first, ...others].some((layer) => layer?.name === value)
        ? undefined
        : first
          ? t('{other} instead', { other: first.name })
          : t('no layer instead');
    },
    compare: () => (state.compare !== undefined && state.compare < COMPARED ? undefined : t('the likeliest class instead')),
    randomised: () => {
      const last = layersWithWeights(info).length;
      return state.randomised !== undefined && state.randomised <= last
        ? undefined
        : t('figure 6 takes 0 to {last} layers of this network', { last });
    },
    f: nineNumbers,
    r: nineNumbers,
    weights: (value) => (value === 'random' || value === 'trained' ? undefined : t('the trained ones instead')),
    backend: (value) => (value === shown.backend ? undefined : t('{other} instead', { other: shown.backend })),
    fold: (value) => (value === state.display.fold ? undefined : t('{other} instead', { other: 'rgb' })),
    sign: (value) => (value === state.display.sign ? undefined : t('{other} instead', { other: 'both' })),
    colors: (value) => {
      if (value !== state.display.colors) return t('{other} instead', { other: 'grey' });
      const plane = state.display.fold !== undefined && state.display.fold !== 'rgb';
      return plane || value === 'grey' ? undefined : t('no effect unless fold is max or sum');
    },
    scale: (value) => (value === state.display.scale ? undefined : t('{other} instead', { other: 'own' })),
    clip: () => (state.display.clip === undefined ? t('the default instead; it goes from 0 to 0.2') : undefined),
    over: onOff,
    close: onOff,
    guess: onOff,
    pin: () => (isPin(state.pin, shown.hasPicture) ? undefined : t('nothing is pinned; it takes NETWORK,PICTURE,CLASS')),
  };
  return [...new URLSearchParams(hash.slice(1))].flatMap(([word, value]) => {
    if (FRAME_ONLY.includes(word)) return [];
    const what = Object.hasOwn(instead, word) ? instead[word]?.(value) : t('ignored');
    return what === undefined ? [] : [t('{part} ({what})', { part: short(`${word}=${value}`), what })];
  });
}

/** @param {string} value */
function onOff(value) {
  return value === '0' || value === '1' ? undefined : t('ignored; use 1 or 0');
}

/** @param {number | string | undefined} target @param {string[]} classes */
function classTrouble(target, classes) {
  if (typeof target === 'number' && target < classes.length) return undefined;
  if (typeof target !== 'string') return t('the classes are 0 to {last}; the likeliest class instead', { last: classes.length - 1 });
  try {
    classNamed(target, classes);
    return undefined;
  } catch (error) {
    return t('{reason} The likeliest is shown', { reason: error instanceof Error ? error.message : '' });
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
