// Pictures as pixels, and pixels as the numbers a network takes.

/**
 * The pixels of a picture file, as they are in it.
 * @param {Blob} blob
 */
export async function pictureFrom(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  if (!context) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/**
 * `[3, H, W]` from pixels that have the network's input size.
 * @param {ImageData} pixels
 * @param {import('../../../pkg/index.js').ModelInfo['input']} input
 */
export function normalised({ data, width, height }, { shape, range: [low, high], mean, std }) {
  const plane = width * height;
  if (height !== shape[1] || width !== shape[2]) throw new Error(`${width}×${height} is not the input's size`);
  return Float32Array.from({ length: 3 * plane }, (_, i) => {
    const channel = Math.floor(i / plane);
    const value = low + ((data[(i % plane) * 4 + channel] ?? NaN) / 255) * (high - low);
    return (value - (mean[channel] ?? NaN)) / (std[channel] ?? NaN);
  });
}
