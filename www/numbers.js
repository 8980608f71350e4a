// Numbers as the page writes them: a true minus sign, units, and only meaningful digits.

import { language, t } from './translate.js';

/** By the language. @type {Map<string, string>} */
const decimalMarks = new Map();

/** @param {number} value */
export function plain(value) {
  // Six digits hide the rounding error of f32, for instance that of 0.1.
  const rounded = Number(value.toPrecision(6));
  return localized(minus(String(rounded === 0 ? 0 : rounded)));
}

/** @param {number} value */
export function threeDigits(value) {
  return plain(Number(value.toPrecision(3)));
}

/** The power of ten by which values up to this size are written as d.dd. @param {number} largest */
export function exponentFor(largest) {
  return largest > 0 ? Math.floor(Math.log10(largest)) : 0;
}

/** A signed value in units of that power of ten. @param {number} value @param {number} exponent */
export function scaled(value, exponent) {
  if (value === 0) return '0';
  const digits = (value / 10 ** exponent).toFixed(2);
  return localized(minus(value > 0 ? `+${digits}` : digits));
}

/** @param {number} exponent */
export function timesTenTo(exponent) {
  return exponent === 0 ? '' : `×10${[...String(exponent)].map((digit) => SUPERSCRIPT[digit]).join('')}`;
}

/** @type {Record<string, string>} */
const SUPERSCRIPT = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };

/** @param {number} share between 0 and 1 */
export function percent(share) {
  const value = share * 100;
  if (value < 0.1) return t('< {number} %', { number: localized('0.1') });
  return percentage(value < 9.95 ? value.toFixed(1) : Math.round(value));
}

/** A number of hundredths, with its sign. @param {number | string} hundredths */
export function percentage(hundredths) {
  return t('{number} %', { number: localized(String(hundredths)) });
}

/** A whole number, its thousands set apart. @param {number} count */
export function counted(count) {
  return new Intl.NumberFormat(language()).format(count);
}

/** To three digits, as one says it: “1.24 million”. @param {number} count */
export function inWords(count) {
  return new Intl.NumberFormat(language(), { notation: 'compact', compactDisplay: 'long', maximumSignificantDigits: 3 }).format(count);
}

/** @param {number} ms */
export function milliseconds(ms) {
  return `${localized(ms < 9.95 ? ms.toFixed(1) : String(Math.round(ms)))} ms`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return decimals(bytes / 1e6, 1);
}

/** @param {number} value @param {number} digits behind the decimal mark */
export function decimals(value, digits) {
  // Without the sign of what is rounded to nothing.
  return localized(minus((Number(value.toFixed(digits)) || 0).toFixed(digits)));
}

/**
 * The number that a person typed, or undefined if it is not a finite number.
 * Accepts a decimal comma and the typographic minus.
 * @param {string} text
 */
export function typedNumber(text) {
  const normal = text.trim().replace(/^[−–]/, '-').replace(',', '.');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(normal)) return undefined;
  // The engine computes in f32, which would round a very large number to infinity.
  const value = Math.fround(Number(normal));
  return Number.isFinite(value) ? value : undefined;
}

/** @param {string} text */
function minus(text) {
  return text.replaceAll('-', '−');
}

/** With the decimal mark of the language on show. @param {string} text */
function localized(text) {
  const code = language();
  const mark =
    decimalMarks.get(code) ?? new Intl.NumberFormat(code).formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.';
  decimalMarks.set(code, mark);
  return text.replace('.', mark);
}
