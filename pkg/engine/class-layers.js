// The layers whose channels are the classes: that of the scores, those that pass each channel on by itself between it and the
// layer that computes it, and what follows it.

/** @import { ModelInfo } from './types.js' */

/** The kinds of layer whose channels are those of the layer before. */
const KEEPS_CHANNELS = new Set(['relu', 'batch_norm', 'max_pool2d', 'avg_pool2d', 'global_avg_pool', 'dropout', 'flatten', 'softmax']);

/** @param {ModelInfo} info @returns {Set<string>} their names */
function classLayers({ layers, logitsLayer, classes }) {
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

/** The class that a channel stands for, as the model file names it; undefined where the channels are not the classes. @param {ModelInfo} info @param {string} layer @param {number} channel */
export function classOfChannel(info, layer, channel) {
  return classLayers(info).has(layer) ? info.classes[channel] : undefined;
}
