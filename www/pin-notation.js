// What an address can pin: NETWORK,PICTURE,CLASS, a network and a picture of the page by their names, and a class by its number.

import { networkNamed } from './networks.js';

/** @typedef {{ network: string, picture: string, target: number }} Pin */

/** Undefined unless it is written like one. @param {string} words @returns {Pin | undefined} */
export function parsePin(words) {
  const [, network, picture, target] = /^([\w.-]+),([\w.-]+),(\d{1,9})$/.exec(words) ?? [];
  return network && picture ? { network, picture, target: Number(target) } : undefined;
}

/** @param {Pin} pin */
export function formatPin({ network, picture, target }) {
  return `${network},${picture},${target}`;
}

/** Whether the page has the network, the picture and the class. @param {Pin | undefined} pin @param {(name: string) => boolean} hasPicture */
export function isPin(pin, hasPicture) {
  const network = networkNamed(pin?.network);
  return pin !== undefined && network !== undefined && pin.target < network.classes && hasPicture(pin.picture);
}
