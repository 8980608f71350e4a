/**
 * The element `<relume-view>`: importing this module defines it.
 * @module
 */

import { RelumeView } from './element/relume-view.js';

export { RelumeView };
export { RelumeError } from './engine/error.js';

/** @typedef {import('./element/relume-view.js').ExplainedDetail} ExplainedDetail */
/** @typedef {import('./element/change-report.js').ChangedDetail} ChangedDetail */
/** @typedef {import('./element/change-report.js').ViewState} ViewState */

// A page may end up with two copies of this module; the first one stays. On a server there is no page.
if (globalThis.customElements && !customElements.get('relume-view')) customElements.define('relume-view', RelumeView);
