// The lists of the page's sample pictures: the gallery of CIFAR-10, and photographs.

import { fetchFile } from './fetch.js';

/** @import { PageNetwork } from './networks.js' */
/** @typedef {{ file: string, title: string, author: string, licence: string, source: string, alt: string }} Credit */
/** As scripts/gallery.mjs writes it. @typedef {{ source: string, model: string, pictures: { file: string, class: string, answer: string }[] }} Gallery */

export const PHOTOGRAPHS = './pictures/';
/** Thumbnails of the photographs: NAME.jpg, 144 pixels on the shorter side. */
export const THUMBNAILS = './pictures/small/';
export const SMALL = './pictures/cifar10/';
/** Networks whose input is no larger than this open with a small picture. */
const SMALL_SIDE = 32;
/** The class of the first small picture, if the gallery has it: its first horse is recognised at once, even this small. */
const FIRST = 'horse';

/** @returns {Promise<Gallery>} */
export async function readGallery() {
  return (await fetchFile(`${SMALL}gallery.json`)).json();
}

/** @returns {Promise<Credit[]>} */
export async function readPhotographs() {
  return (await fetchFile(`${PHOTOGRAPHS}credits.json`)).json();
}

/** The name of a picture in an address. @param {string} file */
export function nameOf(file) {
  return file.replace(/\.[^.]+$/, '');
}

/** @param {Pick<PageNetwork, 'side'>} network */
export function takesSmall({ side }) {
  return side <= SMALL_SIDE;
}

/** The small picture that the small networks open with. @param {Gallery} gallery */
export function firstOf({ pictures }) {
  return pictures.find(({ class: truth, answer }) => truth === FIRST && answer === truth) ?? pictures[0];
}
