// Runs a small made-up network while a worker waits for a real one, a step at a time: a message that comes meanwhile waits for one
// step at most, ten milliseconds or so (the first one, in which nothing is compiled yet, takes twice that).

import { warmUpNetwork } from './warm-up-network.js';

/** @typedef {import('../low-level.js').Engine} Engine */

/** Twice: what the first pass found to be used much is compiled during the second. */
const PASSES = 2;

/** @param {Engine} engine @returns {Generator<void, void>} its steps */
export function* warmUp(engine) {
  const model = engine.load(warmUpNetwork());
  try {
    const [channels, height, width] = model.info().input.shape;
    const picture = Float32Array.from({ length: channels * height * width }, (_, index) => (index % 251) / 251);
    for (let pass = 0; pass < PASSES; pass++) {
      yield;
      const trace = model.forward(picture);
      try {
        yield;
        trace.explain('guided', { class: 0 });
      } finally {
        trace.free();
      }
    }
  } finally {
    model.free();
  }
}
