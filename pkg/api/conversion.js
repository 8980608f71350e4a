// Files of other tools are read in a worker of their own, which ends with the answer and gives its memory back.

import { CONTROL, conversionOptions } from '../engine/conversion-options.js';
import { RelumeError } from '../engine/error.js';
import { abortable } from '../pool/cancel.js';
import { Session } from '../pool/worker-session.js';

/** @typedef {import('./model-source.js').ModelSource} ModelSource */
/** @typedef {import('../engine/conversion-options.js').ConversionOptions} ConversionOptions */
/** @typedef {import('../engine/types.js').Format} Format */
/** A model file, and what relume assumed, changed or left out when it read the file it comes from, a sentence each. @typedef {{ file: Blob, notes: string[] }} Conversion */

const DOING = 'reading the file';

/**
 * @param {Format} format
 * @param {Blob} file
 * @param {ConversionOptions} description
 * @param {string} call as in "load"
 * @param {string} title of the network, unless the description has one
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Conversion>}
 */
export async function convertFile(format, file, description, call, title, signal) {
  return once('convert', { format, file, options: conversionOptions(format, description, call, title) }, signal);
}

/** @param {Format} format @param {Blob} file @param {AbortSignal | undefined} signal */
export async function pictureSizeOf(format, file, signal) {
  const { size } = await once('pictureSize', { format, file }, signal);
  return size;
}

/**
 * @template {'convert' | 'pictureSize'} K
 * @param {K} operation
 * @param {import('../worker/protocol.js').Request<K>} request
 * @param {AbortSignal | undefined} signal
 */
async function once(operation, request, signal) {
  const session = new Session(undefined, () => undefined);
  try {
    return await abortable(session.call(operation, request), signal, DOING);
  } finally {
    session.end(new RelumeError('closed', 'The file has been read.'));
  }
}

/** A file's name without its ending. @param {ModelSource} source */
export function titleOf(source) {
  const name = source instanceof File ? source.name : typeof source === 'string' || source instanceof URL ? lastOf(String(source)) : '';
  return name.replace(/\.[^.]*$/, '').replace(CONTROL, '_') || 'Network';
}

/** The last part of an address's path. @param {string} address */
function lastOf(address) {
  if (/^(data|blob):/i.test(address)) return '';
  const [name = ''] = address
    .replace(/[?#].*$/s, '')
    .split('/')
    .slice(-1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
