// Which classes fit what somebody types, the best first.

/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */

/**
 * The classes that match, in this order: the exact name, labels with the query as whole words, labels with a name that
 * begins with it, the rest. Within each group their order stays. A number also finds the class with that index.
 * @param {ClassScore[]} scores likeliest first
 * @param {string} typed
 * @returns {ClassScore[]} all of them where nothing is typed
 */
export function searchClasses(scores, typed) {
  const query = typed.trim().toLowerCase();
  if (query === '') return scores;
  const holds = scores.filter(({ label, index }) => label.toLowerCase().includes(query) || String(index) === query);
  const begins = holds.filter(({ label }) => namesOf(label).some((name) => name.startsWith(query)));
  const same = holds.filter(({ label }) => namesOf(label).includes(query));
  const whole = holds.filter(({ label }) => ` ${label.toLowerCase().replaceAll(',', ' ')} `.includes(` ${query} `));
  return [...new Set([...same, ...whole, ...begins, ...holds])];
}

/** ImageNet labels a class with several names. @param {string} label */
function namesOf(label) {
  return label.toLowerCase().split(', ');
}
