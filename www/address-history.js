// The address and the browser's history. The address says what is on show. Each choice of a network, a picture, a class or a
// unit is an entry of the history, so that Back undoes it; whatever is typed or dragged changes the entry that there is.

import { hashOf, isPlace } from './permalink.js';

/** @import { Usual } from './permalink.js' */
/** @import { PageState, State } from './state.js' */
/** @import { Picture } from './types.js' */
/** The visitor's own picture and network on show, which no address can name. @typedef {{ picture?: Picture | undefined, network?: File | undefined }} Own */
/** What an entry of the history holds. @typedef {{ id: string, shown: State }} Entry */

/** In milliseconds: browsers limit how often an address may change, and a slider changes it often. */
const DELAY = 250;

/**
 * @param {{
 *   state: PageState,
 *   usual: () => Usual | undefined,
 *   own: () => Own,
 *   onEntry: (shown: State, own: Own | undefined) => void,
 *   onAddress: (hash: string) => void,
 * }} options `usual`: undefined while the address must stay as it is; `onEntry`: Back or Forward, `own` is undefined if the page was
 *   loaded anew since; `onAddress`: another address, by a link or by hand
 */
export function createAddressHistory({ state, usual, own, onEntry, onAddress }) {
  /** By the entry's id. @type {Map<string, Own>} */
  const kept = new Map();
  let timer = 0;
  let last = 0;
  /** What the current entry shows; undefined until what its address asks for is on show. @type {{ id: string, choices: string, own: Own } | undefined} */
  let current;
  /** Where Back or Forward led to, until its `hashchange` has come as well. @type {string | undefined} */
  let reached;

  function write() {
    const defaults = usual();
    if (!defaults) return;
    const shown = state.get();
    const mine = own();
    // The visitor's own network is told by its file, which may be kept, or forgotten, meanwhile.
    const choices = choicesOf(mine.network ? { ...shown, network: undefined } : shown);
    const isNew =
      current !== undefined &&
      (choices !== current.choices || mine.picture !== current.own.picture || mine.network !== current.own.network);
    const id = current && !isNew ? current.id : `${performance.timeOrigin}-${++last}`;
    const hash = hashOf(shown, defaults);
    // If there is nothing to write, a place on the page stays in the address.
    const stays = hash === '' && isPlace(location.hash) && !isNew;
    const address = stays ? location.href : hash || location.pathname + location.search;
    current = { id, choices, own: mine };
    kept.set(id, mine);
    /** @type {Entry} */
    const entry = { id, shown };
    if (isNew) history.pushState(entry, '', address);
    else history.replaceState(entry, '', address);
  }

  function writeSoon() {
    clearTimeout(timer);
    timer = setTimeout(write, DELAY);
  }
  state.subscribe('all', writeSoon);

  addEventListener('popstate', ({ state: entry }) => {
    clearTimeout(timer);
    reached = undefined;
    // Without an entry it is a link, and `hashchange` follows.
    if (!isEntry(entry)) return;
    reached = location.href;
    current = undefined;
    onEntry(entry.shown, kept.get(entry.id));
  });
  addEventListener('hashchange', ({ newURL }) => {
    if (newURL === reached) return;
    // location.hash may already have been overwritten with the state before.
    const { hash } = new URL(newURL);
    current = isPlace(hash) ? current && { ...current, id: `${performance.timeOrigin}-${++last}` } : undefined;
    onAddress(hash);
    // The entry of a place shows what the one before it showed.
    if (isPlace(hash)) writeSoon();
  });

  /** To be called when the address need not stay as it is any longer. */
  return { write: writeSoon };
}

/** What makes another entry when it changes. @param {State} state */
function choicesOf({ network, random, picture, target, unit }) {
  return JSON.stringify([network, random, picture, target, unit]);
}

/** @param {unknown} value @returns {value is Entry} */
function isEntry(value) {
  return typeof value === 'object' && value !== null && 'id' in value && 'shown' in value;
}
