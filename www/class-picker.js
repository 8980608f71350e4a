// Searches all classes of the network: an ARIA combobox with a list that opens below it.

import { searchClasses } from '../pkg/element/class-search.js';
import { byId, make } from './dom.js';
import { say } from './live-text.js';
import { percent } from './numbers.js';
import { className, t } from './translate.js';

/** @import { ClassScore } from './types.js' */

const MOST = 40;

/** @param {(index: number) => void} onChoose */
export function createClassPicker(onChoose) {
  const input = byId('class-search', HTMLInputElement);
  const list = byId('class-options', HTMLUListElement);
  const message = byId('class-message', HTMLElement);
  /** @type {ClassScore[]} */
  let predictions = [];
  /** @type {ClassScore[]} */
  let found = [];
  let active = -1;

  function open() {
    found = searchClasses(predictions, input.value);
    active = input.value.trim() !== '' && found.length > 0 ? 0 : -1;
    list.replaceChildren(
      ...found.slice(0, MOST).map((prediction, i) =>
        make(
          'li',
          { id: `class-option-${i}`, role: 'option' },
          make('span', {}, () => className(prediction.label)),
          make('small', {}, () => percent(prediction.probability)),
        ),
      ),
    );
    const shown = predictions.length > 0 && found.length > 0;
    list.hidden = !shown;
    input.setAttribute('aria-expanded', String(shown));
    const [typed, count] = [input.value.trim(), found.length];
    if (count === 0) say(message, () => t('No class is called “{typed}”. Try a shorter or more general word.', { typed }));
    else if (count > MOST) say(message, () => t('{count} classes, the likeliest {listed} listed.', { count, listed: MOST }));
    else say(message, () => (count === 1 ? t('1 class.') : t('{count} classes.', { count })));
    mark();
  }

  function mark() {
    [...list.children].forEach((option, i) => {
      option.setAttribute('aria-selected', String(i === active));
      if (i === active) option.scrollIntoView({ block: 'nearest' });
    });
    if (active >= 0) input.setAttribute('aria-activedescendant', `class-option-${active}`);
    else input.removeAttribute('aria-activedescendant');
  }

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  /** @param {number} i */
  function choose(i) {
    const prediction = found[i];
    if (!prediction) return;
    input.value = '';
    say(message, '');
    close();
    onChoose(prediction.index);
  }

  input.addEventListener('input', open);
  input.addEventListener('click', open);
  input.addEventListener('blur', () => {
    close();
    if (input.value.trim() === '') say(message, '');
  });
  input.addEventListener('keydown', (event) => {
    const count = Math.min(found.length, MOST);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) {
        open();
        return;
      }
      if (count > 0) active = (active + (event.key === 'ArrowDown' ? 1 : count - 1 + (active < 0 ? 1 : 0))) % count;
      mark();
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

  return {
    /** @param {ClassScore[]} all likeliest first */
    set(all) {
      predictions = all;
      input.disabled = false;
      if (!list.hidden) open();
    },
    clear() {
      predictions = [];
      input.disabled = true;
      close();
    },
  };
}
