/** @typedef {{ index: number, label: string, logit: number, probability: number }} ClassScore */

/**
 * All classes, likeliest first; among equal logits the lower index. The probability is the softmax of the logits.
 * @param {Float32Array} logits one a class
 * @param {string[]} labels
 * @returns {ClassScore[]}
 */
export function classScores(logits, labels) {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  const scores = Array.from(logits, (logit, index) => ({
    index,
    label: labels[index] ?? String(index),
    logit,
    probability: Math.exp(logit - largest) / total,
  }));
  return scores.sort((a, b) => b.logit - a.logit || a.index - b.index);
}
