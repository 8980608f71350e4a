// The three rules and the types every module of the page shares.

/** @typedef {import('../pkg/index.js').Relume} Relume */
/** @typedef {Awaited<ReturnType<Relume['load']>>} Model */
/** @typedef {Awaited<ReturnType<Model['forward']>>} Trace */
/** @typedef {Awaited<ReturnType<Trace['explain']>>} RelumeMap */
/** @typedef {'backprop' | 'deconvnet' | 'guided'} Rule */
/** @typedef {'flex' | 'ndarray'} Backend */
/** @typedef {{ fold: 'rgb' | 'max' | 'sum', sign: 'both' | 'positive' | 'negative' | 'magnitude', clip: number, colors: 'grey' | 'diverging' | 'heat', over: boolean }} Display */
/** @typedef {{ index: number, label: string, probability: number }} Answer */
/** @typedef {{ name: string, title: string, blob: Blob }} Picture */

/** In the order they are always shown. @type {readonly Rule[]} */
export const RULES = ['backprop', 'deconvnet', 'guided'];

/**
 * Whether a rule looks at the ReLU's input f, at the signal R, or at both.
 * The results themselves come from the engine; this only lets the page say why.
 * @type {Readonly<Record<Rule, { asksInput: boolean, asksSignal: boolean }>>}
 */
export const ASKS = {
  backprop: { asksInput: true, asksSignal: false },
  deconvnet: { asksInput: false, asksSignal: true },
  guided: { asksInput: true, asksSignal: true },
};

/** @template T @param {(rule: Rule) => T} value @returns {Record<Rule, T>} */
export function byRule(value) {
  return { backprop: value('backprop'), deconvnet: value('deconvnet'), guided: value('guided') };
}
