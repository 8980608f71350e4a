// Finds any class of a network by typing: an ARIA combobox. Who uses it brings the elements and says what stands in them.

import { searchClasses } from './class-search.js';

/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */
/** What was typed, how many classes fit, and how many of them are listed. @typedef {{ typed: string, count: number, listed: number }} Found */
/**
 * `list`: positioned, its options are inside it. `nameOf`: what a class is called there. `option`: what stands in an option. `report`: says what was found, and with undefined
 * that nothing is searched.
 * @typedef {object} Field
 * @property {HTMLInputElement} input
 * @property {HTMLUListElement} list
 * @property {(label: string) => string} nameOf
 * @property {(score: ClassScore) => (Node | string)[]} option
 * @property {(found: Found | undefined) => void} report
 */

/** The most classes that the list shows. */
const MOST = 40;

/**
 * The ids of the options are unique as long as there is one in each document or shadow root.
 * @param {Field} field
 * @param {(index: number) => void} onChoose
 */
export function createClassCombobox({ input, list, nameOf, option, report }, onChoose) {
  /** @type {ClassScore[]} */
  let scores = [];
  /** @type {ClassScore[]} */
  let found = [];
  let active = -1;

  function open() {
    found = searchClasses(scores, input.value, nameOf);
    active = input.value.trim() !== '' && found.length > 0 ? 0 : -1;
    const options = found.slice(0, MOST).map((score, i) => {
      const item = document.createElement('li');
      item.id = `class-option-${i}`;
      item.setAttribute('role', 'option');
      item.append(...option(score));
      return item;
    });
    list.replaceChildren(...options);
    list.hidden = found.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    report({ typed: input.value.trim(), count: found.length, listed: options.length });
    mark();
  }

  function mark() {
    [...list.children].forEach((item, i) => {
      item.setAttribute('aria-selected', String(i === active));
      if (i === active) scrollTo(/** @type {HTMLElement} */ (item));
    });
    if (active >= 0) input.setAttribute('aria-activedescendant', `class-option-${active}`);
    else input.removeAttribute('aria-activedescendant');
  }

  /** Within the list alone: scrollIntoView would move the page too. @param {HTMLElement} item */
  function scrollTo({ offsetTop, offsetHeight }) {
    if (offsetTop < list.scrollTop) list.scrollTop = offsetTop;
    else if (offsetTop + offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = offsetTop + offsetHeight - list.clientHeight;
  }

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  /** @param {number} i */
  function choose(i) {
    const chosen = found[i];
    if (!chosen) return;
    input.value = '';
    report(undefined);
    close();
    onChoose(chosen.index);
  }

  /** @param {number} step */
  function move(step) {
    const count = list.children.length;
    if (list.hidden) open();
    else if (count > 0) {
      active = active < 0 ? (step > 0 ? 0 : count - 1) : (active + step + count) % count;
      mark();
    }
  }

  input.addEventListener('input', open);
  input.addEventListener('click', open);
  input.addEventListener('blur', () => {
    close();
    if (input.value.trim() === '') report(undefined);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (list.hidden) open();
      choose(active);
    } else if (event.key === 'Escape') {
      close();
    }
  });
  // Otherwise pressing on an option would take the focus from the input, which closes the list before the click.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const item = event.target instanceof Element ? event.target.closest('li') : null;
    if (item) choose([...list.children].indexOf(item));
  });

  return {
    /** Makes the list anew if it is open. */
    refresh() {
      if (!list.hidden) open();
    },
    /** @param {ClassScore[]} all likeliest first; none: nothing can be searched */
    set(all) {
      scores = all;
      input.disabled = all.length === 0;
      if (input.disabled) close();
      else if (!list.hidden) open();
    },
  };
}
