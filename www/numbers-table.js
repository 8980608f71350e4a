// The numbers of a chart as a table, to be opened below it.

import { make } from './dom.js';

/** Its words, said anew when the language changes. @typedef {() => string} Cell */

/** @param {string} id @param {Cell} summary @param {Cell} title of the table, for those who listen */
export function createNumbersTable(id, summary, title) {
  const head = make('thead');
  const body = make('tbody');
  const table = make('table', { id, 'aria-label': title }, head, body);
  const element = make(
    'details',
    { class: 'chart-numbers' },
    make('summary', {}, summary),
    make('div', { tabindex: '0', role: 'group', 'aria-label': title }, table),
  );
  return {
    element,
    /** @param {Cell[]} heads of the columns @param {{ name: Cell, cells: Cell[] }[]} rows */
    show(heads, rows) {
      head.replaceChildren(make('tr', {}, ...heads.map((each) => make('th', { scope: 'col' }, each))));
      body.replaceChildren(
        ...rows.map(({ name, cells }) => make('tr', {}, make('th', { scope: 'row' }, name), ...cells.map((cell) => make('td', {}, cell)))),
      );
    },
  };
}
