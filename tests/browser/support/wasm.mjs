// Makes a real engine trap, by an upper limit on its memory; and finds out which builds a browser can run.

const PAGE = 65536;
const MEMORY_SECTION = 5;

/**
 * The wasm file with a memory that cannot grow beyond this many bytes.
 * @param {Buffer} wasm
 * @param {number} bytes
 */
export function withMemoryLimit(wasm, bytes) {
  for (let at = 8; at < wasm.length;) {
    const id = wasm[at];
    const [size, body] = readNumber(wasm, at + 1);
    if (id === MEMORY_SECTION) {
      const [count, flags] = readNumber(wasm, body);
      if (count !== 1 || wasm[flags] !== 0) throw new Error('one memory without a limit was expected');
      const [least] = readNumber(wasm, flags + 1);
      const limited = Buffer.concat([
        writtenNumber(1),
        writtenNumber(1),
        writtenNumber(least),
        writtenNumber(Math.max(least, Math.floor(bytes / PAGE))),
      ]);
      return Buffer.concat([wasm.subarray(0, at + 1), writtenNumber(limited.length), limited, wasm.subarray(body + size)]);
    }
    at = body + size;
  }
  throw new Error('no memory section');
}

/** A LEB128 number, and where it ends. @param {Buffer} bytes @param {number} at @returns {[value: number, end: number]} */
export function readNumber(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

/** @param {number} value */
export function writtenNumber(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** Whether the browser has relaxed SIMD; runs in the page. */
export function relaxedSimd() {
  const splat = [0x41, 0, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
  const body = [0, ...splat, ...splat, ...splat, 0xfd, 0x85, 0x02, 0x0b]; // f32x4.relaxed_madd, end
  return WebAssembly.validate(
    new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, body.length + 2, 1, body.length, ...body]),
  );
}
