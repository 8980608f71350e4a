// Which classes fit what somebody types, the best first.

/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */

/**
 * The classes that match, in this order: the exact name, labels with the query as whole words, labels with a name that
 * begins with it, the rest. Within each group their order stays. A number also finds the class with that index.
 * @param {ClassScore[]} scores likeliest first
 * @param {string} typed
 * @param {(label: string) => string} [shown] what a class is called on the screen, another name to find it by
 * @returns {ClassScore[]} all of them where nothing is typed
 */
export function searchClasses(scores, typed, shown = (label) => label) {
  const query = typed.trim().toLowerCase();
  if (query === '') return scores;
  // Separated by commas, as ImageNet has them.
  const all = scores.map((score) => ({ score, names: `${score.label}, ${shown(score.label)}`.toLowerCase() }));
  const holds = all.filter(({ score, names }) => names.includes(query) || String(score.index) === query);
  const begins = holds.filter(({ names }) => names.split(', ').some((name) => name.startsWith(query)));
  const same = holds.filter(({ names }) => names.split(', ').includes(query));
  const whole = holds.filter(({ names }) => ` ${names.replaceAll(',', ' ')} `.includes(` ${query} `));
  return [...new Set([...same, ...whole, ...begins, ...holds])].map(({ score }) => score);
}
