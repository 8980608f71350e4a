// The likeliest classes with their probabilities; each is a button that has its class explained, unless nothing may be changed.

import { element } from './make-element.js';

/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */

const ROWS = 5;

/**
 * @param {((index: number) => void) | undefined} onChoose undefined: the list can only be read
 */
export function createPredictionList(onChoose) {
  const list = element('ol', { class: 'predictions', part: 'predictions', 'aria-label': 'The likeliest classes' });
  list.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button) onChoose?.(Number(button.dataset['class']));
  });

  /** @param {ClassScore} score @param {boolean} isExplained */
  function row({ index, label, probability }, isExplained) {
    const words = [element('span', {}, shortLabel(label)), element('span', { class: 'share' }, percent(probability))];
    const pressable = { type: 'button', 'aria-pressed': String(isExplained), 'data-class': String(index), title: label };
    const line = onChoose
      ? element('button', pressable, ...words)
      : element('span', { class: 'line', title: label, ...(isExplained && { 'aria-current': 'true' }) }, ...words);
    line.style.setProperty('--share', String(probability));
    return element('li', {}, line);
  }

  const blank = () => element('li', { 'aria-hidden': 'true' }, element('span', { class: 'line' }, '\u00a0'));
  // Room for all rows from the start, so that nothing moves when they come.
  list.replaceChildren(...Array.from({ length: ROWS }, blank));

  return {
    element: list,
    /** @param {ClassScore[]} scores likeliest first @param {number | undefined} explained the class that the maps explain */
    show(scores, explained) {
      const active = /** @type {Document | ShadowRoot} */ (list.getRootNode()).activeElement;
      const focused = active instanceof HTMLElement && list.contains(active) ? active.dataset['class'] : undefined;
      list.replaceChildren(...scores.slice(0, ROWS).map((score) => row(score, score.index === explained)));
      // Replacing the rows loses the keyboard's focus.
      if (focused !== undefined) /** @type {HTMLElement | null} */ (list.querySelector(`[data-class="${focused}"]`))?.focus();
    },
  };
}

/** ImageNet labels a class with several synonyms; where space is short, the first is enough. @param {string} label */
function shortLabel(label) {
  return label.split(',')[0]?.trim() || label;
}

/** @param {number} share from 0 to 1 */
export function percent(share) {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(100 * share).toFixed(share > 0.1 ? 0 : 1)} %`;
}
