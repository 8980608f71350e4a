// The lists of the page's sample pictures: the gallery of CIFAR-10, and photographs.

/** @typedef {import('./networks.js').PageNetwork} PageNetwork */
/** @typedef {{ file: string, title: string, author: string, licence: string, source: string, alt: string }} Credit */
/** As scripts/gallery.mjs writes it. @typedef {{ source: string, model: string, pictures: { file: string, class: string, answer: string }[] }} Gallery */

export const PHOTOGRAPHS = './pictures/';
/** Thumbnails of the photographs: NAME.jpg, 144 pixels on the shorter side. */
export const THUMBNAILS = './pictures/small/';
export const SMALL = './pictures/cifar10/';
/** Networks whose input is no larger than this open with a small picture. */
const SMALL_SIDE = 32;
/** The class of the first small picture, if the gallery has it: the page's text speaks of a cat. */
const FIRST = 'cat';

/** @returns {Promise<Gallery>} */
export function readGallery() {
  return read(`${SMALL}gallery.json`);
}

/** @returns {Promise<Credit[]>} */
export function readPhotographs() {
  return read(`${PHOTOGRAPHS}credits.json`);
}

/** The name of a picture in an address. @param {string} file */
export function nameOf(file) {
  return file.replace(/\.[^.]+$/, '');
}

/** @param {PageNetwork} network */
export function takesSmall({ side }) {
  return side <= SMALL_SIDE;
}

/** The small picture that the small networks open with. @param {Gallery} gallery */
export function firstOf({ pictures }) {
  return pictures.find(({ class: truth, answer }) => truth === FIRST && answer === truth) ?? pictures[0];
}

/** @param {string} url */
async function read(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`for ${url} the server said ${response.status}`);
  return response.json();
}
