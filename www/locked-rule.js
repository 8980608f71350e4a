// Figure 1 where nothing may be changed: its numbers can be read, and asked why they pass, but neither typed nor stepped.

import { make } from './dom.js';
import { t, words } from './translate.js';
import { say } from './live-text.js';

/** @param {HTMLElement} figure @param {AbortSignal} signal ends it */
export function lockRule(figure, signal) {
  for (const input of figure.querySelectorAll('input')) input.readOnly = true;
  // The arrow keys step a number. They are kept from the inputs before these hear of them.
  figure.addEventListener(
    'keydown',
    (event) => {
      if (event.target instanceof HTMLInputElement && /^Arrow(Up|Down)$/.test(event.key)) event.stopPropagation();
    },
    { capture: true, signal },
  );
  figure.querySelector('.buttons')?.remove();
  const caption = figure.querySelector('figcaption > :first-child');
  const check = figure.querySelector('#rule-check');
  // The page's own caption says how the numbers are changed.
  if (!caption) return;
  say(caption, () =>
    words(
      '{figure} The rules at nine ReLUs, as in Figure 1 of arXiv 1412.6806. The numbers cannot be changed here. Point at a cell, or tap it, to see why it passes or not; a small f or R in a cell names what stopped it. {check}',
      { figure: make('b', {}, t('Figure 1.')), check: check ?? '' },
    ),
  );
}
