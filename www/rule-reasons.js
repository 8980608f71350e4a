// Why a number of figure 1 passes or is stopped, in words.

import { make } from './dom.js';
import { plain } from './numbers.js';
import { stoppedBy } from './rules.js';
import { t } from './translate.js';

/** @import { Rule } from './types.js' */

/** Why a ReLU lets its input pass or not. @param {number} f */
export function forwardReason(f) {
  return f > 0 ? t('passes: f = {f} > 0, the ReLU is open', { f: plain(f) }) : t('stopped: f = {f} ≤ 0, the ReLU is shut', { f: plain(f) });
}

/** Why a signal passes back through a ReLU or not. @param {Rule} rule @param {number} f @param {number} r */
export function backwardReason(rule, f, r) {
  const stop = stoppedBy(rule, f, r);
  const values = { f: plain(f), R: plain(r) };
  if (stop.length === 2) return t('stopped twice: f = {f} and R = {R}, neither is above 0', values);
  if (stop[0] === 'f') return t('stopped: f = {f} ≤ 0, the ReLU was shut on the way up', values);
  if (stop[0] === 'R') return t('stopped: R = {R} ≤ 0 on the way down', values);
  if (rule === 'backprop') {
    return r < 0 ? t('passes: f = {f} > 0, whatever the sign of\u00a0R', values) : t('passes: f = {f} > 0', values);
  }
  if (rule === 'deconvnet') {
    return f <= 0 ? t('passes: R = {R} > 0, though the ReLU was shut (f = {f})', values) : t('passes: R = {R} > 0', values);
  }
  return t('passes: f = {f} > 0 and R = {R} > 0', values);
}

/** Sets f and R in italics as in the text, and keeps each comparison on one line. @param {string} words */
export function inItalics(words) {
  return words
    .replace(/ ([=≤>]) /g, '\u00a0$1\u00a0')
    .split(/\b([fR])\b/)
    .map((part) => (part === 'f' || part === 'R' ? make('var', {}, part) : part));
}
