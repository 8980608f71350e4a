// The Exif orientation of a WebP file, which browsers pass over when they decode one; those of JPEG and PNG they apply themselves.

/** The orientation, 1 (upright) to 8, as in a TIFF. @param {Blob} blob */
export async function webpOrientation(blob) {
  const head = await viewOf(blob.slice(0, 21));
  // Only the extended format has other parts than pixels, and says which.
  if (head.byteLength < 21 || word(head, 0) !== 'RIFF' || word(head, 8) !== 'WEBP' || word(head, 12) !== 'VP8X' || !(head.getUint8(20) & 8))
    return 1;
  const file = await viewOf(blob);
  for (let at = 12; at + 8 <= file.byteLength;) {
    const size = file.getUint32(at + 4, true);
    if (word(file, at) === 'EXIF') return orientationIn(new DataView(file.buffer, at + 8, Math.min(size, file.byteLength - at - 8)));
    at += 8 + size + (size & 1);
  }
  return 1;
}

/** @param {DataView} exif a TIFF, in some files after the letters `Exif` */
function orientationIn(exif) {
  const start = exif.byteLength > 6 && word(exif, 0) === 'Exif' ? 6 : 0;
  if (exif.byteLength < start + 10) return 1;
  const little = word(exif, start).startsWith('II');
  const directory = start + exif.getUint32(start + 4, little);
  if (directory + 2 > exif.byteLength) return 1;
  const count = exif.getUint16(directory, little);
  for (let i = 0; i < count && directory + 14 + 12 * i <= exif.byteLength; i++) {
    const entry = directory + 2 + 12 * i;
    if (exif.getUint16(entry, little) !== 0x112) continue;
    const orientation = exif.getUint16(entry + 8, little);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}

/** @param {Blob} blob */
async function viewOf(blob) {
  return new DataView(await blob.arrayBuffer());
}

/** Four letters. @param {DataView} view @param {number} at */
function word(view, at) {
  return at + 4 <= view.byteLength ? String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4)) : '';
}
