import { RelumeError, asText } from './error.js';
import { refuseUnknown } from './options.js';

/** @typedef {import('./types.js').Drawing} Drawing */

/** The choices for each option that is a word; the first is the default. */
export const DRAW_CHOICES = /** @type {const} */ ({
  fold: ['rgb', 'max', 'sum'],
  sign: ['both', 'positive', 'negative', 'magnitude'],
  colors: ['grey', 'diverging', 'heat'],
});

/** Of the sum of all magnitudes, how much may lie above the scale unless told: the engine's own default. */
export const DEFAULT_CLIP = 0.02;

/**
 * Takes the options apart. Their values are checked by the engine, once they are such as can be sent to it.
 * @template O
 * @param {Drawing & { over?: O }} options
 * @param {string} call as in "draw()"
 * @param {...string} others what else the call takes, and was taken out already
 * @returns {{ drawing: Drawing & { scale?: number }, over: O | undefined }}
 */
export function drawOptions({ fold, sign, clip, scale, colors, over, ...unknown }, call, ...others) {
  refuseUnknown(unknown, call, ['fold', 'sign', 'clip', 'scale', 'colors', 'over', ...others]);
  if (typeof scale === 'string' && scale !== 'own') {
    const hint = /** @type {string} */ (scale) === 'shared' ? ': sharedScale(maps) gives that of several maps' : '';
    throw new RelumeError('invalid-option', `${call} takes as scale 'own' or a number, not "${asText(scale)}"${hint}.`);
  }
  // An option left undefined or null is one not given.
  const given = Object.entries({ fold, sign, clip, scale: scale === 'own' ? undefined : scale, colors }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  for (const [name, value] of given) {
    const kind = name === 'clip' || name === 'scale' ? 'number' : 'string';
    if (typeof value !== kind) throw new RelumeError('invalid-option', `${call} takes a ${kind} as ${name}, not ${asText(value)}.`);
  }
  return { drawing: /** @type {Drawing & { scale?: number }} */ (Object.fromEntries(given)), over };
}

/**
 * What is drawn of a map: what was chosen, and the map's own fold, sign and colours where none of the three was.
 * @template {Partial<import('./types.js').UsualDrawing>} D
 * @param {D} chosen
 * @param {import('./types.js').UsualDrawing | undefined} usual
 * @returns {D}
 */
export function asDrawn(chosen, usual) {
  if (!usual || chosen.fold !== undefined || chosen.sign !== undefined || chosen.colors !== undefined) return chosen;
  const { fold, sign, colors } = usual;
  return { ...chosen, fold, sign, colors };
}

/**
 * How a map is drawn unless told, as crates/relume/src/attribution/drawing.rs has it; for a map that is put together from several.
 * @param {import('./types.js').Method} method
 * @param {boolean} hasNegative
 * @returns {import('./types.js').UsualDrawing}
 */
export function usualDrawing(method, hasNegative) {
  const isHeat = (method === 'grad-cam' || method === 'rise') && !hasNegative;
  return isHeat ? { fold: 'max', sign: 'positive', colors: 'heat' } : { fold: 'rgb', sign: 'both', colors: 'grey' };
}

/** Whether a map is to be laid on the picture. @param {boolean | null | undefined} over @param {string} call as in "draw()" */
export function isOver(over, call) {
  if (over !== undefined && over !== null && typeof over !== 'boolean')
    throw new RelumeError('invalid-option', `${call} takes true or false as over, not ${asText(over)}.`);
  return over ?? false;
}

export function nothingToLayOver() {
  return new RelumeError('invalid-option', 'There is no picture to lay the map over: the network was given numbers.');
}
