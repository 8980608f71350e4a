// Whether this copy of the page has the second engine: not every one does.

import { hasFile } from './fetch.js';

const NDARRAY = '../pkg/wasm/ndarray/relume_wasm.js';

/** Asked once, when first needed. @type {Promise<boolean> | undefined} */
let present;

export function hasNdArray() {
  present ??= hasFile(NDARRAY);
  return present;
}
