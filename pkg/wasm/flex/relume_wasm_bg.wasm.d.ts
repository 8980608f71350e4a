/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const __wbg_model_free: (a: number, b: number) => void;
export const __wbg_modelfile_free: (a: number, b: number) => void;
export const __wbg_trace_free: (a: number, b: number) => void;
export const draw: (a: number, b: number, c: number, d: number, e: any, f: number, g: number) => [number, number, number, number];
export const model_forward: (a: number, b: number, c: number) => [number, number, number];
export const model_forwardPicture: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
export const model_info: (a: number) => [number, number, number];
export const modelfile_load: (a: number) => [number, number, number];
export const modelfile_new: (a: number) => number;
export const modelfile_push: (a: number, b: number, c: number) => void;
export const reluBackward: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
export const start: () => void;
export const trace_activation: (a: number, b: number, c: number) => [number, number, number];
export const trace_explain: (a: number, b: number, c: number, d: any, e: number, f: number) => [number, number, number];
export const trace_input: (a: number) => [number, number, number];
export const trace_logits: (a: number) => [number, number, number];
export const trace_view: (a: number) => any;
export const __wbindgen_malloc: (a: number, b: number) => number;
export const __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
export const __wbindgen_free: (a: number, b: number, c: number) => void;
export const __wbindgen_exn_store: (a: number) => void;
export const __externref_table_alloc: () => number;
export const __wbindgen_externrefs: WebAssembly.Table;
export const __externref_table_dealloc: (a: number) => void;
export const __externref_drop_slice: (a: number, b: number) => void;
export const __wbindgen_start: () => void;
