// The numbers below the four pictures: the values of the pixel under the cross-hair, or else the time each took.

import { announcer, byId, make } from './dom.js';
import { say } from './live-text.js';
import { exponentFor, milliseconds, scaled, timesTenTo } from './numbers.js';
import { RULES, ruleName } from './rules.js';
import { t } from './translate.js';

/** @import { Pixel } from './crosshair.js' */
/** @import { AttributionMap, Rule, Trace } from './types.js' */
/** @typedef {{ trace?: Trace, maps: Partial<Record<Rule, AttributionMap>> }} Shown */

/** In full, because the letter R stands for the signal. */
const COLOURS = [
  (/** @type {string} */ value) => t('red {value}', { value }),
  (/** @type {string} */ value) => t('green {value}', { value }),
  (/** @type {string} */ value) => t('blue {value}', { value }),
];

export function createReadouts() {
  const announce = announcer(byId('crosshair-live', HTMLElement));
  /** Cached, because it takes a search of the whole map. @type {WeakMap<AttributionMap, number>} */
  const exponents = new WeakMap();

  /** @param {AttributionMap} map */
  function exponentOf(map) {
    let exponent = exponents.get(map);
    if (exponent === undefined) {
      exponent = exponentFor(map.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
      exponents.set(map, exponent);
    }
    return exponent;
  }

  /** @param {ImageData} view @param {Pixel} pixel @returns {string[]} */
  function viewValues({ data, width }, { x, y }) {
    const first = (y * width + x) * 4;
    return channels([...data.subarray(first, first + 3)].map(String));
  }

  /** @param {AttributionMap} map @param {Pixel} pixel @returns {string[]} */
  function mapValues(map, { x, y }) {
    const [planes = 0, height = 0, width = 0] = map.shape;
    const exponent = exponentOf(map);
    const values = Array.from({ length: planes }, (_, c) => map.data[(c * height + y) * width + x] ?? 0);
    const named = channels(values.map((value) => scaled(value, exponent)));
    return exponent === 0 ? named : [...named.slice(0, -1), `${named.at(-1)},`, t('all {power}', { power: timesTenTo(exponent) })];
  }

  return {
    /** @param {Pixel | undefined} pixel @param {Shown} shown @param {boolean} aloud */
    show(pixel, { trace, maps }, aloud) {
      const said = [];
      if (!trace?.view) {
        write('view', () => []);
      } else if (pixel) {
        const { view } = trace;
        write('view', () => [`x ${pixel.x}, y ${pixel.y}:`, ...viewValues(view, pixel)]);
        said.push(t('Column {x}, row {y}: {values}', { x: pixel.x, y: pixel.y, values: viewValues(view, pixel).join(' ') }));
      } else {
        const { width, height } = trace.view;
        write('view', () => [
          t('{width} × {height} pixels,', { width, height }),
          t('forward {time}', { time: milliseconds(trace.milliseconds) }),
        ]);
      }
      for (const rule of RULES) {
        const map = maps[rule];
        if (!map) {
          write(rule, () => []);
        } else if (pixel) {
          write(rule, () => mapValues(map, pixel));
          said.push(`${ruleName(rule)} ${mapValues(map, pixel).join(' ')}`);
        } else {
          write(rule, () => [t('way back {time}', { time: milliseconds(map.milliseconds) })]);
        }
      }
      announce(aloud ? said.join('. ') : '');
    },
  };
}

/** @param {string} picture @param {() => string[]} parts each stays on one line */
function write(picture, parts) {
  say(byId(`readout-${picture}`, HTMLElement), () => parts().flatMap((part, i) => [...(i === 0 ? [] : [' ']), make('span', {}, part)]));
}

/** @param {string[]} values */
function channels(values) {
  const last = values.length - 1;
  return values.map((value, i) => `${COLOURS[i]?.(value) ?? value}${i < last ? ',' : ''}`);
}
