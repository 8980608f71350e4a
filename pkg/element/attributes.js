import { RelumeError } from '../engine/error.js';
import { DRAW_CHOICES } from '../engine/draw-options.js';
import { METHODS } from '../engine/method-names.js';
import { checkedLimits } from '../engine/run-limits.js';

/** @typedef {import('../engine/types.js').Drawing} Drawing */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('../engine/run-limits.js').RunLimits} RunLimits */
/** How the maps are drawn. @typedef {Omit<Drawing, 'scale'> & { scale: 'own' | 'shared' | number, over: boolean }} Look */

/** The attributes that say how the maps are drawn. */
export const DRAWING = ['fold', 'sign', 'clip', 'scale', 'colors', 'over'];

/** What a figure can consist of, in the order in which it stands there. */
export const PARTS = /** @type {const} */ (['picture', 'maps', 'scale', 'caption', 'predictions', 'classes']);

/** @typedef {typeof PARTS[number]} Part */

/** @type {readonly Part[]} */
const USUAL_PARTS = ['picture', 'maps', 'caption'];
/** These say something of the maps, or choose what they explain. @type {readonly Part[]} */
export const NEED_MAPS = ['scale', 'classes'];

/** @param {string | null} words the names of methods, spaces or commas between them @returns {Method[]} */
export function methodsFrom(words) {
  const names = namesIn(words);
  return names.length > 0 ? names.map((name) => one(name, 'methods', METHODS)) : ['guided'];
}

/** @param {string | null} words the names of parts, spaces or commas between them @returns {Part[]} in the order of PARTS */
export function partsFrom(words) {
  const names = namesIn(words).map((name) => one(name, 'parts', PARTS));
  const chosen = names.length > 0 ? names : USUAL_PARTS;
  const lonely = NEED_MAPS.find((part) => chosen.includes(part) && !chosen.includes('maps'));
  if (lonely) {
    throw new RelumeError(
      'invalid-option',
      `parts="${words}" has “${lonely}” without “maps”. The ${lonely === 'scale' ? 'scale is that of the maps' : 'classes are there to choose what the maps explain'}: add “maps”.`,
    );
  }
  return PARTS.filter((part) => chosen.includes(part));
}

/** @param {string | null} words `none`, or `operations=2e11 activationBytes=4e9` @returns {RunLimits | undefined} the usual ones where nothing is said */
export function limitsFrom(words) {
  const text = words?.trim() ?? '';
  if (text === '') return undefined;
  if (text === 'none') return text;
  const pairs = text.split(/[\s,]+/).map((pair) => /^(operations|activationBytes)=(\S+)$/.exec(pair) ?? []);
  const limits = Object.fromEntries(pairs.map(([, name = '', number]) => [name, Number(number)]));
  try {
    if (Object.keys(limits).length < pairs.length) throw new RelumeError('invalid-option', 'A limit is given twice.');
    checkedLimits(limits, 'load');
  } catch (cause) {
    throw new RelumeError(
      'invalid-option',
      `limits="${words}" cannot be read. Write none, or how much one pass may take, as in operations=2e11 activationBytes=4e9.`,
      { cause },
    );
  }
  return limits;
}

/** Refuses what cannot be the language of a text. The empty text is allowed, as in HTML: the language is not known. @param {string | null} tag */
export function checkLanguage(tag) {
  if (tag === null || tag === '') return;
  try {
    Intl.getCanonicalLocales(tag);
  } catch (cause) {
    throw new RelumeError(
      'invalid-option',
      `lang="${tag}" is not a language. Write en for English or ko for Korean; in any other language the figure’s own words are English.`,
      { cause },
    );
  }
}

/** @param {(name: string) => string | null} attribute @returns {Look} */
export function drawingFrom(attribute) {
  /** @template {keyof typeof DRAW_CHOICES} K @param {K} name @returns {typeof DRAW_CHOICES[K][number] | undefined} */
  function chosen(name) {
    const word = attribute(name);
    return word === null ? undefined : one(word, name, DRAW_CHOICES[name]);
  }
  const [fold, sign, colors] = [chosen('fold'), chosen('sign'), chosen('colors')];
  const clip = attribute('clip');
  const share = Number(clip);
  if (clip !== null && (clip.trim() === '' || !(share >= 0 && share < 1))) {
    throw new RelumeError('invalid-option', `clip="${clip}" is a share from 0 to 1, such as 0.02.`);
  }
  const scale = attribute('scale')?.trim() ?? 'own';
  const full = Number(scale);
  if (scale !== 'own' && scale !== 'shared' && (scale === '' || !(full >= 0 && full < Infinity))) {
    throw new RelumeError('invalid-option', `scale="${scale}" is own, shared, or the number that is drawn at full strength, such as 0.5.`);
  }
  // The engine refuses it too, but only once the network and the picture are there.
  if (colors && colors !== 'grey' && (fold ?? 'rgb') === 'rgb') {
    throw new RelumeError('invalid-option', `colors="${colors}" is for a single plane: choose fold="max" or fold="sum" with it.`);
  }
  return {
    ...(fold && { fold }),
    ...(sign && { sign }),
    ...(colors && { colors }),
    ...(clip !== null && { clip: share }),
    scale: scale === 'own' || scale === 'shared' ? scale : full,
    over: attribute('over') !== null,
  };
}

/** @param {string | null} words @returns {string[]} each once */
export function namesIn(words) {
  return [...new Set((words ?? '').split(/[\s,]+/).filter((name) => name !== ''))];
}

/** @template {string} T @param {string} word @param {string} name @param {readonly T[]} known @returns {T} */
function one(word, name, known) {
  const found = known.find((each) => each === word);
  if (found === undefined) throw new RelumeError('invalid-option', `${name}="${word}": choose one of ${known.join(', ')}.`);
  return found;
}
