/** What is done to the pixels of a curve. */
export const CHANGES = /** @type {const} */ (['deletion', 'insertion']);
export const MOST_POINTS = 10000;
