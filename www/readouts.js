// The numbers below the four pictures: the values of the pixel under the cross-hair, or else the time each took.

import { announcer, byId, make } from './dom.js';
import { exponentFor, milliseconds, scaled, timesTenTo } from './numbers.js';
import { RULES } from './rules.js';

/** @import { Pixel } from './crosshair.js' */
/** @import { AttributionMap, Rule, Trace } from './types.js' */
/** @typedef {{ trace?: Trace, maps: Partial<Record<Rule, AttributionMap>> }} Shown */

const COLOURS = ['red', 'green', 'blue'];

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
    return exponent === 0 ? named : [...named.slice(0, -1), `${named.at(-1)},`, `all ${timesTenTo(exponent)}`];
  }

  return {
    /** @param {Pixel | undefined} pixel @param {Shown} shown @param {boolean} aloud */
    show(pixel, { trace, maps }, aloud) {
      const said = [];
      if (!trace?.view) {
        write('view', []);
      } else if (pixel) {
        const values = viewValues(trace.view, pixel);
        write('view', [`x ${pixel.x}, y ${pixel.y}:`, ...values]);
        said.push(`Column ${pixel.x}, row ${pixel.y}: ${values.join(' ')}`);
      } else {
        write('view', [`${trace.view.width} × ${trace.view.height} pixels,`, `forward ${milliseconds(trace.milliseconds)}`]);
      }
      for (const rule of RULES) {
        const map = maps[rule];
        if (!map) {
          write(rule, []);
        } else if (pixel) {
          const values = mapValues(map, pixel);
          write(rule, values);
          said.push(`${rule} ${values.join(' ')}`);
        } else {
          write(rule, [`way back ${milliseconds(map.milliseconds)}`]);
        }
      }
      announce(aloud ? said.join('. ') : '');
    },
  };
}

/** @param {string} picture @param {string[]} words */
function write(picture, words) {
  const spans = words.flatMap((word) => [' ', make('span', {}, word)]);
  byId(`readout-${picture}`, HTMLElement).replaceChildren(...spans.slice(1));
}

/** Names the colours in full, because the letter R stands for the signal. @param {string[]} values */
function channels(values) {
  const last = values.length - 1;
  return values.map((value, i) => `${COLOURS[i] ?? ''} ${value}${i < last ? ',' : ''}`);
}
