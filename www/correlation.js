// How alike two maps are.

/** Pearson's; NaN if one of them is the same everywhere. @param {Float32Array} a @param {Float32Array} b */
export function correlation(a, b) {
  const mean = (/** @type {Float32Array} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, (b[i] ?? 0) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  });
  return squareA > 0 && squareB > 0 ? product / Math.sqrt(squareA * squareB) : NaN;
}
