// How alike two maps are, in figure 6: by three measures of Adebayo and others 2018 (arXiv 1810.03292). As everywhere on the page, a 1
// stands for identical maps alone.

import { isSameMap, roundedInWords } from './correlation-words.js';
import { t } from './translate.js';

/** @import { MapSimilarity } from '../pkg/index.js' */
/** @import { AttributionMap } from './types.js' */
/** @typedef {keyof MapSimilarity} Measure */
/** `similarity`: none where a map is the same number everywhere. @typedef {{ similarity: MapSimilarity | undefined, same: boolean }} Likeness */

/** @type {readonly Measure[]} */
export const MEASURES = ['rankCorrelation', 'rankCorrelationOfMagnitudes', 'structuralSimilarity'];

/** @param {AttributionMap} map @param {AttributionMap} other @param {AbortSignal} signal @returns {Promise<Likeness>} */
export async function likenessOf(map, other, signal) {
  return { similarity: await map.compare(other, { signal }), same: isSameMap(map.data, other.data) };
}

/** @param {Likeness} likeness @param {Measure} measure */
export function likenessInWords({ similarity, same }, measure) {
  return similarity === undefined ? t('none, because a map is empty') : roundedInWords(similarity[measure], same);
}

/** On its button. @param {Measure} measure */
export function shortName(measure) {
  return {
    rankCorrelation: () => t('rank correlation'),
    rankCorrelationOfMagnitudes: () => t('of magnitudes'),
    structuralSimilarity: () => t('SSIM'),
  }[measure]();
}

/** Before a number. @param {Measure} measure */
export function nameOf(measure) {
  return {
    rankCorrelation: () => t('rank correlation'),
    rankCorrelationOfMagnitudes: () => t('rank correlation of magnitudes'),
    structuralSimilarity: () => t('structural similarity'),
  }[measure]();
}

/** @param {Measure} measure */
export function definitionOf(measure) {
  return {
    rankCorrelation: () =>
      t(
        'Spearman’s rank correlation: the three colours of each pixel are added with their signs, the pixels of each map are put in order, and the two orders are compared. 1: the same order; 0: nothing in common; −1: the reverse. (The lines under figure 2 compare the numbers themselves, of all colours.)',
      ),
    rankCorrelationOfMagnitudes: () =>
      t(
        'The same without signs: the magnitudes of the three colours are added, so it counts where a map is strong, and not which way. Two maps that are strong at the edges of one picture are alike by this measure.',
      ),
    structuralSimilarity: () =>
      t(
        'SSIM, the structural similarity: brightness, contrast and structure of the magnitudes, compared in small windows. 1: the same; 0: nothing in common.',
      ),
  }[measure]();
}
