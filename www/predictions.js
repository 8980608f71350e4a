// The network's answer: all of its classes where they are few, else the five likeliest; each a button that explains it.

import { createClassPicker } from './class-picker.js';
import { percent } from './numbers.js';
import { byId, make } from './page.js';

/** @typedef {import('./rules.js').Answer} Answer */

const FEW = 10;
const SHOWN = 5;

/** @param {(index: number) => void} onChoose a class to explain */
export function createAnswers(onChoose) {
  const list = byId('answers', HTMLOListElement);
  const line = byId('target-line', HTMLElement);
  const search = byId('class-picker', HTMLElement);
  const picker = createClassPicker(onChoose);
  /** Every class, likeliest first. @type {Answer[]} */
  let answers = [];

  list.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button) onChoose(Number(button.dataset['class']));
  });

  /** How many of the likeliest have a row whichever is chosen. @param {number} classes */
  function rowsFor(classes) {
    return classes <= FEW ? classes : SHOWN;
  }

  /** @param {number} rank @param {number} target */
  function row(rank, target) {
    const answer = answers[rank];
    if (!answer) return [];
    const chosen = answer.index === target;
    const button = make('button', { type: 'button', 'data-class': String(answer.index), 'aria-pressed': String(chosen), title: answer.label },
      make('span', { class: 'label' }, shortLabel(answer.label)),
      make('span', { class: 'share' }, percent(answer.probability)));
    button.style.setProperty('--share', String(answer.probability));
    const item = make('li', {}, button);
    if (rank >= rowsFor(answers.length)) {
      item.dataset['extra'] = 'true';
      button.setAttribute('aria-label', `${answer.label}, ${percent(answer.probability)}, place ${rank + 1}`);
    }
    return [item];
  }

  return {
    /** Skeleton rows of the final size. @param {number} classes how many there will be */
    blank(classes) {
      answers = [];
      const rows = rowsFor(classes);
      list.style.setProperty('--rows', String(rows));
      search.hidden = rows === classes;
      list.setAttribute('aria-busy', 'true');
      list.replaceChildren(...Array.from({ length: rows }, () => make('li', { class: 'blank', 'aria-hidden': 'true' })));
      line.textContent = 'Waiting for the network.';
      picker.clear();
    },
    /** @param {Answer[]} all likeliest first */
    set(all) {
      answers = all;
      picker.set(all);
    },
    /** @param {number} target the class being explained */
    mark(target) {
      // A click must not lose the keyboard's place when the rows are made anew.
      const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement)
        ? document.activeElement.dataset['class'] : undefined;
      const rank = answers.findIndex((answer) => answer.index === target);
      const ranks = Array.from({ length: rowsFor(answers.length) }, (_, i) => i);
      if (rank >= ranks.length) ranks.push(rank);
      list.replaceChildren(...ranks.flatMap((r) => row(r, target)));
      list.setAttribute('aria-busy', 'false');
      if (focused !== undefined) {
        const again = list.querySelector(`[data-class="${focused}"]`);
        if (again instanceof HTMLElement) again.focus();
      }
      const answer = answers[rank];
      if (answer) {
        line.replaceChildren('The maps explain ', make('b', {}, shortLabel(answer.label)),
          rank === 0 ? ', the likeliest class.' : `, in place ${rank + 1} of ${answers.length}.`);
      }
    },
    /** @param {number} index */
    has(index) { return answers.some((answer) => answer.index === index); },
    first() { return answers[0]?.index; },
  };
}

/** ImageNet names a class by its synonyms; the first will do where space is short. @param {string} label */
export function shortLabel(label) {
  return label.split(',')[0]?.trim() || label;
}
