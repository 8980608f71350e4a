// A program's use of relume/low-level, as its types have it: they need neither the DOM's types nor Node's.

import { convert, open, RelumeError, type Code, type ConversionOptions, type RawMap, type Trace } from 'relume/low-level';

export async function converted(onnx: Uint8Array): Promise<Uint8Array> {
  const options: ConversionOptions = { input: { range: [0, 1], mean: [0.5], std: [0.5] }, classes: ['hen', 'egg'], size: [64, 64] };
  // @ts-expect-error there is no such preset
  await convert(onnx, { input: 'rgb' });
  return (await convert(onnx, options)).bytes;
}

export async function explained(file: Uint8Array, rgba: Uint8ClampedArray): Promise<RawMap> {
  const engine = await open({ backend: 'ndarray', relaxed: false });
  const model = engine.load(file);
  const trace: Trace = model.forwardPicture(rgba, 32, 32);
  const logits: Float32Array = trace.logits();
  const map = trace.explain('guided', { class: logits.indexOf(Math.max(...logits)) });
  const drawn: Uint8Array = engine.draw(map, { fold: 'sum', over: rgba });
  const { layer, at } = map.target;
  const activation = trace.activation(layer).data[at[0]] ?? drawn.length;

  // @ts-expect-error there is no such rule
  trace.explain('integrated');
  // @ts-expect-error a picture has a height
  model.forwardPicture(rgba, 32);
  // @ts-expect-error a file is read first
  engine.load('model.safetensors');
  // @ts-expect-error there are no workers here
  await open({ workers: 2 });
  if (activation > 0) throw new RelumeError('internal' satisfies Code, 'never run');
  return map;
}
