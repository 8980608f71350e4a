/** @typedef {import('./words.js').Words} Words */

/** A share in hundredths, with as many digits as it has meaning, without a sign. @param {number} share from 0 to 1 */
export function percentOf(share) {
  return (100 * share).toFixed(share > 0.1 ? 0 : 1);
}

/** @param {Words} words @param {number} share from 0 to 1 */
export function percent(words, share) {
  return share > 0 && share < 0.0005 ? words.lessThan('0.1') : words.percent(percentOf(share));
}
