// Words inside a PNG file: chunks of the kind iTXt, in UTF-8, which viewers and libraries show as the file's properties.
// https://www.w3.org/TR/png-3/#11iTXt

const SIGNATURE_AND_HEADER = 8 + 25;
/** For the check at the end of each chunk, as PNG defines it. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc >>> 0;
});

/**
 * The same picture with words in it, before its pixels. Empty words are left out.
 * @param {Blob} png
 * @param {Record<string, string>} words by keyword, such as Title or Source: Latin letters, 79 at most
 * @returns {Blob}
 */
export function withText(png, words) {
  const chunks = Object.entries(words)
    .filter(([, text]) => text !== '')
    .map(([keyword, text]) => textChunk(keyword, text));
  return new Blob([png.slice(0, SIGNATURE_AND_HEADER), ...chunks, png.slice(SIGNATURE_AND_HEADER)], { type: 'image/png' });
}

/** @param {string} keyword @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function textChunk(keyword, text) {
  // Not compressed, and neither a language nor a translated keyword.
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`);
  const chunk = new Uint8Array(4 + body.length + 4);
  const numbers = new DataView(chunk.buffer);
  numbers.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  numbers.setUint32(4 + body.length, crcOf(body));
  return chunk;
}

/** @param {Uint8Array} bytes */
function crcOf(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
