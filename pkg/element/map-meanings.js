// What positive and negative numbers of the maps on show mean, and of an empty one, why it is and what else can be tried.

import { quoted } from '../engine/error.js';

/** @typedef {import('../api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('./words.js').Words} Words */

/** @typedef {'gradient' | 'rule' | 'contribution' | 'relevance' | 'cam' | 'guided-cam' | 'occlusion' | 'masks'} Meaning */

/** Methods whose numbers mean the same. @type {Readonly<Record<Method, Meaning>>} */
const MEANINGS = {
  backprop: 'gradient',
  deconvnet: 'rule',
  guided: 'rule',
  'input-x-gradient': 'contribution',
  lrp: 'relevance',
  'integrated-gradients': 'contribution',
  smoothgrad: 'gradient',
  'grad-cam': 'cam',
  'guided-grad-cam': 'guided-cam',
  occlusion: 'occlusion',
  rise: 'masks',
};

/** A line for each meaning there is. With several of them, each says of which maps. @param {Words} words @param {readonly AttributionMap[]} maps */
export function meaningsOf(words, maps) {
  const meanings = [...new Set(maps.map(({ method }) => MEANINGS[method]))];
  return meanings.map((meaning) => {
    const those = maps.filter(({ method }) => MEANINGS[method] === meaning).map(({ method }) => words.methods[method]);
    return words.meaningOf(meanings.length > 1 ? those : [], words.meanings[meaning]);
  });
}

/** What the engine warns of, once each; for an empty map, what to try as well. @param {Words} words @param {readonly AttributionMap[]} maps */
export function warningsOf(words, maps) {
  const said = maps.flatMap(({ method, warning }) => {
    if (!warning) return [];
    const reason = words.warnings[warning.code] ?? quoted(`${warning.message[0]?.toUpperCase()}${warning.message.slice(1)}.`);
    return [warning.code === 'zero-gradient' ? `${reason} ${words.tries[MEANINGS[method]]}` : reason];
  });
  return [...new Set(said)];
}
