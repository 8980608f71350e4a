// The lists of the pictures the page brings: the gallery of CIFAR-10, and photographs.

/** @typedef {import('./networks.js').PageNetwork} PageNetwork */
/** @typedef {{ file: string, title: string, author: string, licence: string, source: string, alt: string }} Credit */
/** As scripts/gallery.mjs writes it. @typedef {{ source: string, model: string, pictures: { file: string, class: string, answer: string }[] }} Gallery */

export const PHOTOGRAPHS = './pictures/';
/** The photographs for their tiles: NAME.jpg, 144 pixels on the shorter side. */
export const THUMBNAILS = './pictures/small/';
export const SMALL = './pictures/cifar10/';
/** Networks that take no larger pictures are shown the small ones first. */
const SMALL_SIDE = 32;
/** The class of the small picture to begin with, where the gallery has it; the text speaks of one. */
const FIRST = 'cat';

/** @returns {Promise<Gallery>} */
export function readGallery() {
  return read(`${SMALL}gallery.json`);
}

/** @returns {Promise<Credit[]>} */
export function readPhotographs() {
  return read(`${PHOTOGRAPHS}credits.json`);
}

/** What a picture is called in an address. @param {string} file */
export function nameOf(file) {
  return file.replace(/\.[^.]+$/, '');
}

/** @param {PageNetwork} network */
export function takesSmall({ side }) {
  return side <= SMALL_SIDE;
}

/** The small picture to begin with. @param {Gallery} gallery */
export function firstOf({ pictures }) {
  return pictures.find(({ class: truth, answer }) => truth === FIRST && answer === truth) ?? pictures[0];
}

/** @param {string} url */
async function read(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`for ${url} the server said ${answer.status}`);
  return answer.json();
}
