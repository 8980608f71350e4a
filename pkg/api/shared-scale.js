import { drawOptions } from '../engine/draw-options.js';
import { RelumeError, asText } from '../engine/error.js';
import { checkSignal, optionsOf, refuseUnknown } from '../engine/options.js';
import { poolOf } from './attribution-map.js';

/** @typedef {import('./attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('./attribution-map.js').DrawOptions} DrawOptions */

/** As index.js says. @param {Iterable<AttributionMap>} maps @param {Omit<DrawOptions, 'scale'>} [options] @returns {Promise<number>} */
export async function sharedScale(maps, options) {
  const call = 'sharedScale()';
  const { fold, sign, clip, colors, over, signal: given, ...unknown } = optionsOf(options, call);
  refuseUnknown(unknown, call, ['fold', 'sign', 'clip', 'colors', 'over', 'signal']);
  const { drawing } = drawOptions({ fold, sign, clip }, call);
  const signal = checkSignal(given, call);
  const all = typeof maps === 'object' && maps !== null && Symbol.iterator in maps ? [...maps] : [maps];
  const pool = poolOf(all[0]);
  if (!pool || !all.every((map) => poolOf(map))) {
    const what = all.length === 0 ? 'none' : asText(all.find((map) => !poolOf(map)));
    throw new RelumeError('invalid-option', `${call} takes one map or more, such as [map, other], not ${what}.`);
  }
  const request = { maps: all.map(({ data, shape }) => ({ data, shape })), drawing };
  const { scale } = await pool.run((turn) => turn.call('sharedScale', request), { doing: 'finding a shared scale', signal, short: true });
  return scale;
}
