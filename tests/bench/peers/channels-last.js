// Between [C, H, W], as relume has a picture, and [H, W, C], as TensorFlow's libraries do.

/** @param {Float32Array} values @param {number} channels @param {number} plane height times width */
export function channelsLast(values, channels, plane) {
  return transposed(values, channels, plane);
}

/** @param {Float32Array} values @param {number} channels @param {number} plane height times width */
export function channelsFirst(values, channels, plane) {
  return transposed(values, plane, channels);
}

/** @param {Float32Array} values @param {number} rows @param {number} columns */
function transposed(values, rows, columns) {
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)] ?? NaN);
}
