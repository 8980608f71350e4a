/**
 * relume's engine without a worker: on the thread that calls it, in Node or in a browser. Here is the browser's way to it.
 * @module
 */

import { engineFor } from './engine/engine.js';
import { convertBytes } from './engine/other-formats.js';

export { RelumeError } from './engine/error.js';

/** @typedef {import('./engine/error.js').Code} Code */
/** @typedef {import('./engine/conversion-options.js').ConversionOptions} ConversionOptions */
/** @typedef {import('./engine/conversion-options.js').InputPreset} InputPreset */
/** @typedef {import('./engine/conversion-options.js').Normalisation} Normalisation */
/** @typedef {import('./engine/types.js').Backend} Backend */
/** @typedef {import('./engine/types.js').Build} Build */
/** @typedef {import('./engine/types.js').Drawing} Drawing */
/** @typedef {import('./engine/types.js').Explained} Explained */
/** @typedef {import('./engine/types.js').LayerInfo} LayerInfo */
/** @typedef {import('./engine/types.js').MapSimilarity} MapSimilarity */
/** @typedef {import('./engine/types.js').Method} Method */
/** @typedef {import('./engine/types.js').MethodOptions} MethodOptions */
/** @typedef {import('./engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('./engine/types.js').Part} Part */
/** @typedef {import('./engine/types.js').Randomised} Randomised */
/** @typedef {import('./engine/types.js').Rule} Rule */
/** @typedef {import('./engine/run-limits.js').RunLimits} RunLimits */
/** @typedef {import('./engine/types.js').Shape} Shape */
/** @typedef {import('./engine/types.js').Target} Target */
/** @typedef {import('./engine/types.js').Tensor} Tensor */
/** @typedef {import('./engine/types.js').Unit} Unit */
/** @typedef {import('./engine/types.js').BoundingBox} BoundingBox */
/** @typedef {import('./engine/types.js').Located} Located */
/** @typedef {import('./engine/types.js').UsualDrawing} UsualDrawing */
/** @typedef {import('./engine/types.js').Visualised} Visualised */
/** @typedef {import('./engine/visualisation.js').VisualisationOptions} VisualisationOptions */
/** @typedef {import('./engine/types.js').Warning} Warning */

/** @typedef {Uint8Array | Uint8ClampedArray} Bytes */
/** @typedef {Float32Array | number[]} Numbers */

/**
 * @typedef {object} OpenOptions
 * @property {Backend} [backend] `flex` unless told
 * @property {boolean} [relaxed] `false` keeps to plain SIMD: the same bits on every machine
 */

/** A map as the engine gives it, `[3, H, W]` in a row; `[1, H, W]` by Grad-CAM. @typedef {Omit<Explained, 'milliseconds'>} RawMap */

/** @typedef {Drawing & { over?: Bytes }} Painting `over`: RGBA of the map's size to lay it on, such as `trace.view()` */

/**
 * What `loadFile` uses of a Blob, for programs that are compiled without the types of browsers.
 * @typedef {{ readonly size: number, slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> } }} ReadableFile
 */

/**
 * The engine on this thread: every call is done when it returns. Should the engine stop in one, for want of memory, the call
 * throws `engine-crashed`, and so does every later one.
 * @typedef {object} Engine
 * @property {Build} build which build it is: `flex-relaxed`, `flex` or `ndarray`
 * @property {() => number} memory bytes of wasm memory
 * @property {(bytes: ArrayBuffer | ArrayBufferView, options?: { limits?: RunLimits }) => Model} load reads a model file; `limits`: what a pass of it may take,
 *   or it throws `too-large`
 * @property {(file: ReadableFile, options?: { randomised?: Partial<Randomised>, limits?: RunLimits }) => Promise<Model>} loadFile the same from a Blob, such as a File, a few megabytes at
 *   a time: nobody but the engine holds all of it. With `randomised`, the layers from `from` to the last lose their weights: the numbers within each tensor are shuffled
 * @property {(map: Tensor & { drawing?: UsualDrawing }, painting?: Painting) => Uint8Array} draw paints a map as RGBA; where neither
 *   fold nor sign nor colours are told, as the map's `drawing` says
 * @property {(map: Tensor, options?: { quantile?: number, within?: BoundingBox }) => Located | undefined} locate the box around the largest strong region of a map;
 *   undefined where the map is the same everywhere. `quantile`: the share of pixels that are not strong, 0.8 unless told; `within`: the part of a picture that the network saw
 * @property {(maps: Tensor[], looks?: Pick<Drawing, 'fold' | 'sign' | 'clip'>) => number} sharedScale the scale of several maps that are drawn together: by the
 *   rule of `clip` over the values of all of them; 0 where all are zero
 * @property {(a: Numbers, b: Numbers, shape: Shape) => MapSimilarity | undefined} compareMaps how alike two maps are; undefined where a map, or
 *   the sums of its channels, are the same number everywhere
 * @property {(pixels: number, seed: number) => Float32Array} randomImportance pixels in an order that means nothing, as a map for `curve`
 * @property {(rule: Rule, f: Numbers, r: Numbers) => Float32Array} reluBackward what a
 *   signal `r` becomes in the backward pass through a ReLU whose input was `f`
 */

