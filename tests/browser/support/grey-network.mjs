// A model file of one channel: a convolution of one number for each of two classes, and the mean of what it gives.

/**
 * @param {{ side: number, mean: number, std: number, weights: [light: number, dark: number], relu?: boolean, title?: string, classes?: [light: string, dark: string] }} settings
 * @returns {Buffer}
 */
export function greyNetwork({ side, mean, std, weights, relu = false, title = 'Grey', classes = ['light', 'dark'] }) {
  const description = {
    format: 1,
    name: 'grey',
    title,
    licence: 'CC0-1.0',
    source: 'a test',
    classes,
    input: { shape: [1, side, side], range: [0, 255], mean: [mean], std: [std], crop: 1 },
    layers: [
      { name: 'conv', kind: 'conv2d', inputs: ['input'], out_channels: 2, kernel: [1, 1], bias: false },
      ...(relu ? [{ name: 'relu', kind: 'relu', inputs: ['conv'] }] : []),
      { name: 'pool', kind: 'global_avg_pool', inputs: [relu ? 'relu' : 'conv'] },
    ],
  };
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: { relume: JSON.stringify(description) },
      'conv.weight': { dtype: 'F32', shape: [2, 1, 1, 1], data_offsets: [0, 8] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from(Float32Array.from(weights).buffer)]);
}
