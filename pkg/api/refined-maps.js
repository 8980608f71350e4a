import { spreadSteps } from '../pool/spread-steps.js';
import { AttributionMap } from './attribution-map.js';
import { RefinedMap } from './refined-map.js';

/** @typedef {import('../pool/worker-pool.js').WorkerPool} WorkerPool */
/** @typedef {import('../pool/remote-object.js').RemoteObject<any>} RemoteObject */
/** @typedef {import('../engine/types.js').CheckedMethod} CheckedMethod */
/** @template {import('../worker/protocol.js').Operation} K @typedef {import('../worker/protocol.js').Request<K>} Request */

/**
 * The maps of a method of many steps while it grows, its steps spread over the workers.
 * @param {WorkerPool} pool
 * @param {RemoteObject} trace
 * @param {import('./attribution-map.js').Seen} seen
 * @param {Pick<Request<'explain'>, 'method' | 'target'> & { numbers: number }} wanted `numbers`: of the picture
 * @param {AbortSignal | undefined} signal
 * @returns {AsyncGenerator<AttributionMap, void, void>}
 */
export async function* refinedMaps(pool, trace, seen, { method, target, numbers }, signal) {
  // Of noise that was given, each piece needs its own samples only.
  const samples = method.options.method === 'smoothgrad' && method.numbers ? method.numbers.length / numbers : undefined;
  const isCut = samples !== undefined && Number.isInteger(samples) && samples > 1;
  /** @type {RefinedMap | undefined} */
  let refined;
  /** @param {number} from @param {number} to @param {AbortSignal} ending */
  const piece = (from, to, ending) =>
    pool.run(
      async (turn) => {
        const part = isCut
          ? { method: { ...method, numbers: method.numbers?.slice(from * numbers, to * numbers) }, from: 0, to: to - from }
          : { method, from, to };
        return turn.call('explainPart', {
          trace: await trace.in(turn),
          target,
          ...part,
          method: /** @type {CheckedMethod} */ (part.method),
        });
      },
      { doing: 'explaining', remote: trace, signal: ending },
    );
  const work = {
    piece,
    about: (/** @type {Awaited<ReturnType<typeof piece>>} */ { steps, milliseconds }) => ({ steps: isCut ? samples : steps, milliseconds }),
    steps: isCut ? samples : stepsOf(method.options),
    workers: pool.size,
    signal,
  };
  for await (const { pieces, done, total } of spreadSteps(work)) {
    for (const { piece: part } of pieces) {
      refined ??= new RefinedMap(part);
      refined.add(part);
    }
    if (refined) yield new AttributionMap(pool, refined.map, seen, undefined, { done, total });
  }
}

/** How many steps the options ask for, if they say it. @param {{ method: string, samples?: unknown, steps?: unknown, masks?: unknown }} options */
function stepsOf({ samples, steps, masks }) {
  const told = samples ?? steps ?? masks;
  return typeof told === 'number' && told >= 1 ? told : undefined;
}
