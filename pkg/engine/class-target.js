// A class by its name: in code, in the element and in an address.

import { RelumeError } from './error.js';

/** The most names that an error lists. */
const LISTED = 6;

/**
 * The index of the class with this name, upper and lower case alike: its label, or one of several names in the label with commas
 * between them; otherwise the one label that contains it.
 * @param {string} name
 * @param {string[]} classes
 * @returns {number}
 */
export function classNamed(name, classes) {
  const wanted = name.trim().toLowerCase();
  const labels = classes.map((label) => label.toLowerCase());
  const whole = indices(labels, (label) => label === wanted);
  const named = whole.length > 0 ? whole : indices(labels, (label) => label.split(/,\s*/).includes(wanted));
  const fitting = named.length > 0 || wanted === '' ? named : indices(labels, (label) => label.includes(wanted));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const listed = (/** @type {number[]} */ found) => found.map((index) => `“${classes[index]}” (${index})`).join(', ');
  if (only !== undefined) {
    const more = fitting.length - LISTED;
    throw new RelumeError(
      'invalid-target',
      `“${name}” fits ${fitting.length} classes: ${listed(fitting.slice(0, LISTED))}${more > 0 ? ` and ${more} more` : ''}. Write one of them in full, or its number.`,
    );
  }
  const nearest = labels
    .map((label, index) => ({ index, distance: Math.min(...label.split(/,\s*/).map((each) => editDistance(wanted, each))) }))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .slice(0, LISTED)
    .map(({ index }) => index);
  throw new RelumeError('invalid-target', `No class of this network is called “${name}”. The nearest names are ${listed(nearest)}.`);
}

/** @param {string[]} labels @param {(label: string) => boolean} fits */
function indices(labels, fits) {
  return labels.flatMap((label, index) => (fits(label) ? [index] : []));
}

/** How many letters to insert, remove or replace (Levenshtein), of the first 64. @param {string} a @param {string} b */
function editDistance(a, b) {
  const [from, to] = [a.slice(0, 64), b.slice(0, 64)];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = Number(row[j]) + Number(letter !== to[j]);
      next.push(Math.min(replaced, Number(row[j + 1]) + 1, Number(next[j]) + 1));
    }
    row = next;
  }
  return Number(row[to.length]);
}
