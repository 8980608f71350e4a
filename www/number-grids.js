// The 3×3 grids of figure 1: numbers to edit, and results to visit with the arrow keys.

import { arrow, roveFocus } from './arrow-keys.js';
import { make } from './dom.js';
import { plain, typedNumber } from './numbers.js';

const SIDE = 3;

/**
 * Nine inputs; ArrowUp and ArrowDown change a number by one.
 * @param {HTMLElement} place
 * @param {'f' | 'r'} name
 * @param {(cell: number, text: string) => void} onInput
 * @returns {HTMLInputElement[]}
 */
export function inputCells(place, name, onInput) {
  const shown = name === 'f' ? 'f' : 'R';
  const inputs = positions().map(({ row, column, cell }) => {
    const input = make('input', {
      id: `${name}-${row}-${column}`,
      type: 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      'data-cell': String(cell),
      'aria-label': `${shown}, row ${row + 1}, column ${column + 1}`,
      'aria-errormessage': 'rule-status',
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
 * @param {string} name
 * @returns {HTMLElement[]}
 */
export function resultCells(place, name) {
  const cells = positions().map(({ row, column, cell }) =>
    make('div', { id: `${name}-${row}-${column}`, class: 'cell', role: 'gridcell', 'data-cell': String(cell) }),
  );
  const grid = table(cells, 'grid');
  grid.setAttribute('aria-label', `${name}, the result`);
  roveFocus(grid, () => cells, 'on-screen')(cells[0]);
  place.replaceChildren(grid);
  return cells;
}

/** Makes the digits of a long number smaller, and shows it as a title too. @param {HTMLElement} cell @param {string} text */
export function fit(cell, text) {
  cell.style.setProperty('--digits', String(text.length));
  cell.title = text.length > 6 ? text : '';
}

/** Marks one position in every grid of the figure. @param {HTMLElement} figure @param {number} cell */
export function link(figure, cell) {
  for (const element of figure.querySelectorAll('[data-cell]')) {
    if (element instanceof HTMLElement) element.dataset['linked'] = String(element.dataset['cell'] === String(cell));
  }
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
