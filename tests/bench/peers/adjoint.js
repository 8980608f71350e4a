// The way back through a convolution, as a convolution. With stride s every output of the way back falls into one of s
// phases in each direction, and each phase is a convolution of stride 1 with its own share of the taps. All phases
// together are one convolution with s² times the channels, whose result is then spread out (depth to space). Stride 1 is
// the case of one phase: the kernel turned round.

/** @typedef {import('./network.js').Convolution} Convolution */
/** @typedef {{ taps: number[][], kernel: number, before: number, after: number }} Axis
 *   `taps`: for each phase and place in the new kernel the tap of the old one, or -1 for none */

/**
 * One direction. Forward, output o reads input s·o + k − p by tap k. So input i = s·q + a gets its signal from the
 * outputs o = q + (a + p − k) / s, for those taps k for which that is a whole number.
 * @param {{ name: string, kernel: number, stride: number, padding: number, inputs: number, outputs: number }} along
 * @returns {Axis}
 */
function axis({ name, kernel, stride, padding, inputs, outputs }) {
  const taps = Array.from({ length: kernel }, (_, tap) => tap);
  const phases = Array.from({ length: stride }, (_, phase) =>
    taps.filter((tap) => (phase + padding - tap) % stride === 0).map((tap) => ({ tap, offset: (phase + padding - tap) / stride })),
  );
  const offsets = phases.flat().map(({ offset }) => offset);
  const first = Math.min(...offsets);
  const last = Math.max(...offsets);
  const after = last + Math.ceil(inputs / stride) - outputs;
  if (first > 0 || after < 0) throw new Error(`${name}: its padding has no way back here`);
  return {
    taps: phases.map((phase) =>
      Array.from({ length: last - first + 1 }, (_, place) => phase.find(({ offset }) => offset === first + place)?.tap ?? -1),
    ),
    kernel: last - first + 1,
    before: -first,
    after,
  };
}

/** @param {Convolution} step */
export function adjoint({ name, from, shape, kernel, stride, padding, dilation, groups, weight }) {
  if (dilation.some((by) => by !== 1)) throw new Error(`${name}: the way back of a dilated convolution is not written`);
  const rows = axis({ name, kernel: kernel[0], stride: stride[0], padding: padding[0], inputs: from[1], outputs: shape[1] });
  const columns = axis({ name, kernel: kernel[1], stride: stride[1], padding: padding[1], inputs: from[2], outputs: shape[2] });
  const inGroup = from[0] / groups;
  return {
    kernel: /** @type {const} */ ([rows.kernel, columns.kernel]),
    /** top, left, bottom, right */
    padding: /** @type {const} */ ([rows.before, columns.before, rows.after, columns.after]),

    /**
     * The weight of the way back from channel `output` to channel `input` of one group.
     * @param {number} phase row by row
     * @param {number} output counted among all
     * @param {number} input counted within the group
     * @param {number} y @param {number} x the place in the new kernel
     */
    weight(phase, output, input, y, x) {
      const row = rows.taps[Math.floor(phase / stride[1])]?.[y] ?? -1;
      const column = columns.taps[phase % stride[1]]?.[x] ?? -1;
      if (row < 0 || column < 0) return 0;
      return weight[((output * inGroup + input) * kernel[0] + row) * kernel[1] + column] ?? NaN;
    },
  };
}
