// relume as a page uses it: in a worker of its own, one thread.

import { Relume } from '../../../pkg/index.js';

/** @typedef {import('./page.js').Engine} Engine */

/**
 * @param {string} build
 * @param {ArrayBuffer} file
 * @param {Float32Array} input
 * @returns {Promise<Engine>}
 */
export async function startRelume(build, file, input) {
  const relume = await Relume.start({ backend: 'flex', relaxed: build === 'flex-relaxed' });
  const network = await relume.load(file);
  if (relume.build() !== build) throw new Error(`${relume.build()} was started, not ${build}`);
  return {
    version: '',
    async forward() {
      const trace = await network.forward(input);
      trace.close();
      return trace.logits;
    },
    guided: async () => (await network.explain(input, { method: 'guided' })).data,
  };
}
