import { classOfChannel } from '../engine/class-layers.js';
import { percentOf } from './percent.js';

/** @typedef {import('../api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */
/** @typedef {import('../api/model.js').Model} Model */
/** @typedef {import('./words.js').Words} Words */

/** What the network says, and what the maps explain if that is something else. @param {Words} words @param {Model} model @param {ClassScore[]} top @param {AttributionMap[]} maps */
export function captionOf(words, { info }, [first], maps) {
  const [map] = maps;
  if (!first || !map) return '';
  const { layer, channel, at } = map.target;
  const warning = maps.find((each) => each.warning)?.warning;
  const said = warning && (words.warnings[warning.code] ?? `${warning.message[0]?.toUpperCase()}${warning.message.slice(1)}.`);
  const label = shortOf(first.label);
  const explained = shortOf(info.classes[channel] ?? String(channel));
  const className = shortOf(classOfChannel(info, layer, channel) ?? '');
  return [
    words.says({ network: titleOf(words, info.title), label, share: percentOf(first.probability) }),
    ...(layer !== info.logitsLayer ? [words.explainedUnit({ layer, channel, className, column: at[1], row: at[0] })] : []),
    ...(layer === info.logitsLayer && channel !== first.index ? [words.explainedClass(explained)] : []),
    ...(said ? [said] : []),
  ].join(' ');
}

/** The first of a class's names. @param {string} label */
function shortOf(label) {
  return label.split(',')[0] ?? '';
}

/** @param {Words} words @param {string} title */
function titleOf(words, title) {
  const [, network] = /^(.*) with random weights$/.exec(title) ?? [];
  return network === undefined ? title : words.random(network);
}
