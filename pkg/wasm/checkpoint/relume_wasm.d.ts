/* tslint:disable */
/* eslint-disable */

/**
 * A model file, and what was read otherwise than it stands in the file it comes from.
 */
export class Converted {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The bytes of the model file, copied out of the wasm.
     */
    file(): Uint8Array;
    /**
     * Sentences for whoever brought the file.
     */
    notes(): string[];
}

/**
 * Reads a file: options `{ title?, size?, input?, classes?, dtype }`. Throws `invalid-model`, `unsupported-operator`, `invalid-option` or
 * `not-finite`.
 */
export function convert(bytes: Uint8Array | number[], options: any): Converted;

/**
 * The `[height, width]` of the pictures that the network in a file takes, 0 for what the file leaves open. Throws `invalid-model`.
 */
export function pictureSize(bytes: Uint8Array | number[]): Uint32Array;

/**
 * Has a trap say on the console why it happened.
 */
export function start(): void;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_converted_free: (a: number, b: number) => void;
    readonly convert: (a: number, b: number, c: any) => [number, number, number];
    readonly converted_file: (a: number) => any;
    readonly converted_notes: (a: number) => [number, number];
    readonly pictureSize: (a: number, b: number) => [number, number, number, number];
    readonly start: () => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __externref_drop_slice: (a: number, b: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
