// Whose work is in what is saved: the picture, the network, the method. As plain sentences in the language on show, for files that
// are taken elsewhere.

import { titleOf } from './network-title.js';
import { t } from './translate.js';

/** @import { ModelInfo } from '../pkg/index.js' */

const METHOD =
  'J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller. Striving for simplicity: the all convolutional net. 2014. arXiv 1412.6806.';

/** Sentences; `picture` is empty for a picture of the visitor's own. @typedef {{ picture: string, network: string, method: string }} Credits */

/** @param {ModelInfo} info @param {string | undefined} picture the credit of a sample @returns {Credits} */
export function creditsOf(info, picture) {
  const { source, licence } = info;
  return {
    picture: picture ?? '',
    network: t('{network}. Weights: {source}; {licence}.', { network: titleOf(info), source, licence }),
    method: METHOD,
  };
}
