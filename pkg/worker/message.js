// Others can post to a worker, and in its name, too: a browser extension for one. What is not of this protocol is not answered.

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Reply} Reply */

/** @param {any} data what a worker was posted @returns {data is Message} */
export function isMessage(data) {
  if (!isObject(data)) return false;
  if (typeof data.free === 'number') return true;
  return typeof data.id === 'number' && typeof data.operation === 'string' && isObject(data.request);
}

/** @param {any} data what was posted in a worker's name @returns {data is Reply} */
export function isReply(data) {
  if (!isObject(data)) return false;
  if (typeof data.crash === 'string' || typeof data.lock === 'string') return true;
  if (typeof data.id !== 'number' || typeof data.memory !== 'number') return false;
  return isObject(data.answer) || (typeof data.code === 'string' && typeof data.message === 'string');
}

/** @param {unknown} value @returns {boolean} */
function isObject(value) {
  return typeof value === 'object' && value !== null;
}
