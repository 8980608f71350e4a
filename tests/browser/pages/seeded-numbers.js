// Numbers that look random and are the same in every run: what a test found once, it finds again.

/** The generator mulberry32. @param {number} seed */
export function seededNumbers(seed) {
  let state = seed >>> 0;
  /** From 0 up to 1. */
  function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  /** A whole number from 0 up to `count`. @param {number} count */
  const below = (count) => Math.floor(next() * count);
  /** @template T @param {ArrayLike<T>} from @returns {T} one of them */
  const pick = (from) => /** @type {T} */ (from[below(from.length)]);
  return { next, below, pick };
}
