// The messages between the page and its workers.

/** @typedef {import('../engine/types.js').Backend} Backend */
/** @typedef {import('../engine/types.js').Build} Build */
/** @typedef {import('../engine/conversion-options.js').CheckedOptions} CheckedOptions */
/** @typedef {import('../engine/types.js').Drawing} Drawing */
/** @typedef {import('../engine/types.js').Format} Format */
/** @typedef {import('../engine/types.js').Explained} Explained */
/** @typedef {import('../engine/types.js').Input} Input */
/** @typedef {import('../engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('../engine/types.js').Pixels} Pixels */
/** @typedef {import('../engine/types.js').ResolvedTarget} ResolvedTarget */
/** @typedef {import('../engine/types.js').CheckedMethod} CheckedMethod */
/** @typedef {import('../engine/types.js').BoundingBox} BoundingBox */
/** @typedef {import('../engine/types.js').Located} Located */
/** @typedef {import('../engine/types.js').MapSimilarity} MapSimilarity */
/** @typedef {import('../engine/types.js').Part} Part */
/** @typedef {import('../engine/types.js').Randomised} Randomised */
/** @typedef {import('../engine/types.js').Rule} Rule */
/** @typedef {import('../engine/run-limits.js').CheckedLimits} CheckedLimits */
/** @typedef {import('../engine/types.js').Shape} Shape */
/** @typedef {import('../engine/types.js').Tensor} Tensor */
/** @typedef {import('../engine/types.js').Visualised} Visualised */
/** @typedef {import('../engine/visualisation.js').VisualisationOptions} VisualisationOptions */

/**
 * Each operation with its request and its answer. With `draw`, a map comes with its drawing. Handles are numbers the page chooses, so it can free what it no
 * longer waits for. `module`: the engine, compiled; a worker that is started with it fetches and compiles none. `file`: a
 * model file, which the worker reads; what is posted is no copy of its bytes. `convert` and `pictureSize` need no engine: their `file` is one of
 * another tool. `explainPart` and `curve` do steps `from` up to `to`; of a curve, `pairs` are share and answer in turn.
 * `visualise` goes on from the picture `after` until `to` steps are done.
 * @typedef {{
 *   start: { request: { backend: Backend, relaxed: boolean, module?: WebAssembly.Module | undefined }, answer: { build: Build, module: WebAssembly.Module } },
 *   load: { request: { handle: number, file: Blob, randomised?: Randomised | undefined, limits?: CheckedLimits | undefined }, answer: { info: ModelInfo, milliseconds: number } },
 *   forward: { request: { handle: number, model: number, input: Input },
 *     answer: { logits: Float32Array, tensor: Float32Array, view?: Pixels, milliseconds: number } },
 *   activation: { request: { trace: number, layer: string }, answer: Tensor },
 *   explain: { request: { trace: number, method: CheckedMethod, target: ResolvedTarget, signals?: string[], draw?: { drawing: Drawing, over: boolean } },
 *     answer: Explained & { rgba?: Uint8Array } },
 *   explainPart: { request: { trace: number, method: CheckedMethod, target: ResolvedTarget, from: number, to: number },
 *     answer: Part & { milliseconds: number } },
 *   curve: { request: { trace: number, target: ResolvedTarget, map: Float32Array, change: 'deletion' | 'insertion', points: number, from: number, to: number },
 *     answer: { pairs: Float64Array, milliseconds: number } },
 *   visualise: { request: { model: number, target: ResolvedTarget, options: VisualisationOptions, after: { data: Float32Array, done: number } | undefined, to: number },
 *     answer: Visualised & { milliseconds: number } },
 *   locate: { request: Tensor & { quantile: number, within: BoundingBox | undefined }, answer: { located: Located | undefined } },
 *   edges: { request: { trace: number }, answer: { data: Float32Array } },
 *   randomImportance: { request: { pixels: number, seed: number }, answer: { data: Float32Array } },
 *   compareMaps: { request: { a: Float32Array, b: Float32Array, shape: Shape }, answer: { similarity: MapSimilarity | undefined } },
 *   draw: { request: Tensor & { drawing: Drawing, over?: Uint8ClampedArray }, answer: { rgba: Uint8Array } },
 *   sharedScale: { request: { maps: Tensor[], drawing: Pick<Drawing, 'fold' | 'sign' | 'clip'> }, answer: { scale: number } },
 *   convert: { request: { format: Format, file: Blob, options: CheckedOptions }, answer: { file: Blob, notes: string[] } },
 *   pictureSize: { request: { format: Format, file: Blob }, answer: { size: [number | undefined, number | undefined] } },
 *   reluBackward: { request: { rule: Rule, f: Float32Array, r: Float32Array }, answer: { data: Float32Array } },
 * }} Operations
 */

/** @typedef {keyof Operations} Operation */
/** @template {Operation} K @typedef {Operations[K]['request']} Request */
/** @template {Operation} K @typedef {Operations[K]['answer']} Answer */

/**
 * To the worker. Only what has an id is answered.
 * @typedef {{ id: number, operation: Operation, request: unknown } | { free: number }} Message
 */

/**
 * From the worker: an answer, a refusal with a code, or the news that this worker must not be used again. `lock`: the name of the lock that it
 * holds for as long as it lives.
 * @typedef {{ id: number, answer: unknown, memory: number }
 *   | { id: number, code: import('../engine/error.js').Code, message: string, memory: number }
 *   | { crash: string } | { lock: string }} Reply
 */

export {};
