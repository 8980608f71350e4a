// What a network is called. The page gives some random weights, and says so in their titles.

import { isolated } from '../pkg/engine/isolated-text.js';
import { t } from './translate.js';

const RANDOM = ' with random weights';

/** In the language on show. @param {{ title: string }} info */
export function titleOf({ title }) {
  return title.endsWith(RANDOM) ? t('{network} with random weights', { network: title.slice(0, -RANDOM.length) }) : isolated(title);
}
