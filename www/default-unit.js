// The unit that is shown until another is chosen, in figures 1 and 3.

import { isUnit } from './is-unit.js';

/** @import { Tensor } from '../pkg/index.js' */
/** @import { Peak } from './activations.js' */
/** @import { Model } from './types.js' */
/** @import { ChosenUnit } from './unit-figure.js' */

/** The channel of a unit for “the strongest one”. */
export const STRONGEST = -1;

/** What is asked for if the network has it; else the strongest channel of the usual layer. @param {ChosenUnit | undefined} requested @param {Model} model @returns {ChosenUnit} */
export function unitOrDefault(requested, model) {
  return requested && isUnit(requested, model) ? requested : { layer: defaultLayer(model), channel: STRONGEST };
}

/**
 * The channel and the position that a unit means in a picture; undefined where there is no channel.
 * @param {ChosenUnit} wanted without `at`, or with one that the layer does not have: where its channel is strongest
 * @param {Tensor} activation of its layer
 * @param {Peak[]} peaks of the activation
 * @param {boolean} [anywhere] whether the strongest channel may be strongest at the border
 */
export function placeOf({ channel, at }, activation, peaks, anywhere = false) {
  const peak = peaks.find((each) => each.channel === channel) ?? (anywhere ? undefined : innerOf(peaks, activation)) ?? strongestOf(peaks);
  return peak && { peak, at: at && within(at, activation) ? at : peak.at };
}

/** @param {Model} model one of the later layers, whose units respond to things rather than edges */
function defaultLayer({ info }) {
  const relus = info.layers.filter(({ kind }) => kind === 'relu');
  return (relus[Math.floor(relus.length * 0.7)] ?? info.layers[0])?.name ?? '';
}

/** If the strongest share one value, a ReLU6 clips them and no gradient comes back; then the first below it. @param {Peak[]} peaks */
function strongestOf(peaks) {
  const [first, second] = peaks;
  return (first?.value === second?.value && peaks.find(({ value }) => value < (first?.value ?? 0) && value > 0)) || first;
}

/**
 * The default: the strongest away from the border, where part of the receptive field is padding, that no ReLU6 clips.
 * @param {Peak[]} peaks
 * @param {Tensor} activation
 */
function innerOf(peaks, { shape: [, height, width] }) {
  const inner = (/** @type {number} */ place, /** @type {number} */ length) => place >= length / 4 && place < (length * 3) / 4;
  return strongestOf(peaks.filter(({ at: [y, x], value }) => value > 0 && inner(y, height) && inner(x, width)));
}

/** @param {[y: number, x: number]} at @param {Tensor} activation */
function within([y, x], { shape: [, height, width] }) {
  return y < height && x < width;
}
