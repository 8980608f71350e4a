// How alike two maps are, in words: a 1 stands for identical maps alone.

import { correlation } from './correlation.js';
import { decimals } from './numbers.js';
import { t } from './translate.js';

/** Two maps of the same size, or that there is no such pair. @typedef {Float32Array | undefined} Values */

/** @param {Values} one @param {Values} other */
export function isSameMap(one, other) {
  return one !== undefined && one.length === other?.length && one.every((value, i) => value === other[i]);
}

/** @param {Values} one @param {Values} other */
export function correlationInWords(one, other) {
  const value = one && other ? correlation(one, other) : NaN;
  return Number.isNaN(value) ? t('none, because a map is empty') : roundedInWords(value, isSameMap(one, other));
}

/** @param {number} value from −1 to 1 @param {boolean} same whether the maps are identical */
export function roundedInWords(value, same) {
  if (same) return '1';
  const rounded = Number(value.toFixed(2));
  if (rounded === 1) return t('above {number}', { number: decimals(0.99, 2) });
  if (rounded === -1) return t('below {number}', { number: decimals(-0.99, 2) });
  return decimals(value, 2);
}
