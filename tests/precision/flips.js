// In the page: the engine and the reference side by side.

import { open } from '../../pkg/low-level.js';
import { Reference } from './reference.js';

/** @param {string} model @param {'flex' | 'ndarray'} backend */
async function begin(model, backend) {
  const file = await (await fetch(model)).arrayBuffer();
  const engine = await open({ backend });
  const network = engine.load(file);
  const reference = new Reference(file);

  /**
   * How many units a picture has behind ReLUs, and which of them fire in one of the two and not in the other; and how far
   * the scores are apart, relative to the largest.
   * @param {string} base64
   * @returns {Promise<{ units: number, flipped: string[], apart: number }>}
   */
  async function compare(base64) {
    const bitmap = await createImageBitmap(await (await fetch(`data:application/octet-stream;base64,${base64}`)).blob());
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (context === null) throw new Error('this browser draws nothing');
    context.drawImage(bitmap, 0, 0);
    const trace = network.forwardPicture(context.getImageData(0, 0, width, height).data, width, height);
    const exact = reference.run(trace.input());
    let units = 0;
    const flipped = [];
    for (const { name, kind } of reference.layers) {
      if (kind !== 'relu') continue;
      const {
        data,
        shape: [channels, rows, columns],
      } = trace.activation(name);
      const right = exact.get(name)?.data ?? new Float64Array();
      if (right.length !== data.length) throw new Error(`${name} has ${data.length} units, not ${right.length}`);
      units += data.length;
      for (let i = 0; i < data.length; i++) {
        const [channel, pixel] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
        const value = /** @type {number} */ (right[pixel * channels + channel]);
        if (/** @type {number} */ (data[i]) > 0 !== value > 0)
          flipped.push(`${name}:${channel}@${Math.floor(pixel / columns)},${pixel % columns}`);
      }
    }
    const scores = exact.get(network.info().logitsLayer)?.data ?? new Float64Array();
    const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
    const apart =
      trace.logits().reduce((most, logit, i) => Math.max(most, Math.abs(logit - /** @type {number} */ (scores[i]))), 0) / largest;
    trace.free();
    return { units, flipped, apart };
  }
  return { build: engine.build, compare };
}

/** @type {Awaited<ReturnType<typeof begin>> | undefined} */
let begun;

Object.assign(globalThis, {
  flips: {
    async begin(/** @type {Parameters<typeof begin>} */ ...asked) {
      begun = await begin(...asked);
      return begun.build;
    },
    compare: (/** @type {string} */ base64) => begun?.compare(base64),
  },
});
