// What `relume-changed` tells: what the figure shows now, and what of it is new, as plain data.

import { DEFAULT_CLIP, asDrawn } from '../engine/draw-options.js';

/** @typedef {import('../api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */
/** @typedef {import('../engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('./attributes.js').Look} Look */
/** @typedef {import('./attributes.js').Part} Part */

/**
 * What a figure shows. `address` is empty for a picture or a network that lies in its own address (`data:`, `blob:`): no picture is
 * ever part of this. `target`: the attribute; `explained`: the unit that the maps explain, with its class if it is one;
 * `predictions`: the likeliest classes, likeliest first.
 * @typedef {object} ViewState
 * @property {{ name: string, title: string, address: string }} network
 * @property {{ address: string, alt: string }} picture
 * @property {string} target
 * @property {{ layer: string, channel: number, at: [y: number, x: number], value: number, label?: string } | undefined} explained
 * @property {Method[]} methods
 * @property {Required<Look>} drawing
 * @property {{ index: number, label: string, probability: number }[]} predictions
 * @property {Part[]} parts
 * @property {boolean} locked
 */

/** Those that somebody sets; the rest follows from them. */
const SET = /** @type {const} */ (['network', 'picture', 'target', 'methods', 'drawing', 'parts', 'locked']);

/** What `relume-changed` tells. @typedef {{ changed: (typeof SET[number])[], by: 'reader' | 'author', state: ViewState }} ChangedDetail */

export function createChangeReport() {
  /** @type {ViewState | undefined} */
  let told;
  return {
    /** Undefined if nothing has changed since it was asked last. @param {ViewState} state @param {'reader' | 'author'} by @returns {ChangedDetail | undefined} */
    next(state, by) {
      const before = told;
      const changed = SET.filter((key) => JSON.stringify(before?.[key]) !== JSON.stringify(state[key]));
      told = state;
      return changed.length === 0 ? undefined : { changed, by, state };
    },
  };
}

/**
 * @param {{ info: ModelInfo, model: string, src: string, alt: string, target: string, maps: AttributionMap[], top: ClassScore[],
 *   methods: Method[], drawing: Look, parts: Part[], locked: boolean }} shown
 * @returns {ViewState}
 */
export function stateOf({ info, model, src, alt, target, maps, top, methods, drawing, parts, locked }) {
  // Where nothing is chosen, maps by different methods can be drawn differently: it is that of the first.
  const { fold = 'rgb', sign = 'both', colors = 'grey', clip = DEFAULT_CLIP, scale, over } = asDrawn(drawing, maps[0]?.drawing);
  const unit = maps[0]?.target;
  const label = unit?.layer === info.logitsLayer ? info.classes[unit.channel] : undefined;
  return {
    network: { name: info.name, title: info.title, address: addressOf(model) },
    picture: { address: addressOf(src), alt },
    target,
    explained: unit && { ...unit, ...(label !== undefined && { label }) },
    methods: [...methods],
    drawing: { fold, sign, clip, scale, colors, over },
    predictions: top.map(({ index, label: name, probability }) => ({ index, label: name, probability })),
    parts: [...parts],
    locked,
  };
}

/** @param {string} url */
function addressOf(url) {
  return /^(data|blob):/i.test(url) ? '' : url;
}
