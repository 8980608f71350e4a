// A channel in words, with its class where the channels are the classes: "channel 6 (frog)".

import { classOfChannel } from '../pkg/engine/class-layers.js';
import { t } from './translate.js';

/** @import { ModelInfo } from '../pkg/index.js' */

/** @param {ModelInfo} info @param {string} layer @param {number} channel @param {(label: string) => string} short */
export function channelWords(info, layer, channel, short) {
  const label = classOfChannel(info, layer, channel);
  return label === undefined ? t('channel {channel}', { channel }) : t('channel {channel} ({class})', { channel, class: short(label) });
}
