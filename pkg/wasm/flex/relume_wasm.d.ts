/* tslint:disable */
/* eslint-disable */
export interface Extent {
    start: number;
    size: number;
    step: number;
}
export interface LayerInfo {
    name: string;
    kind: string;
    inputs: string[];
    shape: [number, number, number];
    parameters: number;
    field: { y: Extent; x: Extent };
}
export interface ModelInfo {
    name: string;
    title: string;
    licence: string;
    source: string;
    input: { shape: [number, number, number]; range: [number, number]; mean: number[]; std: number[]; crop: number };
    classes: string[];
    logitsLayer: string;
    layers: LayerInfo[];
    parameters: number;
    runCost: { operations: number; memory: number };
    backend: string;
}
export interface Activation {
    data: Float32Array;
    shape: [number, number, number];
}
export interface RawMap extends Activation {
    method: string;
    target: { layer: string; channel: number; at: [number, number]; value: number };
    relus: number;
    drawing: Required<Pick<DrawOptions, 'fold' | 'sign' | 'colors'>>;
    warning?: { code: string; message: string };
    signals?: { layer: string; signal: Activation; passed?: Activation }[];
    cam?: Activation & { layer: string };
}
export interface RawPart extends RawMap {
    steps: number;
    weight: number | Float32Array;
    difference?: number;
}
export interface VisualisationOptions {
    steps?: number;
    stepSize?: number;
    l2?: number;
    noise?: number;
    seed?: number;
    jitter?: number;
    blur?: number;
}
export interface RawPicture extends Activation {
    rgba: Uint8Array;
    target: { layer: string; channel: number; at?: [number, number] };
    value: number;
    done: number;
    steps: number;
}
export interface BoundingBox {
    left: number;
    top: number;
    width: number;
    height: number;
}
export interface Located {
    seen: BoundingBox;
    original: BoundingBox | null;
    share: number;
}
export interface MapSimilarity {
    rankCorrelation: number;
    rankCorrelationOfMagnitudes: number;
    structuralSimilarity: number;
}
export interface RefiningOptions {
    steps?: number;
    quadrature?: string;
    baseline?: string | number;
    rule?: string;
    samples?: number;
    squared?: boolean;
    masks?: number;
    cells?: number;
    keep?: number;
    logit?: boolean;
    sigma?: number;
    seed?: number;
    window?: [number, number];
    stride?: [number, number];
}
export interface GradCamOptions {
    interpolation?: string;
    rectify?: boolean;
}
export interface LrpOptions {
    epsilon?: number;
}
export type Target = 'top' | { class: number } | { layer: string; channel: number; at?: [number, number] };
export interface DrawOptions {
    fold?: 'rgb' | 'max' | 'sum';
    sign?: 'both' | 'positive' | 'negative' | 'magnitude';
    clip?: number;
    scale?: number;
    colors?: 'grey' | 'diverging' | 'heat';
}



/**
 * A network, loaded.
 */
export class Model {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Runs a picture forward: RGBA, eight bits each; cropped, resized and normalised as the model wants it. Throws
     * `invalid-picture`.
     */
    forwardPicture(rgba: Uint8Array | number[], width: number, height: number): Trace;
    /**
     * Runs numbers forward, `[3, H, W]`, already normalised. Throws `shape-mismatch` or `not-finite`.
     */
    forward(tensor: Float32Array | number[]): Trace;
    /**
     * What the model says about itself, and its layers.
     */
    info(): ModelInfo;
    /**
     * Steps `done` up to `to` of a visualisation: from its picture after `done` steps, or from noise. Throws `invalid-option`, `invalid-target`,
     * `shape-mismatch` or `not-finite`.
     */
    visualise(target: Target, options: VisualisationOptions, picture: Float32Array | number[] | null | undefined, done: number, to: number): RawPicture;
}

/**
 * A model file on its way in: its bytes come piece by piece, so that JavaScript never holds all of them.
 */
export class ModelFile {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The same, but layers from `from` to the last have lost their weights. Throws `invalid-target` too.
     */
    loadRandomised(from: string, seed: number): Model;
    /**
     * Reads the file, which is whole now. Throws `invalid-model`.
     */
    load(): Model;
    /**
     * Makes room for so many bytes.
     */
    constructor(length: number);
    /**
     * Takes the next bytes.
     */
    push(bytes: Uint8Array | number[]): void;
}

/**
 * One forward pass, kept.
 */
