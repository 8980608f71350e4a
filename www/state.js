// The page's state: what was chosen, by hand or by the address, in all figures. The address, the export panel and the figures
// read it here and hear of its changes here. What a figure computes, such as its maps, stays with the figure.

/** @import { Pin } from './pin-notation.js' */
/** @import { Numbers } from './rule-figure.js' */
/** @import { Backend, Display } from './types.js' */
/** @import { ChosenUnit } from './unit-figure.js' */
/**
 * `network`: the one in use, or before the first has loaded the requested one; undefined for one of the visitor's that is not kept; `picture`: the
 * sample on show, empty for the visitor's own; `target`: figure 2's class, undefined for the likeliest, and by
 * its name only until its network has loaded; `numbers`: figure 1's,
 * if they are not the paper's; `unit`, `close`: figure 3's; `patches`: figure 4's layer; `compare`: figure 5's class; `randomised`: how many layers figure 6 randomises; `random`: whether the network has random weights;
 * `guess`: whether figure 2's maps wait for a guess; `pin`: what stays on show to compare with; `display`: what was chosen of the look; the usual look, which depends on the network, applies to the rest.
 * @typedef {{ network?: string | undefined, picture?: string | undefined, target?: number | string | undefined, unit?: ChosenUnit | undefined, close: boolean, patches?: string | undefined, compare?: number | undefined, randomised?: number | undefined, guess?: boolean, pin?: Pin | undefined, numbers?: Numbers | undefined, random: boolean, backend: Backend, display: Partial<Display> }} State
 */
/** @typedef {(changed: (keyof State)[]) => void} Listener */
/** @typedef {ReturnType<typeof createState>} PageState */

/** @param {State} initial */
export function createState(initial) {
  let state = initial;
  /** @type {{ keys: (keyof State)[] | 'all', listener: Listener }[]} */
  const listeners = [];
  return {
    get: () => state,
    /** @param {Partial<State>} partial what changes; never changed in place afterwards */
    set(partial) {
      const before = state;
      state = { ...state, ...partial };
      const changed = /** @type {(keyof State)[]} */ (Object.keys(partial)).filter(
        (key) => JSON.stringify(before[key]) !== JSON.stringify(state[key]),
      );
      for (const { keys, listener } of listeners) {
        if (changed.some((key) => keys === 'all' || keys.includes(key))) listener(changed);
      }
    },
    /** Calls back whenever one of these has changed. @param {(keyof State)[] | 'all'} keys @param {Listener} listener */
    subscribe(keys, listener) {
      listeners.push({ keys, listener });
    },
  };
}
