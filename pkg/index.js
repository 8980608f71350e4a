/**
 * relume: which pixels made a network say what it said. One run forward, any number of signals backward, three rules.
 * @module
 */

export { Relume } from './relume.js';
export { RelumeError } from './error.js';

/** @typedef {import('./error.js').Code} Code */
/** @typedef {import('./map.js').AttributionMap} AttributionMap */
/** @typedef {import('./map.js').DrawOptions} DrawOptions */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./picture.js').Picture} Picture */
/** @typedef {import('./protocol.js').Backend} Backend */
/** @typedef {import('./protocol.js').Build} Build */
/** @typedef {import('./protocol.js').Extent} Extent */
/** @typedef {import('./protocol.js').LayerInfo} LayerInfo */
/** @typedef {import('./protocol.js').ModelInfo} ModelInfo */
/** @typedef {import('./field.js').Region} Region */
/** @typedef {import('./protocol.js').Rule} Rule */
/** @typedef {import('./protocol.js').Shape} Shape */
/** @typedef {import('./protocol.js').Target} Target */
/** @typedef {import('./protocol.js').Tensor} Tensor */
/** @typedef {import('./protocol.js').Unit} Unit */
/** @typedef {import('./protocol.js').Warning} Warning */
/** @typedef {import('./trace.js').ClassScore} ClassScore */
/** @typedef {import('./explain-options.js').ExplainOptions} ExplainOptions */
/** @typedef {import('./trace.js').Trace} Trace */
/** @typedef {import('./source.js').ModelSource} ModelSource */
