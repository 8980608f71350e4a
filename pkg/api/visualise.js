// A picture that a unit answers to strongly, while it grows.

import { checkSignal, optionsOf } from '../engine/options.js';
import { checkVisualised, checkedVisualisation } from '../engine/visualisation.js';
import { PIECE } from '../pool/spread-steps.js';
import { targetOf } from './explain-options.js';
import { imageOf } from './picture.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('../pool/remote-object.js').RemoteObject<any>} RemoteObject */
/** @typedef {import('../engine/types.js').Target} Target */
/** @typedef {import('../engine/visualisation.js').VisualisationOptions} VisualisationOptions */
/** @typedef {import('../worker/protocol.js').Answer<'visualise'>} Answer */

/** @typedef {VisualisationOptions & { target: Target, signal?: AbortSignal }} VisualiseOptions */

/**
 * A visualisation after `done` of its `steps`. `pixels`: denormalised, and cut off at black and white; `data`: the numbers that these were made of, `[3, H, W]` in
 * a row, normalised; `target`: what is maximised, without `at` the mean of a channel, and `value` what it is worth in `data`; `milliseconds`: how long
 * the engine took since the picture before.
 * @typedef {{ pixels: ImageData, data: Float32Array, shape: import('../engine/types.js').Shape, target: { layer: string, channel: number, at?: [y: number, x: number] },
 *   value: number, done: number, steps: number, milliseconds: number }} VisualisedPicture
 */

/**
 * Each step needs the one before, so they are done in one worker at a time; the picture goes to it and comes back, and no worker keeps any.
 * @param {WorkerPool} pool
 * @param {RemoteObject} model
 * @param {string[]} classes
 * @param {VisualiseOptions} options
 * @returns {AsyncGenerator<VisualisedPicture, void, void>}
 */
export async function* visualisedPictures(pool, model, classes, options) {
  const call = 'visualise()';
  const { target, signal: given, ...own } = optionsOf(options, call);
  const request = {
    options: checkedVisualisation(own, call, 'target', 'signal'),
    target: targetOf(checkVisualised(target, call), classes),
  };
  const signal = checkSignal(given, call);
  /** @type {{ data: Float32Array, done: number } | undefined} */
  let after;
  let to = 0;
  for (;;) {
    /** @type {Answer} */
    const answer = await pool.run(async (turn) => turn.call('visualise', { model: await model.in(turn), ...request, after, to }), {
      doing: 'visualising',
      remote: model,
      signal,
    });
    const { rgba, ...picture } = answer;
    const { data, shape, done, steps, milliseconds } = picture;
    // At most what a piece of any other work takes, the passes around the steps included.
    const count = done > (after?.done ?? 0) ? Math.floor(((done - (after?.done ?? 0)) * PIECE) / Math.max(milliseconds, 0.01)) : 1;
    to = Math.min(done + Math.max(1, count), steps);
    // A copy: what is done to the picture on show changes nothing of those that follow.
    after = { data: data.slice(), done };
    yield { ...picture, pixels: imageOf({ rgba, width: shape[2], height: shape[1] }) };
    if (done === steps) return;
  }
}
