// PNG files for print and slides: each pixel becomes a square of whole pixels, so that nothing is smoothed. Whose work is in a file
// stands in its metadata.

import { withText } from './png-text.js';

/** Small pictures are enlarged to about this many pixels. */
const SIDE = 512;
const GAP = 16;
const LABEL = 40;

/** @param {HTMLCanvasElement} canvas */
function factor({ width, height }) {
  return Math.max(1, Math.floor(SIDE / Math.max(width, height)));
}

/** @param {HTMLCanvasElement} canvas @returns {OffscreenCanvas} */
export function upscale(canvas) {
  const times = factor(canvas);
  const large = new OffscreenCanvas(canvas.width * times, canvas.height * times);
  put(large, canvas, 0, 0, large.width, large.height);
  return large;
}

/** The pictures side by side on white, each below its name. @param {{ name: string, canvas: HTMLCanvasElement }[]} pictures @returns {OffscreenCanvas} */
export function row(pictures) {
  const [first] = pictures;
  if (!first) throw new Error('A row of no pictures');
  const times = factor(first.canvas);
  const [width, height] = [first.canvas.width * times, first.canvas.height * times];
  const sheet = new OffscreenCanvas(pictures.length * (width + GAP) + GAP, LABEL + height + GAP);
  const context = sheet.getContext('2d');
  if (!context) throw new Error('The browser has no canvas of that size');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.fillStyle = '#1f2126';
  context.font = '600 20px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const [i, { name, canvas }] of pictures.entries()) {
    const left = GAP + i * (width + GAP);
    context.fillText(name, left, LABEL / 2, width);
    put(sheet, canvas, left, LABEL, width, height);
  }
  return sheet;
}

/** @param {OffscreenCanvas} canvas @param {string} title what is to be seen @param {import('./credits.js').Credits} credits @returns {Promise<Blob>} */
export async function png(canvas, title, { picture, network, method }) {
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return withText(blob, { Title: title, Description: network, Source: picture, Comment: method, Software: 'relume' });
}

/** @param {OffscreenCanvas} sheet @param {HTMLCanvasElement} canvas @param {number} x @param {number} y @param {number} width @param {number} height */
function put(sheet, canvas, x, y, width, height) {
  const context = sheet.getContext('2d');
  if (!context) throw new Error('The browser has no canvas of that size');
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, x, y, width, height);
}
