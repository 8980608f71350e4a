// An author's page: the element's own script, and listeners for its events.

import { Relume } from '../../../pkg/index.js';
import '../../../pkg/view.js';

/** @type {string[]} */
const told = [];
for (const name of ['relume-explained', 'relume-error']) {
  addEventListener(name, (event) => {
    const { target, detail } = /** @type {CustomEvent} */ (event);
    told.push(`${name} ${/** @type {Element} */ (target).id} ${detail.code ?? Object.keys(detail.maps).join(' ')}`);
  });
}
Object.assign(globalThis, { told, Relume });
