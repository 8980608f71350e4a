// A page's use of the package, as its types have it. Compiled, never run.

import { Relume, RelumeError, type AttributionMap, type InputPreset, type ModelInfo, type Target } from 'relume';
import { convert, pictureSize } from 'relume/convert';

export async function explained(canvas: HTMLCanvasElement, picture: Blob, signal: AbortSignal): Promise<AttributionMap> {
  const relume = await Relume.start({ backend: 'flex', relaxed: false, workers: 2 });
  const model = await relume.load('/model.safetensors', { signal, onProgress: ({ loaded, total }) => console.log(loaded, total) });
  const info: ModelInfo = model.info;
  const target: Target = { layer: info.logitsLayer, channel: 3, at: [0, 0] };
  const trace = await model.forward(picture, { signal });
  const map = await trace.explain({ method: 'guided', target, signal });
  await map.draw(canvas, { fold: 'max', colors: 'diverging', over: true });
  const data: Float32Array = map.data;
  const [channels, height, width] = map.shape;
  console.log(data.length === channels * height * width, (await trace.top(1))[0]?.label, relume.build());

  // @ts-expect-error there is no such backend
  await Relume.start({ backend: 'torch' });
  // @ts-expect-error there is no such method
  await trace.explain({ method: 'integrated' });
  await trace.explain({ target: { class: 'cat' } });
  for (const short of [7, 'cat', 'relu6:51']) await trace.explain({ target: short });
  // @ts-expect-error a class is given by its index or its name
  await trace.explain({ target: { class: true } });
  using seen = await model.forward(new URL('https://example.org/cat.jpg'));
  console.log(seen.crop?.of.width);
  // @ts-expect-error an engine is started, not made
  new Relume();
  return map;
}

export async function own(picked: File): Promise<string[]> {
  const input: InputPreset = 'imagenet';
  const [height = 224, width = 224] = await pictureSize(picked);
  const { file, notes } = await convert(picked, { input, classes: 'imagenet', size: [height, width], dtype: 'f16' });
  const relume = await Relume.start();
  const model = await relume.load(picked, { input: { range: [0, 1], mean: [0], std: [1] }, classes: ['hen', 'egg'] });
  // @ts-expect-error a size is a height and a width
  await convert(picked, { input, size: [224] });
  return [...notes, ...model.notes, (await relume.load(file)).info.title];
}

export function told(error: unknown): string {
  if (!(error instanceof RelumeError)) throw error;
  // @ts-expect-error there is no such code
  if (error.code === 'out-of-luck') return '';
  return error.code === 'cancelled' ? '' : error.message;
}
