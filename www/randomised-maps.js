// The three rules' maps of a picture by a network of which some layers have lost their weights. The network is closed again at once.

import { RULES } from './rules.js';
import { threeMaps } from './three-maps.js';

/** @import { Maps } from './three-maps.js' */
/** @import { ClassScore, Model, Picture } from './types.js' */
/** `top`: what the network says now. @typedef {{ maps: Maps, top: ClassScore | undefined }} RandomisedMaps */

/**
 * @param {{ model: Model, picture: Picture, index: number }} of `index`: of the class that is explained, whatever the network says
 * @param {{ from: string, seed: number }} which
 * @param {AbortSignal} signal
 * @returns {Promise<RandomisedMaps>}
 */
export async function randomisedMaps({ model, picture, index }, which, signal) {
  const randomised = await model.randomised({ ...which, signal });
  try {
    const maps = RULES.map((method) => ({ method, target: { class: index } }));
    const trace = await randomised.forward(picture.blob, { maps, signal });
    const [top] = await trace.top(1);
    return { maps: threeMaps(trace.maps), top };
  } finally {
    randomised.close();
  }
}
