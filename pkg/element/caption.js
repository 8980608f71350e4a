import { classOfChannel } from '../engine/class-layers.js';
import { warningsOf } from './map-meanings.js';
import { isolated } from '../engine/isolated-text.js';
import { percentOf } from './percent.js';
import { shortClassName } from './words.js';

/** @typedef {import('../api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */
/** @typedef {import('../api/model.js').Model} Model */
/** @typedef {import('./words.js').Words} Words */

/** What the network says, and what the maps explain if that is something else. @param {Words} words @param {Model} model @param {ClassScore[]} top @param {AttributionMap[]} maps */
export function captionOf(words, { info }, [first], maps) {
  const [map] = maps;
  if (!first || !map) return '';
  const { layer, channel, at } = map.target;
  const label = shortClassName(words, first.label);
  const explained = shortClassName(words, info.classes[channel] ?? String(channel));
  const className = shortClassName(words, classOfChannel(info, layer, channel) ?? '');
  return [
    words.says({ network: titleOf(words, info.title), label, share: percentOf(first.probability) }),
    ...(layer !== info.logitsLayer ? [words.explainedUnit({ layer, channel, className, column: at[1], row: at[0] })] : []),
    ...(layer === info.logitsLayer && channel !== first.index ? [words.explainedClass(explained)] : []),
    ...warningsOf(words, maps),
  ].join(' ');
}

/** @param {Words} words @param {string} title */
function titleOf(words, title) {
  const [, network] = /^(.*) with random weights$/.exec(title) ?? [];
  return network === undefined ? isolated(title) : words.random(isolated(network));
}
