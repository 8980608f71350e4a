// The row of <relume-view>: the picture and the maps, each in a frame with its label below, and how far a map is that still grows.

import { METHODS } from '../engine/method-names.js';
import { element } from './make-element.js';

/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('./attributes.js').Part} Part */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {{ canvas: HTMLCanvasElement, label: HTMLElement, growth: HTMLElement, bar: HTMLProgressElement, share: HTMLElement }} Cell */

/**
 * @param {() => Words} words in the language of where it stands
 * @param {() => string} alt what is to be seen in the picture; empty where the author does not say
 */
export function createFigureRow(words, alt) {
  const row = element('div', { class: 'row', part: 'row' });
  /** @type {Map<string, Cell>} */
  const cells = new Map();

  /** @param {string} name */
  function methodOf(name) {
    return METHODS.find((each) => each === name);
  }

  function sayAgain() {
    for (const [name, { canvas, label, bar, share }] of cells) {
      const method = methodOf(name);
      label.textContent = method ? words().methods[method] : words().picture;
      canvas.setAttribute('aria-label', method ? words().map(method) : alt() || words().seen);
      if (method) bar.setAttribute('aria-label', words().growing(method));
      share.textContent = words().percent(String(Math.floor(100 * bar.value)));
    }
  }

  return {
    element: row,
    sayAgain,
    /** Frames at their final size, with nothing in them yet. @param {Part[]} parts @param {Method[]} methods */
    arrange(parts, methods) {
      const wanted = [
        ...(parts.includes('picture') ? [{ name: 'picture', part: 'picture' }] : []),
        ...(parts.includes('maps') ? methods : []).map((method) => ({ name: method, part: `map ${method}` })),
      ];
      row.hidden = wanted.length === 0;
      row.style.setProperty('--columns', String(Math.max(1, wanted.length)));
      cells.clear();
      row.replaceChildren(
        ...wanted.map(({ name, part }) => {
          const canvas = element('canvas', { part, role: 'img', 'data-name': name });
          canvas.hidden = true;
          const label = element('span', { class: 'label', part: 'label' });
          const bar = element('progress', { max: '1', value: '0' });
          const share = element('span', { 'aria-hidden': 'true' });
          const growth = element('div', { class: 'growth', part: 'progress' }, bar, share);
          growth.hidden = true;
          cells.set(name, { canvas, label, growth, bar, share });
          const frame = element('div', { class: 'frame', part: 'frame' }, canvas);
          return element('div', { class: 'cell', part: 'cell' }, frame, growth, label);
        }),
      );
      sayAgain();
    },
    /** What is on show is of something else now, until there is something new. */
    expect() {
      row.setAttribute('aria-busy', 'true');
      for (const { canvas, growth } of cells.values()) {
        delete canvas.dataset['fresh'];
        growth.hidden = true;
      }
    },
    settle() {
      row.setAttribute('aria-busy', 'false');
      for (const { growth } of cells.values()) growth.hidden = true;
    },
    /** @param {string} name `picture` or a method @param {ImageData} pixels */
    show(name, pixels) {
      const canvas = cells.get(name)?.canvas;
      if (!canvas) return;
      canvas.width = pixels.width;
      canvas.height = pixels.height;
      canvas.getContext('2d')?.putImageData(pixels, 0, 0);
      canvas.hidden = false;
      canvas.dataset['fresh'] = '';
      row.style.setProperty('--aspect', `${pixels.width} / ${pixels.height}`);
    },
    /** @param {Method} method @param {{ done: number, total: number }} progress of its steps */
    grow(method, { done, total }) {
      const cell = cells.get(method);
      if (!cell) return;
      cell.growth.hidden = done === total;
      cell.bar.value = done / total;
      cell.share.textContent = words().percent(String(Math.floor((100 * done) / total)));
    },
  };
}
