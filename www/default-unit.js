// The unit that is shown until another is chosen, in figures 1 and 3.

/** @import { Tensor } from '../pkg/index.js' */
/** @import { Peak } from './activations.js' */
/** @import { Model } from './types.js' */
/** @import { ChosenUnit } from './unit-figure.js' */

/** @param {Model} model one of the later layers, whose units respond to things rather than edges */
export function defaultLayer({ info }) {
  const relus = info.layers.filter(({ kind }) => kind === 'relu');
  return (relus[Math.floor(relus.length * 0.7)] ?? info.layers[0])?.name ?? '';
}

/** If the strongest share one value, a ReLU6 clips them and no gradient comes back; then the first below it. @param {Peak[]} peaks */
export function strongestOf(peaks) {
  const [first, second] = peaks;
  return (first?.value === second?.value && peaks.find(({ value }) => value < (first?.value ?? 0) && value > 0)) || first;
}

/**
 * The default: the strongest away from the border, where part of the receptive field is padding, that no ReLU6 clips.
 * @param {Peak[]} peaks
 * @param {Tensor} activation
 */
export function innerOf(peaks, { shape: [, height, width] }) {
  const inner = (/** @type {number} */ place, /** @type {number} */ length) => place >= length / 4 && place < (length * 3) / 4;
  return strongestOf(peaks.filter(({ at: [y, x], value }) => value > 0 && inner(y, height) && inner(x, width)));
}

/** @param {[y: number, x: number]} at @param {Tensor} activation */
export function within([y, x], { shape: [, height, width] }) {
  return y < height && x < width;
}

/** Whether the network has this unit. @param {ChosenUnit} unit @param {Model} model */
export function isUnit({ layer, channel }, { info }) {
  const shape = info.layers.find(({ name, kind }) => name === layer && kind !== 'softmax')?.shape;
  return shape !== undefined && channel < shape[0];
}
