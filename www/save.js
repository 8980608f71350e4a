// Saves files to the visitor's disk.

import { make } from './page.js';

/** How long a browser may take to start the download, in milliseconds. */
const KEPT = 60_000;

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}

/** @param {HTMLCanvasElement | OffscreenCanvas} canvas @returns {Promise<Blob>} */
export async function png(canvas) {
  if (canvas instanceof OffscreenCanvas) return canvas.convertToBlob({ type: 'image/png' });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The browser could not make a PNG of it.'))), 'image/png');
  });
}
