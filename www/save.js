// Saves files to the visitor's disk.

import { make } from './dom.js';

/** How long a browser may take to start the download, in milliseconds. */
const KEPT = 60_000;

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}
