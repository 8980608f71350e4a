import { RelumeError, reasonOf } from '../engine/error.js';
import { classNamed } from '../engine/class-target.js';
import { parseUnit } from '../api/unit-notation.js';
import { DRAW_CHOICES } from '../engine/draw-options.js';
import { RULES } from '../engine/rules.js';

/** @typedef {import('../engine/types.js').Drawing} Drawing */
/** @typedef {import('../engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('../engine/types.js').Rule} Rule */
/** @typedef {import('../engine/types.js').ResolvedTarget} ResolvedTarget */

/** The attributes that say how the maps are drawn. */
export const DRAWING = ['fold', 'sign', 'clip', 'colors', 'over'];

/** @param {string | null} words the names of rules, spaces or commas between them @returns {Rule[]} */
export function methodsFrom(words) {
  const names = (words ?? '').split(/[\s,]+/).filter((name) => name !== '');
  return names.length > 0 ? [...new Set(names)].map((name) => one(name, 'methods', RULES)) : ['guided'];
}

/**
 * `top`; a class by its number or its name, `class:` before it or not; a unit as `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`: as
 * on the command line.
 * @param {string | null} words
 * @param {ModelInfo} info
 * @returns {ResolvedTarget}
 */
export function targetFrom(words, { classes }) {
  const asked = (words ?? '').trim() || 'top';
  if (asked === 'top') return 'top';
  const [, number] = /^(?:class:)?(\d{1,9})$/.exec(asked) ?? [];
  if (number !== undefined) return { class: Number(number) };
  const unit = parseUnit(asked);
  if (unit) return unit;
  try {
    return { class: classNamed(asked.replace(/^class:/, ''), classes) };
  } catch (error) {
    throw new RelumeError(
      'invalid-target',
      `target="${words}" is neither top, nor a class of this network by its number or name, nor a unit, LAYER:CHANNEL or LAYER:CHANNEL@ROW,COLUMN. ${reasonOf(error)}.`,
    );
  }
}

/** @param {(name: string) => string | null} attribute @returns {Drawing & { over: boolean }} */
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
  // Colours belong to a single plane; three planes are colours already.
  const plane = fold !== undefined && fold !== 'rgb';
  return {
    ...(fold && { fold }),
    ...(sign && { sign }),
    ...(colors && plane && { colors }),
    ...(clip !== null && { clip: share }),
    over: attribute('over') !== null,
  };
}

/** What is asked for and has no effect, as a sentence; empty if there is nothing. @param {(name: string) => string | null} attribute */
export function drawingNote(attribute) {
  const [fold, colors] = [attribute('fold') ?? 'rgb', attribute('colors') ?? 'grey'];
  if (fold !== 'rgb' || colors === 'grey') return '';
  return `colors="${colors}" has no effect with fold="rgb", whose three planes are colours already: choose fold="max" or fold="sum".`;
}

/** @template {string} T @param {string} word @param {string} name @param {readonly T[]} known @returns {T} */
function one(word, name, known) {
  const found = known.find((each) => each === word);
  if (found === undefined) throw new RelumeError('invalid-option', `${name}="${word}": choose one of ${known.join(', ')}.`);
  return found;
}
