// Words of an address, a target or an option that somebody has changed: by a slip, or to do harm.

import { seededNumbers } from '../pages/seeded-numbers.js';

/** What does not belong there. `stained` is what a script that runs would set. */
const INTRUDERS = [
  ...['<img src=x onerror="globalThis.stained=1">', '</title><script>globalThis.stained=1</script>', '"><svg onload=globalThis.stained=1>'],
  ...[
    'javascript:globalThis.stained=1',
    "'-globalThis.stained-'",
    '{{constructor.constructor("globalThis.stained=1")()}}',
    '{class}',
    '${1}',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'own:',
    'own:../../x',
    '../',
    '//example.org/',
    'data:text/html,x',
    'blob:x',
  ],
  ...[
    '%',
    '%zz',
    '%00',
    '%ED%A0%80',
    '%F4%90%80%80',
    '%3Cimg%20src=x%3E',
    '&',
    '=',
    '#',
    '?',
    '+',
    ';',
    '\u202e',
    '\u2066',
    '\u2028',
    '\ud800',
  ],
  ...[
    'NaN',
    '-0',
    '1e999',
    '0x10',
    '9'.repeat(400),
    '-1',
    '1.5',
    'Infinity',
    ' ',
    '',
    '\0',
    '🦊',
    'é',
    'ﬀ',
    'x'.repeat(5000),
    ',',
    '@',
    ':',
    '@1,2',
    ':0',
  ],
];

/**
 * @param {number} seed
 * @param {string[]} valid
 * @returns {() => string} the next of them: one to six changes of a valid one
 */
export function mutatedWords(seed, valid) {
  const { next, below, pick } = seededNumbers(seed);
  /** @param {string} words */
  function changed(words) {
    const at = below(words.length + 1);
    const to = Math.min(words.length, at + 1 + below(8));
    const kind = below(6);
    if (kind === 0) return words.slice(0, at) + words.slice(to);
    if (kind === 1) return words.slice(0, at) + words.slice(at, to).repeat(2 + below(3)) + words.slice(to);
    if (kind === 2) return words.slice(0, at) + String.fromCharCode(below(next() < 0.5 ? 128 : 65_536)) + words.slice(at + 1);
    if (kind === 3) {
      const other = pick(valid);
      return words.slice(0, at) + other.slice(below(other.length + 1));
    }
    // In place of a value, or anywhere.
    if (kind === 4) return words.replace(/=[^&]*/g, (value) => (next() < 0.3 ? `=${pick(INTRUDERS)}` : value));
    return words.slice(0, at) + pick(INTRUDERS) + words.slice(at);
  }
  return () => {
    let words = pick(valid);
    for (let changes = 1 + below(6); changes > 0; changes--) words = changed(words);
    return words;
  };
}
