// The text field of <relume-view> that finds any class of the network, with its label and its list.

import { createClassCombobox } from './class-combobox.js';
import { element } from './make-element.js';
import { percent } from './percent.js';
import { className } from './words.js';

/** @typedef {import('./class-combobox.js').Found} Found */

/**
 * @param {(index: number) => void} onChoose
 * @param {() => import('./words.js').Words} words
 */
export function createClassField(onChoose, words) {
  const input = element('input', {
    ...{ id: 'class-search', type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false', disabled: '', part: 'search' },
    ...{ 'aria-expanded': 'false', 'aria-controls': 'class-options', 'aria-autocomplete': 'list', 'aria-describedby': 'class-message' },
  });
  const list = element('ul', { id: 'class-options', role: 'listbox', part: 'options' });
  const message = element('p', { id: 'class-message', class: 'class-message', 'aria-live': 'polite' });
  const labelling = element('label', { for: 'class-search' });
  const root = element('div', { class: 'classes', part: 'classes' }, labelling, element('div', { class: 'combo' }, input, list), message);
  list.hidden = true;
  /** @type {Found | undefined} */
  let found;
  const nameOf = (/** @type {string} */ label) => className(words(), label);
  const combobox = createClassCombobox(
    {
      ...{ input, list, nameOf, report },
      option: ({ label: name, probability }) => [
        element('span', {}, nameOf(name)),
        ' ',
        element('small', {}, percent(words(), probability)),
      ],
    },
    onChoose,
  );

  /** @param {Found | undefined} result */
  function report(result) {
    found = result;
    message.textContent = result ? inWords(result) : '';
  }

  /** @param {Found} result */
  function inWords({ typed, count, listed }) {
    if (count === 0) return words().noClass(typed);
    return count > listed ? words().foundMore(count, listed) : words().found(count);
  }

  function sayAgain() {
    labelling.textContent = words().otherClass;
    list.setAttribute('aria-label', words().classes);
    report(found);
    combobox.refresh();
  }

  sayAgain();
  return { element: root, sayAgain, set: combobox.set };
}
