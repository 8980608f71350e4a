/** @import { Model } from './types.js' */
/** @import { ChosenUnit } from './unit-figure.js' */

/** Whether the network has this unit. @param {ChosenUnit} unit @param {Model} model */
export function isUnit({ layer, channel }, { info }) {
  const shape = info.layers.find(({ name, kind }) => name === layer && kind !== 'softmax')?.shape;
  return shape !== undefined && channel < shape[0];
}
