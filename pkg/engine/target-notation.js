// A target in words, the same everywhere: in code, in the element's attribute, and on the command line.

import { classNamed } from './class-target.js';
import { RelumeError, reasonOf } from './error.js';
import { parseUnit } from './unit-notation.js';

/** @typedef {import('./types.js').ResolvedTarget} ResolvedTarget */

/**
 * `top`; a class by its number or its name, `class:` before it or not; a unit as `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`.
 * @param {string} words
 * @param {() => string[]} classes asked for only if there is a name to look up
 * @returns {ResolvedTarget}
 */
export function targetFrom(words, classes) {
  const asked = words.trim();
  if (asked === 'top') return 'top';
  const [, number] = /^(?:class:)?(\d{1,9})$/.exec(asked) ?? [];
  if (number !== undefined) return { class: Number(number) };
  const unit = parseUnit(asked);
  if (unit && !asked.startsWith('class:')) return unit;
  try {
    return { class: classNamed(asked.replace(/^class:/, ''), classes()) };
  } catch (error) {
    throw new RelumeError(
      'invalid-target',
      `The target "${words}" is neither top, nor a class of this network by its number or name, nor a unit, LAYER:CHANNEL or LAYER:CHANNEL@ROW,COLUMN. ${reasonOf(error)}.`,
      { cause: error },
    );
  }
}

/**
 * Any target as the engine takes it.
 * @param {import('./types.js').Target} target
 * @param {() => string[]} classes asked for only if there is a name to look up
 * @returns {ResolvedTarget}
 */
export function resolveTarget(target, classes) {
  try {
    return resolved(target, classes);
  } catch (cause) {
    if (cause instanceof RelumeError) throw cause;
    // A property that throws as it is read.
    throw new RelumeError('invalid-target', `The target cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

/** @param {import('./types.js').Target} target @param {() => string[]} classes @returns {ResolvedTarget} */
function resolved(target, classes) {
  if (typeof target === 'number') return { class: target };
  if (typeof target === 'string') return targetFrom(target, classes);
  if (target === null || typeof target !== 'object' || !('class' in target) || typeof target.class !== 'string') {
    return /** @type {ResolvedTarget} */ (target);
  }
  return { ...target, class: classNamed(target.class, classes()) };
}
