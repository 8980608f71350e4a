import { RelumeError } from './error.js';
import { converted } from './options.js';

/**
 * The bytes themselves, nothing copied.
 * @param {unknown} bytes
 * @param {string} what what to say of anything else
 */
export function bytesOf(bytes, what) {
  // A buffer that was posted elsewhere is an ArrayBuffer still, and has nothing in it.
  const message = 'The bytes were moved to another thread; nothing is left of them here.';
  if (bytes instanceof ArrayBuffer) return converted(() => new Uint8Array(bytes), message);
  if (ArrayBuffer.isView(bytes)) return converted(() => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), message);
  throw new RelumeError('invalid-option', what);
}
