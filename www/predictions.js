// The network's predictions: all classes if there are few, otherwise the five likeliest. Each is a button that explains
// its class.

import { classNamed } from '../pkg/engine/class-target.js';
import { byId, make } from './dom.js';
import { onLanguage } from './language.js';
import { later } from './later.js';
import { label, say } from './live-text.js';
import { percent } from './numbers.js';
import { className, classText, t, words } from './translate.js';

/** @import { ClassScore } from './types.js' */

const FEW = 10;
const SHOWN = 5;

/** @param {(index: number) => void} onChoose a class to explain */
export function createPredictions(onChoose) {
  const list = byId('predictions', HTMLOListElement);
  const line = byId('target-line', HTMLElement);
  const search = byId('class-picker', HTMLElement);
  const picker = later('class-picker', async () => (await import('./class-picker.js')).createClassPicker(onChoose));
  /** Every class, likeliest first. @type {ClassScore[]} */
  let predictions = [];
  /** The class being explained. @type {number | undefined} */
  let marked;

  onLanguage(() => {
    if (marked !== undefined) mark(marked);
  });
  list.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button) onChoose(Number(button.dataset['class']));
  });

  /** How many of the likeliest classes always have a row. @param {number} classes */
  function rowsFor(classes) {
    return classes <= FEW ? classes : SHOWN;
  }

  /** @param {number} rank @param {number} target */
  function row(rank, target) {
    const prediction = predictions[rank];
    if (!prediction) return [];
    const chosen = prediction.index === target;
    const button = make(
      'button',
      { type: 'button', 'data-class': String(prediction.index), 'aria-pressed': String(chosen), title: classText(prediction.label) },
      make('span', { class: 'label' }, () => shortClass(prediction.label)),
      make('span', { class: 'share' }, percent(prediction.probability)),
    );
    button.style.setProperty('--share', String(prediction.probability));
    const item = make('li', {}, button);
    if (rank >= rowsFor(predictions.length)) {
      item.dataset['extra'] = 'true';
      const saying = () =>
        t('{class}, {share}, place {place}', {
          class: classText(prediction.label),
          share: percent(prediction.probability),
          place: rank + 1,
        });
      label(button, 'aria-label', saying);
    }
    return [item];
  }

  /** @param {number} target */
  function mark(target) {
    marked = target;
    // Replacing the rows loses the keyboard's focus, so it is put back below.
    const focused =
      document.activeElement instanceof HTMLElement && list.contains(document.activeElement)
        ? document.activeElement.dataset['class']
        : undefined;
    const rank = predictions.findIndex((prediction) => prediction.index === target);
    const ranks = Array.from({ length: rowsFor(predictions.length) }, (_, i) => i);
    if (rank >= ranks.length) ranks.push(rank);
    list.replaceChildren(...ranks.flatMap((r) => row(r, target)));
    list.setAttribute('aria-busy', 'false');
    if (focused !== undefined) {
      const again = list.querySelector(`[data-class="${focused}"]`);
      if (again instanceof HTMLElement) again.focus();
    }
    const prediction = predictions[rank];
    if (!prediction) return;
    const { length } = predictions;
    say(line, () => {
      const explained = make('b', {}, () => shortClass(prediction.label));
      return rank === 0
        ? words('The maps explain {class}, the likeliest class.', { class: explained })
        : words('The maps explain {class}, in place {place} of {count}.', { class: explained, place: rank + 1, count: length });
    });
  }

  return {
    /** Skeleton rows of the final size. @param {number} classes how many there will be */
    blank(classes) {
      predictions = [];
      const rows = rowsFor(classes);
      list.style.setProperty('--rows', String(rows));
      search.hidden = rows === classes;
      list.setAttribute('aria-busy', 'true');
      list.replaceChildren(...Array.from({ length: rows }, () => make('li', { class: 'blank', 'aria-hidden': 'true' })));
      marked = undefined;
      say(line, () => t('Waiting for the network.'));
      picker.clear();
    },
    /** @param {ClassScore[]} all likeliest first */
    set(all) {
      predictions = all;
      picker.set(all);
    },
    mark,
    /** The index of a class by its number or its name; undefined if the network has none, or several of that name. @param {number | string | undefined} target */
    find(target) {
      if (typeof target !== 'string') return predictions.find(({ index }) => index === target)?.index;
      const labels = [...predictions].sort((a, b) => a.index - b.index).map(({ label }) => label);
      try {
        return classNamed(target, labels);
      } catch {
        return undefined;
      }
    },
    first() {
      return predictions[0]?.index;
    },
  };
}

/** ImageNet labels a class with several synonyms; where space is short, the first is enough. @param {string} label */
export function shortLabel(label) {
  return label.split(',')[0]?.trim() || label;
}

/** The short name of a class, in the language on show where that has it. @param {string} label */
export function shortClass(label) {
  return className(shortLabel(label));
}

/** The same for where no part can be marked as English. @param {string} label */
export function shortClassText(label) {
  return classText(shortLabel(label));
}
