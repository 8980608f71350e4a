// A group of small pictures to choose from. The Tab key stops once; the arrow keys move between the pictures.

import { roveFocus } from './arrow-keys.js';
import { make } from './dom.js';

/**
 * @param {HTMLElement} group
 * @param {(name: string) => void} onChoose
 */
export function createThumbnails(group, onChoose) {
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  const stopAt = roveFocus(group, () => [...buttons.values()], 'on-screen');

  return {
    /**
     * @param {HTMLElement} place within the group
     * @param {string} name
     * @param {{ title: string | (() => string), [attribute: string]: string | (() => string) }} attributes
     * @param {...Node} contents
     */
    add(place, name, attributes, ...contents) {
      const button = make(
        'button',
        { type: 'button', 'aria-pressed': 'false', tabindex: buttons.size === 0 ? '0' : '-1', ...attributes },
        ...contents,
      );
      button.addEventListener('click', () => onChoose(name));
      buttons.set(name, button);
      place.append(button);
    },
    clear() {
      for (const each of buttons.values()) each.remove();
      buttons.clear();
    },
    /** @param {string} name */
    focus(name) {
      buttons.get(name)?.focus();
    },
    /** @param {string | undefined} name of the one on show, which may be in another group */
    mark(name) {
      for (const [other, button] of buttons) button.setAttribute('aria-pressed', String(other === name));
      const chosen = buttons.get(name ?? '');
      if (chosen) stopAt(chosen);
    },
  };
}
