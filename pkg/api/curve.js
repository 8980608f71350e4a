import { RelumeError, asText } from '../engine/error.js';
import { CHANGES, MOST_POINTS } from '../engine/curve-options.js';
import { LARGEST_SEED, wholeNumber } from '../engine/numbers.js';
import { checkProgress, checkSignal, optionsOf, refuseUnknown } from '../engine/options.js';
import { spreadSteps } from '../pool/spread-steps.js';
import { AttributionMap } from './attribution-map.js';
import { targetOf } from './explain-options.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('../pool/remote-object.js').RemoteObject<any>} RemoteObject */
/** @typedef {import('../engine/types.js').Target} Target */

/**
 * The answer against the share of pixels that were changed: the probability of the class, or the value of a unit that is no class. `area`: under
 * the curve, by trapezoids.
 * @typedef {{ shares: number[], values: number[], area: number }} Curve
 */

/**
 * @typedef {object} CurveOptions
 * @property {AttributionMap | 'edges' | 'random'} by the map whose most important pixels go first; or one that knows nothing of the network: plain edges
 *   (Sobel's gradient), or an order by chance
 * @property {'deletion' | 'insertion'} [change] `deletion` unless told
 * @property {number} [points] how many steps from no pixel to all of them; 50 unless told, 10 000 at most
 * @property {Target} [target] that of the map unless told; by edges and by chance `'top'`
 * @property {number} [seed] of the order by chance; 1 unless told
 * @property {AbortSignal} [signal]
 * @property {(at: { done: number, total: number, curve: Curve }) => void} [onProgress] also with the curve so far
 */

/** @param {CurveOptions} options @param {string[]} classes */
export function curveOptions(options, classes) {
  const call = 'curve()';
  const { by, change = 'deletion', points = 50, target, seed = 1, signal, onProgress, ...unknown } = optionsOf(options, call);
  refuseUnknown(unknown, call, ['by', 'change', 'points', 'target', 'seed', 'signal', 'onProgress']);
  if (!(by instanceof AttributionMap) && by !== 'edges' && by !== 'random') {
    throw new RelumeError('invalid-option', `${call} takes as "by" a map, edges or random, not ${asText(by)}.`);
  }
  if (!CHANGES.includes(change))
    throw new RelumeError('invalid-option', `${call} takes as change ${CHANGES.join(' or ')}, not ${asText(change)}.`);
  const own = by instanceof AttributionMap ? { layer: by.target.layer, channel: by.target.channel, at: by.target.at } : 'top';
  return {
    by,
    change,
    points: wholeNumber(points, `${call} takes as points`, 1, MOST_POINTS),
    seed: wholeNumber(seed, `${call} takes as seed`, 0, LARGEST_SEED),
    target: targetOf(target ?? own, classes),
    signal: checkSignal(signal, call),
    onProgress: /** @type {CurveOptions['onProgress']} */ (checkProgress(onProgress, call)),
  };
}

/**
 * @param {WorkerPool} pool
 * @param {RemoteObject} trace
 * @param {number} pixels of the picture
 * @param {ReturnType<typeof curveOptions>} options
 * @returns {Promise<Curve>}
 */
export async function curveOf(pool, trace, pixels, { by, change, points, seed, target, signal, onProgress }) {
  const doing = 'computing the curve';
  const map = await importance();
  const work = {
    piece: (/** @type {number} */ from, /** @type {number} */ to, /** @type {AbortSignal} */ ending) =>
      pool.run(async (turn) => turn.call('curve', { trace: await trace.in(turn), target, map, change, points, from, to }), {
        doing,
        remote: trace,
        signal: ending,
      }),
    about: (/** @type {{ milliseconds: number }} */ { milliseconds }) => ({ steps: points + 1, milliseconds }),
    steps: points + 1,
    workers: pool.size,
    signal,
  };
  /** @type {[share: number, value: number][]} */
  const found = [];
  for await (const { pieces, done, total } of spreadSteps(work)) {
    for (const { piece } of pieces) {
      for (let i = 0; i < piece.pairs.length; i += 2) found.push([piece.pairs[i] ?? 0, piece.pairs[i + 1] ?? 0]);
    }
    onProgress?.({ done, total, curve: curve(found) });
  }
  return curve(found);

  async function importance() {
    if (by instanceof AttributionMap) return by.data;
    const { data } = await pool.run(
      async (turn) =>
        by === 'edges' ? turn.call('edges', { trace: await trace.in(turn) }) : turn.call('randomImportance', { pixels, seed }),
      { doing, remote: trace, signal },
    );
    return data;
  }
}

/** @param {[share: number, value: number][]} found @returns {Curve} */
function curve(found) {
  const sorted = [...found].sort(([a], [b]) => a - b);
  let area = 0;
  for (const [i, [share, value]] of sorted.entries()) {
    const [before, last] = sorted[i - 1] ?? [share, value];
    area += ((share - before) * (value + last)) / 2;
  }
  return { shares: sorted.map(([share]) => share), values: sorted.map(([, value]) => value), area };
}
