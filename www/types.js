// The types that the page's modules share.

/** @typedef {import('../pkg/index.js').Relume} Relume */
/** @typedef {import('../pkg/index.js').AttributionMap} AttributionMap */
/** @typedef {import('../pkg/index.js').ClassScore} ClassScore */
/** @typedef {import('../pkg/index.js').Model} Model */
/** @typedef {import('../pkg/index.js').Trace} Trace */
/** @typedef {import('../pkg/index.js').Rule} Rule */
/** @typedef {import('../pkg/index.js').Backend} Backend */
/** @typedef {{ fold: 'rgb' | 'max' | 'sum', sign: 'both' | 'positive' | 'negative' | 'magnitude', clip: number, colors: 'grey' | 'diverging' | 'heat', scale: 'own' | 'shared', over: boolean }} Display */
/** `title`: in the language on show, whenever it is read. @typedef {{ name: string, readonly title: string, blob: Blob }} Picture */

export {};
