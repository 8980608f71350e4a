/**
 * relume: which pixels made a network say what it said. One run forward, any number of signals backward, three rules.
 * @module
 */

export { Relume } from './api/relume.js';
export { formatUnit, parseUnit } from './engine/unit-notation.js';
export { METHODS } from './engine/method-names.js';
export { DRAW_CHOICES } from './engine/draw-options.js';
export { RelumeError } from './engine/error.js';
export { RULES } from './engine/rules.js';

import { part } from './api/part.js';

/**
 * The scale of several maps that are drawn together, so that equal colours are equal values: by the rule of `clip` over the values of all of them, with
 * the same `fold` and `sign`. 0 where all maps are zero everywhere.
 * @param {Iterable<AttributionMap>} maps
 * @param {Omit<DrawOptions, 'scale'>} [options] those of the drawing; `colors` and `over` change nothing
 * @returns {Promise<number>}
 * @example
 * const scale = await sharedScale(maps, { clip: 0.1 });
 * await Promise.all(maps.map((map, i) => map.draw(canvases[i], { scale })));
 */
export async function sharedScale(maps, options) {
  return (await part(import('./api/shared-scale.js'))).sharedScale(maps, options);
}

/** @typedef {import('./engine/error.js').Code} Code */
/** @typedef {import('./api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('./api/attribution-map.js').DrawOptions} DrawOptions */
/** @typedef {import('./api/crop.js').Crop} Crop */
/** @typedef {import('./api/model.js').Model} Model */
/** @typedef {import('./api/picture.js').Picture} Picture */
/** @typedef {import('./engine/types.js').Backend} Backend */
/** @typedef {import('./engine/types.js').Build} Build */
/** @typedef {import('./engine/types.js').Extent} Extent */
/** @typedef {import('./engine/types.js').LayerInfo} LayerInfo */
/** @typedef {import('./engine/types.js').MapSimilarity} MapSimilarity */
/** @typedef {import('./engine/types.js').Method} Method */
/** @typedef {import('./engine/types.js').MethodOptions} MethodOptions */
/** @typedef {import('./engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('./api/curve.js').Curve} Curve */
/** @typedef {import('./api/curve.js').CurveOptions} CurveOptions */
/** @typedef {import('./api/receptive-field.js').Region} Region */
/** @typedef {import('./api/bounding-box.js').MapBox} MapBox */
/** @typedef {import('./api/visualise.js').VisualisedPicture} VisualisedPicture */
/** @typedef {import('./api/visualise.js').VisualiseOptions} VisualiseOptions */
/** @typedef {import('./engine/visualisation.js').VisualisationOptions} VisualisationOptions */
/** @typedef {import('./engine/types.js').Rule} Rule */
/** @typedef {import('./engine/types.js').Shape} Shape */
/** @typedef {import('./engine/types.js').Signal} Signal */
/** @typedef {import('./engine/types.js').Target} Target */
/** @typedef {import('./engine/types.js').Tensor} Tensor */
/** @typedef {import('./engine/types.js').Unit} Unit */
/** @typedef {import('./engine/types.js').Warning} Warning */
/** @typedef {import('./api/trace.js').ClassScore} ClassScore */
/** @typedef {import('./engine/conversion-options.js').ConversionOptions} ConversionOptions */
/** @typedef {import('./engine/run-limits.js').RunLimits} RunLimits */
/** @typedef {import('./engine/conversion-options.js').InputPreset} InputPreset */
/** @typedef {import('./engine/conversion-options.js').Normalisation} Normalisation */
/** @typedef {import('./api/explain-options.js').ExplainOptions} ExplainOptions */
/** @typedef {import('./api/explain-options.js').ForwardOptions} ForwardOptions */
/** @typedef {import('./api/trace.js').Trace} Trace */
/** @typedef {import('./api/model-source.js').ModelSource} ModelSource */
