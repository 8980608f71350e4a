// Finds any class of a network by typing: an ARIA combobox with a list that opens below it.

import { searchClasses } from './class-search.js';
import { element } from './make-element.js';
import { percent } from './percent.js';

/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */

/** The most classes that the list shows. */
const MOST = 40;

/**
 * Its ids are unique as long as there is one in each document or shadow root.
 * @param {(index: number) => void} onChoose
 * @param {() => import('./words.js').Words} words
 */
export function createClassCombobox(onChoose, words) {
  const input = element('input', {
    ...{ id: 'class-search', type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false', disabled: '', part: 'search' },
    ...{ 'aria-expanded': 'false', 'aria-controls': 'class-options', 'aria-autocomplete': 'list', 'aria-describedby': 'class-message' },
  });
  const list = element('ul', { id: 'class-options', role: 'listbox', part: 'options' });
  const message = element('p', { id: 'class-message', class: 'class-message', 'aria-live': 'polite' });
  const label = element('label', { for: 'class-search' });
  const root = element('div', { class: 'classes', part: 'classes' }, label, element('div', { class: 'combo' }, input, list), message);
  list.hidden = true;
  /** @type {ClassScore[]} */
  let scores = [];
  /** @type {ClassScore[]} */
  let found = [];
  let active = -1;

  function open() {
    found = searchClasses(scores, input.value);
    active = input.value.trim() !== '' && found.length > 0 ? 0 : -1;
    const options = found
      .slice(0, MOST)
      .map(({ label: name, probability }, i) =>
        element(
          'li',
          { id: `class-option-${i}`, role: 'option' },
          element('span', {}, name),
          ' ',
          element('small', {}, percent(words(), probability)),
        ),
      );
    list.replaceChildren(...options);
    list.hidden = found.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    message.textContent = countInWords();
    mark();
  }

  function countInWords() {
    if (found.length === 0) return words().noClass(input.value.trim());
    return found.length > MOST ? words().foundMore(found.length, MOST) : words().found(found.length);
  }

  function mark() {
    [...list.children].forEach((option, i) => {
      option.setAttribute('aria-selected', String(i === active));
      if (i === active) scrollTo(/** @type {HTMLElement} */ (option));
    });
    if (active >= 0) input.setAttribute('aria-activedescendant', `class-option-${active}`);
    else input.removeAttribute('aria-activedescendant');
  }

  /** Within the list alone: scrollIntoView would move the page too. @param {HTMLElement} option */
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
    message.textContent = '';
    close();
    onChoose(chosen.index);
  }

  /** @param {number} step */
  function move(step) {
    const count = Math.min(found.length, MOST);
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
    if (input.value.trim() === '') message.textContent = '';
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
    const option = event.target instanceof Element ? event.target.closest('li') : null;
    if (option) choose([...list.children].indexOf(option));
  });

  function sayAgain() {
    label.textContent = words().otherClass;
    list.setAttribute('aria-label', words().classes);
    if (message.textContent !== '') message.textContent = countInWords();
    if (!list.hidden) open();
  }

  sayAgain();
  return {
    element: root,
    sayAgain,
    /** @param {ClassScore[]} all likeliest first */
    set(all) {
      scores = all;
      input.disabled = all.length === 0;
      if (!list.hidden) open();
    },
  };
}
