// The types of what goes into the engine and comes out of it: shared by the package, its worker and relume/low-level.

/** @typedef {'flex' | 'ndarray'} Backend */
/** One compiled engine: a folder in wasm/. @typedef {'flex-relaxed' | 'flex' | 'ndarray'} Build */
/** What other tools write networks as. Each has a folder in wasm/. @typedef {'onnx' | 'checkpoint'} Format */
/** @typedef {'backprop' | 'deconvnet' | 'guided'} Rule */
/** @typedef {[channels: number, height: number, width: number]} Shape */

/**
 * What to explain: the likeliest class, a class by its index, or a unit of any layer. A unit without `at` is the most
 * active one of its channel.
 * @typedef {'top' | { class: number } | { layer: string, channel: number, at?: [y: number, x: number] }} ResolvedTarget
 */

/**
 * The same, or a class by its name: `{ class: 'tiger cat' }`, or a part of it that no other class has. In short, a class by its number
 * or its name, or a unit as `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`: `7`, `'tiger cat'`, `'relu6:51'`.
 * @typedef {ResolvedTarget | { class: number | string } | number | string} Target
 */

/**
 * The unit that was explained, and the value it had.
 * @typedef {{ layer: string, channel: number, at: [y: number, x: number], value: number }} Unit
 */

/**
 * What there is to know about a map before it is read: `zero-gradient`, it is zero everywhere, and why; `plain-gradient`, it is by
 * deconvnet or guided, and so many activations on its way are not ReLUs and pass the plain gradient.
 * @typedef {{ code: string, message: string }} Warning
 */

/**
 * Along one axis: unit `i` of a layer sees `size` pixels from `start + i * step` on; beyond the picture's edge is padding.
 * @typedef {{ start: number, size: number, step: number }} Extent
 */

/** `field`: which pixels its units see. @typedef {{ name: string, kind: string, inputs: string[], shape: Shape, field: { y: Extent, x: Extent } }} LayerInfo */

/**
 * @typedef {object} ModelInfo
 * @property {string} name
 * @property {string} title
 * @property {string} licence
 * @property {string} source where the weights come from
 * @property {{ shape: Shape, range: [number, number], mean: number[], std: number[], crop: number }} input
 * @property {string[]} classes
 * @property {string} logitsLayer the layer whose channels are the classes, before any softmax
 * @property {LayerInfo[]} layers in running order
 * @property {number} parameters
 * @property {string} backend
 */

/** RGBA, eight bits each. @typedef {{ rgba: Uint8Array, width: number, height: number }} Pixels */
/**
 * What goes into a network: a picture, or numbers already normalised; `view`: of which picture, where that is known.
 * @typedef {Pixels | { tensor: Float32Array, view?: Uint8Array }} Input
 */

/**
 * How a map becomes a picture.
 * @typedef {object} Drawing
 * @property {'rgb' | 'max' | 'sum'} [fold] three channels as they are; the one of largest magnitude; their sum
 * @property {'both' | 'positive' | 'negative' | 'magnitude'} [sign]
 * @property {number} [clip] how much of the sum of all magnitudes may lie above the scale: 0.02 unless told
 * @property {'grey' | 'diverging' | 'heat'} [colors] of a single plane, so not with the fold `rgb`
 */

/** @typedef {{ data: Float32Array, shape: Shape }} Tensor */

/**
 * The signal at a layer on its way from the target to the picture.
 * @typedef {object} Signal
 * @property {string} layer
 * @property {Tensor} signal what arrived at the layer's output from above; at the target's own layer a 1 at the unit, 0 elsewhere
 * @property {Tensor} [passed] what went on to the layer's input, after its own rule if it is a ReLU; not there where it has several inputs
 */

/**
 * `signals`: at the layers that were asked for, in that order.
 * @typedef {Tensor & { method: Rule, target: Unit, relus: number, warning?: Warning, signals?: Signal[], milliseconds: number }} Explained
 */

export {};
