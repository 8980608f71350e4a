// A group of pictures to choose from. The Tab key stops once; the arrow keys move between the pictures.

import { make } from './page.js';

/**
 * `side`: in CSS pixels, until the style sheet applies; `sign`: shown in a corner.
 * @typedef {{ name: string, title: string, alt: string, src: string, side: number, sign?: string }} Tile
 */

/**
 * @param {HTMLElement} group
 * @param {(name: string) => void} onChoose
 */
export function createTiles(group, onChoose) {
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();

  /** @param {HTMLButtonElement} stop the one the Tab key reaches */
  function rove(stop) {
    for (const button of buttons.values()) button.tabIndex = button === stop ? 0 : -1;
  }

  /** @param {string} name @param {Record<string, string>} attributes @param {...Node} contents */
  function button(name, attributes, ...contents) {
    const tabindex = buttons.size === 0 ? '0' : '-1';
    const made = make('button', { type: 'button', 'aria-pressed': 'false', tabindex, ...attributes }, ...contents);
    made.addEventListener('click', () => onChoose(name));
    buttons.set(name, made);
    return made;
  }

  group.addEventListener('keydown', (event) => {
    const all = [...buttons.values()];
    const from = all.find((button) => button === event.target);
    if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = event.key === 'Home' ? all.at(0) : event.key === 'End' ? all.at(-1) : neighbour(from, all, event.key);
    if (!to) return;
    event.preventDefault();
    rove(to);
    to.focus();
  });

  return {
    /** @param {HTMLElement} place within the group @param {Tile} tile */
    add(place, { name, title, alt, src, side, sign }) {
      const marks = sign ? [make('span', { class: 'sign', 'aria-hidden': 'true' }, sign)] : [];
      place.append(button(name, { id: `sample-${name}`, title }, make('img', { src, alt, width: String(side), height: String(side) }), ...marks));
    },
    /** Adds a tile with other contents. @param {HTMLElement} place @param {string} name @param {string} title @param {...Node} contents */
    addMade(place, name, title, ...contents) {
      place.append(button(name, { title, 'aria-label': title }, ...contents));
    },
    clear() {
      for (const each of buttons.values()) each.remove();
      buttons.clear();
    },
    /** @param {string} name */
    focus(name) { buttons.get(name)?.focus(); },
    /** @param {string | undefined} name of the one on show, which may be in another group */
    mark(name) {
      for (const [other, button] of buttons) button.setAttribute('aria-pressed', String(other === name));
      const chosen = buttons.get(name ?? '');
      if (chosen) rove(chosen);
    },
  };
}

/** @type {Record<string, { x: number, y: number } | undefined>} */
const DIRECTIONS = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/**
 * The next tile by position on the screen, because the number in a row depends on the width of the page.
 * @param {HTMLButtonElement} from
 * @param {HTMLButtonElement[]} all
 * @param {string} key
 */
function neighbour(from, all, key) {
  const direction = DIRECTIONS[key];
  if (!direction) return undefined;
  const here = from.getBoundingClientRect();
  let nearest;
  let least = Infinity;
  for (const button of all) {
    const there = button.getBoundingClientRect();
    const along = (there.x - here.x) * direction.x + (there.y - here.y) * direction.y;
    const aside = Math.abs((there.x - here.x) * direction.y) + Math.abs((there.y - here.y) * direction.x);
    if (along > 0 && aside < here.width / 2 && along < least) {
      nearest = button;
      least = along;
    }
  }
  return nearest;
}
