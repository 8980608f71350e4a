// The layers whose channels are the classes: that of the scores, those that pass each channel on by itself between it and the
// layer that computes it, and what follows it.

import { t } from './translate.js';

/** @import { ModelInfo } from '../pkg/index.js' */

/** The kinds of layer whose channels are those of the layer before. */
const KEEPS_CHANNELS = new Set(['relu', 'batch_norm', 'max_pool2d', 'avg_pool2d', 'global_avg_pool', 'dropout', 'flatten', 'softmax']);

/** @param {ModelInfo} info @returns {Set<string>} their names */
export function classLayers({ layers, logitsLayer, classes }) {
  const found = new Set([logitsLayer]);
  const channels = (/** @type {string} */ name) => layers.find((layer) => layer.name === name)?.shape[0];
  // Backwards for what comes before the scores, then forwards for what follows.
  for (const { name, kind, inputs } of layers.toReversed()) {
    if (!found.has(name) || !KEEPS_CHANNELS.has(kind)) continue;
    for (const input of inputs) if (channels(input) === classes.length) found.add(input);
  }
  for (const { name, kind, inputs } of layers) {
    if (KEEPS_CHANNELS.has(kind) && inputs.some((input) => found.has(input))) found.add(name);
  }
  return found;
}

/** A channel in words, with its class where the channels are the classes: "channel 6, frog". @param {ModelInfo} info @param {string} layer @param {number} channel @param {(label: string) => string} short */
export function channelWords(info, layer, channel, short) {
  const label = classLayers(info).has(layer) ? info.classes[channel] : undefined;
  return label === undefined ? t('channel {channel}', { channel }) : t('channel {channel}, {class}', { channel, class: short(label) });
}
