// The likeliest classes with their probabilities; each is a button that has its class explained, unless nothing may be changed.

import { element } from './make-element.js';
import { percent } from './percent.js';
import { className, shortClassName } from './words.js';

/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */

const ROWS = 5;

/**
 * @param {((index: number) => void) | undefined} onChoose undefined: the list can only be read
 * @param {() => import('./words.js').Words} words
 */
export function createPredictionList(onChoose, words) {
  const list = element('ol', { class: 'predictions', part: 'predictions' });
  /** What is on show. @type {[ClassScore[], number | undefined]} */
  let shown = [[], undefined];
  list.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button) onChoose?.(Number(button.dataset['class']));
  });

  /** @param {ClassScore} score @param {boolean} isExplained */
  function row({ index, label, probability }, isExplained) {
    const said = [element('span', {}, shortClassName(words(), label)), element('span', { class: 'share' }, percent(words(), probability))];
    const title = className(words(), label);
    const pressable = { type: 'button', 'aria-pressed': String(isExplained), 'data-class': String(index), title };
    const line = onChoose
      ? element('button', pressable, ...said)
      : element('span', { class: 'line', title, ...(isExplained && { 'aria-current': 'true' }) }, ...said);
    line.style.setProperty('--share', String(probability));
    return element('li', {}, line);
  }

  const blank = () => element('li', { 'aria-hidden': 'true' }, element('span', { class: 'line' }, '\u00a0'));
  // Room for all rows from the start, so that nothing moves when they come.
  list.replaceChildren(...Array.from({ length: ROWS }, blank));

  /** @param {ClassScore[]} scores likeliest first @param {number | undefined} explained the class that the maps explain */
  function show(scores, explained) {
    shown = [scores, explained];
    const active = /** @type {Document | ShadowRoot} */ (list.getRootNode()).activeElement;
    const focused = active instanceof HTMLElement && list.contains(active) ? active.dataset['class'] : undefined;
    list.replaceChildren(...scores.slice(0, ROWS).map((score) => row(score, score.index === explained)));
    // Replacing the rows loses the keyboard's focus.
    if (focused !== undefined) /** @type {HTMLElement | null} */ (list.querySelector(`[data-class="${focused}"]`))?.focus();
  }

  function sayAgain() {
    list.setAttribute('aria-label', words().likeliest);
    if (shown[0].length > 0) show(...shown);
  }

  sayAgain();
  return { element: list, show, sayAgain };
}