export class Trace {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * What a layer put out. Throws `invalid-target`.
     */
    activation(layer: string): Activation;
    /**
     * Places `from` up to `to` of the curve of `target` while pixels change in the order that a map `[C, H, W]` gives: the share of changed
     * pixels and the answer at each, in turn. Throws `invalid-target`, `invalid-option`, `shape-mismatch` or `not-finite`.
     */
    curvePart(target: Target, map: Float32Array | number[], insertion: boolean, points: number, from: number, to: number): Float64Array;
    /**
     * How strong the picture's edges are, `[1, H, W]`.
     */
    edges(): Float32Array;
    /**
     * The map of `target` by a rule; the signal is kept at the layers `signals`. Throws `invalid-target`, `invalid-option` or `not-finite`.
     */
    explain(rule: string, target: Target, signals?: string[] | null): RawMap;
    /**
     * The map of `target` by Grad-CAM of a layer, which is chosen unless told; or by Guided Grad-CAM, which is rectified always. Throws
     * `invalid-target`, `invalid-option` or `not-finite`.
     */
    gradCam(target: Target, layer: string | null | undefined, guided: boolean, options: GradCamOptions): RawMap;
    /**
     * The map of `target` by input × gradient. Throws `invalid-target` or `not-finite`.
     */
    inputXGradient(target: Target): RawMap;
    /**
     * The numbers that went into the network, `[3, H, W]`.
     */
    input(): Float32Array;
    /**
     * The scores before any softmax, one a class. Throws `not-finite` if the run overflowed.
     */
    logits(): Float32Array;
    /**
     * The map of `target` by layer-wise relevance propagation. Throws `invalid-target`, `invalid-option` or `not-finite`.
     */
    lrp(target: Target, options: LrpOptions): RawMap;
    /**
     * Steps `from` up to `to` of a method of many steps; beyond the last one none. Throws as `explain`, and `shape-mismatch`.
     */
    refine(target: Target, method: string, options: RefiningOptions, numbers: Float32Array | number[] | null | undefined, from: number, to: number): RawPart;
    /**
     * The picture as the network saw it, RGBA of the input's size; nothing where numbers went in.
     */
    view(): Uint8Array | undefined;
}

/**
 * How alike two maps of one shape are; nothing where that is not defined. Throws `shape-mismatch` or `not-finite`.
 */
export function compareMaps(a: Float32Array | number[], b: Float32Array | number[], shape: Uint32Array | number[]): MapSimilarity | undefined;

/**
 * Paints a map, `[C, H, W]`, as RGBA; `over` is the picture to lay it on, RGBA of the same size. Throws
 * `invalid-option`, `shape-mismatch` or `not-finite`.
 */
export function draw(data: Float32Array | number[], shape: Uint32Array | number[], options: DrawOptions | undefined, over?: Uint8Array | number[] | null): Uint8Array;

/**
 * The box around a map's largest strong region, with `part`, that of a picture which the network saw, also in that picture. Nothing where the map is the same everywhere. Throws `invalid-option`, `shape-mismatch` or `not-finite`.
 */
export function locate(map: Float32Array | number[], shape: Uint32Array | number[], quantile: number, part: BoundingBox | undefined): Located | undefined;

/**
 * Pixels in an order that means nothing, as a map.
 */
export function randomImportance(pixels: number, seed: number): Float32Array;

/**
 * What the signal `r` becomes in the backward pass through a ReLU whose input was `f`: Figure 1 of the paper. Throws
 * `invalid-option`, `shape-mismatch` or `not-finite`.
 */
export function reluBackward(rule: string, f: Float32Array | number[], r: Float32Array | number[]): Float32Array;

/**
 * The scale of several maps drawn together: `data` has one after the other, `shapes` three sides of each. Throws
 * `invalid-option`, `shape-mismatch` or `not-finite`.
 */
export function sharedScale(data: Float32Array | number[], shapes: Uint32Array | number[], options: DrawOptions | undefined): number;

/**
 * Has a trap say on the console why it happened.
 */
export function start(): void;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_model_free: (a: number, b: number) => void;
    readonly __wbg_modelfile_free: (a: number, b: number) => void;
    readonly __wbg_trace_free: (a: number, b: number) => void;
    readonly compareMaps: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly draw: (a: number, b: number, c: number, d: number, e: any, f: number, g: number) => [number, number, number, number];
    readonly locate: (a: number, b: number, c: number, d: number, e: number, f: any) => [number, number, number];
    readonly model_forward: (a: number, b: number, c: number) => [number, number, number];
    readonly model_forwardPicture: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly model_info: (a: number) => [number, number, number];
    readonly model_visualise: (a: number, b: any, c: any, d: number, e: number, f: number, g: number) => [number, number, number];
    readonly modelfile_load: (a: number) => [number, number, number];
    readonly modelfile_loadRandomised: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly modelfile_new: (a: number) => number;
    readonly modelfile_push: (a: number, b: number, c: number) => void;
    readonly randomImportance: (a: number, b: number) => any;
    readonly reluBackward: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly sharedScale: (a: number, b: number, c: number, d: number, e: any) => [number, number, number];
    readonly start: () => void;
    readonly trace_activation: (a: number, b: number, c: number) => [number, number, number];
    readonly trace_curvePart: (a: number, b: any, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number, number, number];
    readonly trace_edges: (a: number) => [number, number, number];
    readonly trace_explain: (a: number, b: number, c: number, d: any, e: number, f: number) => [number, number, number];
    readonly trace_gradCam: (a: number, b: any, c: number, d: number, e: number, f: any) => [number, number, number];
    readonly trace_input: (a: number) => [number, number, number];
    readonly trace_inputXGradient: (a: number, b: any) => [number, number, number];
    readonly trace_logits: (a: number) => [number, number, number];
    readonly trace_lrp: (a: number, b: any, c: any) => [number, number, number];
    readonly trace_refine: (a: number, b: any, c: number, d: number, e: any, f: number, g: number, h: number, i: number) => [number, number, number];
    readonly trace_view: (a: number) => any;
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
