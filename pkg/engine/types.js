// The types of what goes into the engine and comes out of it: shared by the package, its worker and relume/low-level.

/** @typedef {'flex' | 'ndarray'} Backend */
/** One compiled engine: a folder in wasm/. @typedef {'flex-relaxed' | 'flex' | 'ndarray'} Build */
/** What other tools write networks as. Each has a folder in wasm/. @typedef {'onnx' | 'checkpoint'} Format */
/** @typedef {'backprop' | 'deconvnet' | 'guided'} Rule */
/**
 * How a map is made: by a rule and one backward pass, or by one of the others; docs/methods.md says how each is defined.
 * @typedef {Rule | 'input-x-gradient' | 'lrp' | 'integrated-gradients' | 'smoothgrad' | 'grad-cam' | 'guided-grad-cam' | 'occlusion' | 'rise'} Method
 */

/**
 * The options of the methods; each takes its own and refuses the others.
 * @typedef {object} MethodOptions
 * @property {number} [epsilon] lrp: added to the magnitude of each number that relevance is divided by; 1e-9 unless told
 * @property {number} [steps] integrated-gradients: at how many points between baseline and picture the gradient is taken; 64 unless told
 * @property {'gauss-legendre' | 'middle'} [quadrature] integrated-gradients: how these points are chosen
 * @property {'zero' | 'blur' | Float32Array | number} [baseline] integrated-gradients: `zero` unless told, the picture blurred, or the
 *   normalised numbers of another one, `[3, H, W]` in a row. occlusion: the normalised number that covers a window; 0 unless told
 * @property {Rule} [rule] smoothgrad: the rule of each map; backprop unless told
 * @property {number} [samples] smoothgrad: the mean of how many noisy pictures' maps; 50 unless told
 * @property {number} [sigma] smoothgrad: the noise's standard deviation, as a share of the normalised picture's range; 0.15 unless told
 * @property {boolean} [squared] smoothgrad: the mean of the squares
 * @property {number} [seed] smoothgrad: chooses the noise; rise: chooses the masks; 1 unless told
 * @property {Float32Array} [noise] smoothgrad: instead, `[N, 3, H, W]` in a row, added to the normalised picture as it is
 * @property {string} [layer] grad-cam, guided-grad-cam: the layer; unless told the last one before the target with rows and columns whose
 *   channels are not the classes
 * @property {'bilinear' | 'nearest'} [interpolation] grad-cam, guided-grad-cam: how the layer's map comes to the picture's size; bilinear unless told
 * @property {boolean} [rectify] grad-cam: whether negative numbers become 0; true unless told
 * @property {number} [masks] rise: how many; 4000 unless told
 * @property {number} [cells] rise: a mask is a grid of so many cells down and across, enlarged; 7 unless told
 * @property {number} [keep] rise: how probable it is that a cell is kept; 0.5 unless told
 * @property {boolean} [logit] rise: whether a mask counts by the target's value instead of by its class's probability
 * @property {[height: number, width: number]} [window] occlusion: 8 × 8 unless told
 * @property {[vertical: number, horizontal: number]} [stride] occlusion: from one window to the next; 8 unless told, or the window where it is smaller
 */

/** A method with its options as the engine takes them. @typedef {{ options: MethodOptions & { method: Method }, numbers?: Float32Array }} CheckedMethod */

/** Which layers lose their weights: `from` and all after it; `seed` chooses how they are shuffled. @typedef {{ from: string, seed: number }} Randomised */

/**
 * How alike two maps are; 1 in each where they are the same: Spearman's rank correlation of the sums of the channels and of the sums of
 * their magnitudes, and the structural similarity of the latter.
 * @typedef {{ rankCorrelation: number, rankCorrelationOfMagnitudes: number, structuralSimilarity: number }} MapSimilarity
 */

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

/**
 * `parameters`: how many weights it has. `field`: which pixels its units see.
 * @typedef {{ name: string, kind: string, inputs: string[], shape: Shape, parameters: number, field: { y: Extent, x: Extent } }} LayerInfo
 */

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
 * @property {{ operations: number, memory: number }} runCost what one pass takes: multiply-adds of a convolution, or what takes as long;
 *   and bytes of its activations
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
 * @property {'own' | number} [scale] the magnitude that is drawn at full strength, in the map's own units; `own`, which it is unless told: by `clip`
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
 * `signals`: at the layers that were asked for, in that order. `cam`: of Grad-CAM, the map at its layer's size. `drawing`: how it is drawn unless told.
 * @typedef {Tensor & { method: Method, target: Unit, relus: number, drawing?: UsualDrawing, warning?: Warning, signals?: Signal[], cam?: Cam, milliseconds: number }} Explained
 */

/** A box in whole pixels. @typedef {{ left: number, top: number, width: number, height: number }} BoundingBox */

/**
 * The box around the largest strong region of a map, in the picture as the network saw it, and in the picture of which that was a part; `share`: how much
 * of the sum of the map's magnitudes lies in it.
 * @typedef {{ seen: BoundingBox, original?: BoundingBox | null, share: number }} Located
 */

/**
 * A visualisation after `done` of its `steps`: its numbers, `[3, H, W]` in a row, normalised, and the pixels they stand for. `target`: what is maximised, without `at` the
 * mean of a channel; `value`: what it is worth in these numbers.
 * @typedef {Tensor & { rgba: Uint8Array, target: { layer: string, channel: number, at?: [y: number, x: number] }, value: number, done: number, steps: number }} Visualised
 */

/** How a map is drawn unless told. @typedef {Required<Pick<Drawing, 'fold' | 'sign' | 'colors'>>} UsualDrawing */

/** Grad-CAM's map at the size of its layer, `[1, h, w]`. @typedef {Tensor & { layer: string }} Cam */

/**
 * The map of some of a method's steps. `steps`: how many there are in all; `weight`: how much this map counts beside those of other parts, one
 * number or one for each pixel; `difference`: of integrated gradients, with the first step: what the sum of the whole map should be.
 * @typedef {Omit<Explained, 'milliseconds'> & { steps: number, weight: number | Float32Array, difference?: number }} Part
 */

export {};
