// A JPEG without its end marker may be cut off: some browsers fill up what is missing and say nothing, others refuse it even where
// nothing else is missing.

const END = Uint8Array.of(0xff, 0xd9);

/** Whether a file is a JPEG without an end marker. @param {Blob} blob */
export async function lacksEnd(blob) {
  const [head, tail] = await Promise.all([blob.slice(0, 3), blob.slice(-2)].map(bytesOf));
  if (!head || !tail || !starts(head, [0xff, 0xd8, 0xff]) || starts(tail, [...END])) return false;
  return !hasEnd(await bytesOf(blob));
}

/**
 * The same file with an end marker, twice: with nothing before the marker, and with other bits there. If the two decode to different
 * pictures, pixel data are missing.
 * @param {Blob} blob
 * @returns {Promise<[Blob, Blob]>}
 */
export async function ended(blob) {
  const bytes = await bytesOf(blob);
  // Half of the marker may be there.
  const whole = bytes.subarray(0, 1 + bytes.findLastIndex((byte) => byte !== 0xff));
  return [new Blob([whole, END]), new Blob([whole, new Uint8Array(4096).fill(0b0101_1010), END])];
}

/** Whether the marker is there after the compressed data; a thumbnail's own, in a segment before, does not count. @param {Uint8Array} bytes */
function hasEnd(bytes) {
  let at = 2;
  // Over the segments, each with its length, to the compressed data. What lies between segments is passed over.
  while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] === 0xda)) {
    const marker = bytes[at] === 0xff ? (bytes[at + 1] ?? 0) : 0;
    if (marker === 0xd9) return true;
    if (marker === 0 || marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + 256 * (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0);
  }
  // In compressed data 0xff is always followed by a zero or a marker.
  for (let found = bytes.indexOf(0xff, at); found >= 0; found = bytes.indexOf(0xff, found + 1)) {
    if (bytes[found + 1] === 0xd9) return true;
  }
  return false;
}

/** @param {Blob} blob */
async function bytesOf(blob) {
  return new Uint8Array(await blob.arrayBuffer());
}

/** @param {Uint8Array} bytes @param {number[]} wanted */
function starts(bytes, wanted) {
  return wanted.every((value, i) => bytes[i] === value);
}
