// The 3×3 grids of figure 1: numbers to edit, and results to visit with the arrow keys.

import { arrow, roveFocus } from './arrow-keys.js';
import { make } from './dom.js';
import { label as labelOf, say } from './live-text.js';
import { plain, typedNumber } from './numbers.js';
import { t } from './translate.js';

const SIDE = 3;

/**
 * Nine inputs; ArrowUp and ArrowDown change a number by one.
 * @param {HTMLElement} place
 * @param {{ id: string, label: () => string, isCopy?: boolean }} grid `isCopy`: its numbers are those of another grid, where the Tab
 *   key stops; here it does not
 * @param {(cell: number, text: string) => void} onInput
 * @returns {HTMLInputElement[]}
 */
export function inputCells(place, { id, label, isCopy = false }, onInput) {
  const inputs = positions().map(({ row, column, cell }) => {
    const input = make('input', {
      id: `${id}-${row}-${column}`,
      type: 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      'data-cell': String(cell),
      'aria-label': () => t('{what}, {place}', { what: label(), place: placeOf(cell) }),
      'aria-errormessage': 'rule-status',
      ...(isCopy && { tabindex: '-1' }),
    });
    input.addEventListener('input', () => onInput(cell, input.value));
    input.addEventListener('keydown', (event) => {
      const down = arrow(event)?.y;
      const value = typedNumber(input.value);
      if (!down || value === undefined) return;
      event.preventDefault();
      input.value = plain(value - down);
      onInput(cell, input.value);
    });
    input.addEventListener('focus', () => input.select());
    return input;
  });
  place.replaceChildren(table(inputs, 'presentation'));
  return inputs;
}

/**
 * Nine results. The Tab key stops once; the arrow keys move between the cells.
 * @param {HTMLElement} place
 * @param {{ id: string, label: () => string }} grid
 * @returns {HTMLElement[]}
 */
export function resultCells(place, { id, label }) {
  const cells = positions().map(({ row, column, cell }) =>
    make('div', { id: `${id}-${row}-${column}`, class: 'cell', role: 'gridcell', 'data-cell': String(cell) }),
  );
  const grid = table(cells, 'grid');
  labelOf(grid, 'aria-label', label);
  roveFocus(grid, () => cells, 'on-screen')(cells[0]);
  place.replaceChildren(grid);
  return cells;
}

/** @param {HTMLInputElement} input @param {string} text @param {boolean} isNumber */
export function setInput(input, text, isNumber) {
  // Even to what it is already, this would move the caret.
  if (input.value !== text) input.value = text;
  input.setAttribute('aria-invalid', String(!isNumber));
  fit(input, text);
}

/** @param {HTMLElement} cell @param {number} value @param {string[]} stop which numbers made it zero @param {() => string} reason */
export function setResult(cell, value, stop, reason) {
  cell.dataset['gate'] = stop.length > 0 ? 'shut' : 'open';
  cell.dataset['stop'] = stop.join(' ');
  say(cell, () => plain(value));
  labelOf(cell, 'aria-label', () => t('{value}, {reason}', { value: plain(value), reason: reason() }));
  fit(cell, plain(value));
}

/** Makes the digits of a long number smaller, and shows it as a title too. @param {HTMLElement} cell @param {string} text */
function fit(cell, text) {
  cell.style.setProperty('--digits', String(text.length));
  cell.title = text.length > 6 ? text : '';
}

/** Marks one position in every grid of the figure. @param {HTMLElement} figure @param {number} cell */
export function link(figure, cell) {
  for (const element of figure.querySelectorAll('[data-cell]')) {
    if (element instanceof HTMLElement) element.dataset['linked'] = String(element.dataset['cell'] === String(cell));
  }
}

/** @param {number} cell in row order */
export function placeOf(cell) {
  return t('column {column}, row {row}', { column: (cell % SIDE) + 1, row: Math.floor(cell / SIDE) + 1 });
}

function positions() {
  return Array.from({ length: SIDE * SIDE }, (_, cell) => ({ cell, row: Math.floor(cell / SIDE), column: cell % SIDE }));
}

/** @param {HTMLElement[]} cells @param {'grid' | 'presentation'} role */
function table(cells, role) {
  const rowRole = role === 'grid' ? 'row' : 'presentation';
  const body = make('tbody', { role: role === 'grid' ? 'rowgroup' : 'presentation' });
  for (let row = 0; row < SIDE; row++) {
    const line = make('tr', { role: rowRole });
    for (const cell of cells.slice(row * SIDE, (row + 1) * SIDE)) line.append(make('td', { role: 'presentation' }, cell));
    body.append(line);
  }
  return make('table', { role }, body);
}
