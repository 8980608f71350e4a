// A unit in words, as on the command line: `LAYER:CHANNEL` or `LAYER:CHANNEL@ROW,COLUMN`.

/** @typedef {{ layer: string, channel: number, at?: [y: number, x: number] }} UnitTarget */

/**
 * @param {string} text
 * @returns {UnitTarget | undefined} undefined for what is not in this notation
 */
export function parseUnit(text) {
  const [, layer, channel, y, x] = /^([^:@]+):(\d{1,9})(?:@(\d{1,9}),(\d{1,9}))?$/.exec(text) ?? [];
  if (layer === undefined) return undefined;
  return { layer, channel: Number(channel), ...(y !== undefined && { at: [Number(y), Number(x)] }) };
}

/** @param {UnitTarget} unit */
export function formatUnit({ layer, channel, at }) {
  return `${layer}:${channel}${at ? `@${at.join(',')}` : ''}`;
}
