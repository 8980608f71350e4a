// Portable pixmaps: the size in words, then three bytes a pixel. Most programs for pictures read and write them.

export function readPpm(file) {
  const [header, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(file.toString('latin1', 0, 100)) ?? [];
  if (header === undefined) throw new Error('not a binary PPM file of eight bits a channel, without comments');
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    rgba.set(file.subarray(header.length + 3 * pixel, header.length + 3 * pixel + 3), 4 * pixel);
  }
  return { rgba, width: Number(width), height: Number(height) };
}

export function writePpm(rgba, width, height) {
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), rgba.filter((_, i) => i % 4 < 3)]);
}
