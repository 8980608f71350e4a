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
/** @typedef {import('../engine/types.js').Rule} Rule */
/** @typedef {import('../engine/types.js').Tensor} Tensor */

/**
 * Each operation with its request and its answer. With `draw`, a map comes with its drawing. Handles are numbers the page chooses, so it can free what it no
 * longer waits for. `module`: the engine, compiled; a worker that is started with it fetches and compiles none. `file`: a
 * model file, which the worker reads; what is posted is no copy of its bytes. `convert` and `pictureSize` need no engine: their `file` is one of
 * another tool.
 * @typedef {{
 *   start: { request: { backend: Backend, relaxed: boolean, module?: WebAssembly.Module | undefined }, answer: { build: Build, module: WebAssembly.Module } },
 *   load: { request: { handle: number, file: Blob }, answer: { info: ModelInfo, milliseconds: number } },
 *   forward: { request: { handle: number, model: number, input: Input },
 *     answer: { logits: Float32Array, tensor: Float32Array, view?: Pixels, milliseconds: number } },
 *   activation: { request: { trace: number, layer: string }, answer: Tensor },
 *   explain: { request: { trace: number, method: Rule, target: ResolvedTarget, signals?: string[], draw?: { drawing: Drawing, over: boolean } },
 *     answer: Explained & { rgba?: Uint8Array } },
 *   draw: { request: Tensor & { drawing: Drawing, over?: Uint8ClampedArray }, answer: { rgba: Uint8Array } },
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
 * From the worker: an answer, a refusal with a code, or the news that this worker must not be used again.
 * @typedef {{ id: number, answer: unknown, memory: number }
 *   | { id: number, code: import('../engine/error.js').Code, message: string, memory: number }
 *   | { crash: string }} Reply
 */

export {};