/**
 * A network, loaded.
 * @typedef {object} Model
 * @property {() => ModelInfo} info what the model says about itself: name, input, classes, layers
 * @property {(tensor: Numbers) => Trace} forward runs numbers, already normalised, `[3, H, W]` in a row
 * @property {(rgba: Bytes, width: number, height: number) => Trace} forwardPicture runs a picture, RGBA, which is
 *   cropped, resized and normalised as the model wants it
 * @property {(options: VisualisationOptions & { target: Target }, part?: { after?: { data: Numbers, done: number }, to?: number }) => Visualised} visualise a picture that a
 *   class, a unit or, without `at`, the mean of a channel answers to strongly: from noise, or from a picture `after` some of the steps, until `to` steps are done, or all
 * @property {() => void} free runs made with it stay
 */

/**
 * One forward pass, kept.
 * @typedef {object} Trace
 * @property {() => Float32Array} logits one score a class, before any softmax
 * @property {() => Float32Array} input the numbers that went into the network
 * @property {() => Uint8Array | undefined} view the picture as the network saw it, RGBA; undefined where numbers went in
 * @property {(layer: string) => Tensor} activation what a layer put out, `[C, H, W]`
 * @property {(method?: Method | (MethodOptions & { method: Method }), target?: Target, signals?: string[]) => RawMap} explain the map of a target, by
 *   `guided` and of `'top'` unless told; by a rule, the signal is kept at the layers `signals`
 * @property {(method: Method | (MethodOptions & { method: Method }), target: Target, from: number, to: number) => Part} explainPart steps `from` up to `to`
 *   of a method of many steps
 * @property {(wanted: CurvePart, target?: Target) => Float64Array} curve the share of changed pixels and the answer at each place, in turn
 * @property {() => Float32Array} edges how strong the picture's edges are, `[1, H, W]`: Sobel's gradient of the mean of the channels
 * @property {() => void} free maps stay
 */

/**
 * Places `from` up to `to` of a curve with `points` steps: pixels are taken away (`deletion`) or come back into a blurred picture (`insertion`), those that
 * `map`, `[C, H, W]` in a row, calls most important first (Petsiuk, Das, Saenko 2018, arXiv 1806.07421).
 * @typedef {{ map: Numbers, change: 'deletion' | 'insertion', points: number, from: number, to: number }} CurvePart
 */

/**
 * Starts the engine on this thread. What it does keeps the thread busy: a page stands still meanwhile.
 * @param {OpenOptions} [options]
 * @returns {Promise<Engine>}
 */
export function open(options) {
  return engineFor(options);
}

/**
 * Reads an ONNX file of a classifier, or weights of one of torchvision's networks as `torch.save` writes them, and gives the bytes of a model file,
 * which `engine.load` takes and which can be kept; the first call loads what reads them.
 * @param {ArrayBuffer | ArrayBufferView} bytes
 * @param {ConversionOptions} [options] for an ONNX file `input` has to be given: how pictures were normalised in training
 * @returns {Promise<{ bytes: Uint8Array, notes: string[] }>} `notes`: what relume assumed, changed or left out when it read the file, a sentence each
 * @throws {RelumeError} `invalid-model`, `unsupported-operator`, `invalid-option`, `not-finite` or `unreadable`
 * @example
 * const { bytes } = await convert(await readFile('network.onnx'), { input: 'imagenet' });
 */
export function convert(bytes, options) {
  return convertBytes(bytes, options);
}
