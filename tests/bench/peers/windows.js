// Where the windows of a convolution or a pooling lie. Each library has its own rule for a last window that the input ends
// in (`ceil_mode`); here it becomes padding, which all of them take alike.

/** @typedef {{ kernel: [number, number], stride: [number, number], padding: [number, number, number, number],
 *   dilation: [number, number], countsPadding: boolean }} PoolGeometry
 *   `countsPadding`: whether an average counts the zeros of the padding */

/** How many windows there are. @param {number} size with its padding @param {number} kernel @param {number} stride @param {number} dilation */
export function windows(size, kernel, stride, dilation) {
  return Math.floor((size - dilation * (kernel - 1) - 1) / stride) + 1;
}

/**
 * @param {any} layer as the file has it
 * @param {number} height
 * @param {number} width
 * @returns {PoolGeometry & { rows: number, columns: number }}
 */
export function poolGeometry(layer, height, width) {
  const { name, kernel, stride, padding = [0, 0, 0, 0], dilation = [1, 1], ceil_mode = false, count_include_pad = true } = layer;
  const [top, left, bottom, right] = padding;
  const along = (/** @type {number} */ axis, /** @type {number} */ size, /** @type {number} */ before, /** @type {number} */ after) => {
    const padded = before + size + after;
    const floor = windows(padded, kernel[axis], stride[axis], dilation[axis]);
    if (!ceil_mode) return { count: floor, more: 0 };
    // One window more, where the whole ones leave something over and it would begin before the padding after the input.
    const reached = (floor - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
    const another = reached < padded && floor * stride[axis] < before + size;
    return another ? { count: floor + 1, more: reached + stride[axis] - padded } : { count: floor, more: 0 };
  };
  const [rows, columns] = [along(0, height, top, bottom), along(1, width, left, right)];
  const added = rows.more > 0 || columns.more > 0;
  const countsPadding = layer.kind === 'avg_pool2d' && count_include_pad && padding.some((/** @type {number} */ by) => by > 0);
  // What a window lacks at the end is never counted, zeros of the file's padding may be: no library has both.
  if (added && countsPadding) throw new Error(`${name}: ceil_mode with counted padding is not written`);
  return {
    ...{ kernel, stride, dilation, countsPadding, rows: rows.count, columns: columns.count },
    padding: [top, left, bottom + rows.more, right + columns.more],
  };
}
