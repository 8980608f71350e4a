// Figures below the first screen, whose code is fetched when the first maps are drawn, or when it was said why there are none:
// so nothing is fetched before them that they do not need.

import { byId, make } from './dom.js';
import { t } from './translate.js';

/** How the first screen ended. @type {Promise<void> | undefined} */
let settled;

/** Resolves once the page has left its first state. */
export function firstScreen() {
  const status = byId('status', HTMLElement);
  settled ??= new Promise((resolve) => {
    const look = () => {
      if (status.dataset['kind'] === 'busy') return;
      changes.disconnect();
      resolve();
    };
    const changes = new MutationObserver(look);
    changes.observe(status, { attributeFilter: ['data-kind'] });
    look();
  });
  return settled;
}

/** @template {{ [K in keyof T]: (...args: any[]) => unknown }} T @typedef {{ [K in keyof T]: (...args: Parameters<T[K]>) => ReturnType<T[K]> | undefined }} Later */

/** For a figure that the first screen needs. */
export const now = () => Promise.resolve();

/**
 * Stands for a figure until it is there. What it is told meanwhile it is told then: the last call of each method, in their
 * order; a new model ends what was said of the one before. Until then its methods return nothing, and its place takes no input.
 * @template {{ [K in keyof T]: (...args: any[]) => unknown }} T
 * @param {string} place the id of its element
 * @param {() => Promise<T>} load
 * @param {Promise<void>} [when] unless it is to wait for the first screen
 * @returns {Later<T>}
 */
export function later(place, load, when = firstScreen()) {
  const element = byId(place, HTMLElement);
  /** @type {T | undefined} */
  let figure;
  /** @type {Map<keyof T, any[]>} */
  const told = new Map();
  element.inert = true;

  when.then(load).then(
    (loaded) => {
      figure = loaded;
      element.inert = false;
      for (const [method, args] of told) figure[method](...args);
    },
    (error) => {
      element.inert = false;
      element.prepend(
        make('p', { class: 'notice', role: 'alert' }, () =>
          t('The code of this figure could not be fetched. Reload the page to try again.'),
        ),
      );
      throw error;
    },
  );

  return /** @type {any} */ (
    new Proxy(
      {},
      {
        get(_, name) {
          const method = /** @type {keyof T} */ (name);
          return (/** @type {any} */ ...args) => {
            if (figure) return figure[method](...args);
            if (method === 'setModel') told.clear();
            told.delete(method);
            told.set(method, args);
            return undefined;
          };
        },
      },
    )
  );
}
