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
