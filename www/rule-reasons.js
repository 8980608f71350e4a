// Why a number of figure 1 passes or is stopped, in words.

import { make } from './dom.js';
import { plain } from './numbers.js';
import { stoppedBy } from './rules.js';

/** @import { Rule } from './types.js' */

/** Why a ReLU lets its input pass or not. @param {number} f */
export function forwardReason(f) {
  return f > 0 ? `passes: f = ${plain(f)} > 0, the ReLU is open` : `stopped: f = ${plain(f)} ≤ 0, the ReLU is shut`;
}

/** Why a signal passes back through a ReLU or not. @param {Rule} rule @param {number} f @param {number} r */
export function backwardReason(rule, f, r) {
  const stop = stoppedBy(rule, f, r);
  if (stop.length === 2) return `stopped twice: f = ${plain(f)} and R = ${plain(r)}, neither is above 0`;
  if (stop[0] === 'f') return `stopped: f = ${plain(f)} ≤ 0, the ReLU was shut on the way up`;
  if (stop[0] === 'R') return `stopped: R = ${plain(r)} ≤ 0 on the way down`;
  if (rule === 'backprop') return `passes: f = ${plain(f)} > 0${r < 0 ? ', whatever the sign of\u00a0R' : ''}`;
  if (rule === 'deconvnet') return `passes: R = ${plain(r)} > 0${f <= 0 ? `, though the ReLU was shut (f = ${plain(f)})` : ''}`;
  return `passes: f = ${plain(f)} > 0 and R = ${plain(r)} > 0`;
}

/** Sets f and R in italics as in the text, and keeps each comparison on one line. @param {string} words */
export function inItalics(words) {
  return words
    .replace(/ ([=≤>]) /g, '\u00a0$1\u00a0')
    .split(/\b([fR])\b/)
    .map((part) => (part === 'f' || part === 'R' ? make('var', {}, part) : part));
}
