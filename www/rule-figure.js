// Figure 1: the rules applied to nine numbers. The engine computes; this module shows the results and says why.

import { announcer, byId, make } from './dom.js';
import { fit, inputCells, resultCells, link } from './number-grids.js';
import { plain, typedNumber } from './numbers.js';
import { GATES, RULES } from './rules.js';
import { messageOf } from './status.js';

/** @import { Relume, Rule } from './types.js' */

/** Figure 1b of arXiv 1412.6806. */
const PAPER = { f: [1, -1, 5, 2, -5, -7, -3, 2, 4], r: [-2, 3, -1, 6, -3, 1, 2, -1, 3] };

/** @typedef {{ f: number[], r: number[] }} Numbers nine each, row by row */

/** @param {import('./state.js').PageState} state */
export function createRuleFigure(state) {
  const figure = byId('rule-figure', HTMLElement);
  const status = byId('rule-status', HTMLElement);
  const announce = announcer(byId('rule-live', HTMLElement));
  const values = { f: [...PAPER.f], r: [...PAPER.r] };
  /** @type {Record<Rule, ArrayLike<number> | undefined>} */
  const results = { backprop: undefined, deconvnet: undefined, guided: undefined };
  /** @type {Relume | undefined} */
  let engine;
  let generation = 0;
  // The cell being explained: at first one where the three rules have three different reasons.
  let linked = 1;

  const inputs = {
    f: inputCells(byId('grid-f', HTMLElement), 'f', (cell, text) => typed('f', cell, text)),
    r: inputCells(byId('grid-r', HTMLElement), 'r', (cell, text) => typed('r', cell, text)),
  };
  const cells = Object.fromEntries(RULES.map((rule) => [rule, resultCells(byId(`grid-${rule}`, HTMLElement), rule)]));

  /** @param {'f' | 'r'} grid @param {number} cell @param {string} text */
  function typed(grid, cell, text) {
    const value = typedNumber(text);
    const input = inputs[grid][cell];
    if (value !== undefined) values[grid][cell] = value;
    input?.setAttribute('aria-invalid', String(value === undefined));
    if (input) fit(input, text);
    sayInvalid();
    if (value !== undefined) {
      keep();
      compute();
    }
  }

  function sayInvalid() {
    const wrong = /** @type {('f' | 'r')[]} */ (['f', 'r']).flatMap((grid) =>
      inputs[grid].map((input, cell) => ({ grid, input, cell })).filter(({ input }) => input.getAttribute('aria-invalid') === 'true'),
    );
    const [first] = wrong;
    if (!first) {
      status.textContent = '';
      return;
    }
    const name = first.grid === 'f' ? 'f' : 'R';
    const what = first.input.value.trim() === '' ? 'An empty cell' : `“${first.input.value.trim()}”`;
    status.replaceChildren(
      `${what} is not a number that fits here. Until it is one, `,
      make('var', {}, name),
      ` counts as ${plain(values[first.grid][first.cell] ?? 0)} there.`,
    );
  }

  /** @param {Numbers} numbers */
  function fill(numbers) {
    for (const grid of /** @type {('f' | 'r')[]} */ (['f', 'r'])) {
      values[grid] = [...numbers[grid]];
      inputs[grid].forEach((input, cell) => {
        input.value = plain(values[grid][cell] ?? 0);
        fit(input, input.value);
        input.setAttribute('aria-invalid', 'false');
      });
    }
    status.textContent = '';
    compute();
  }

  /** @param {Numbers} numbers */
  function choose(numbers) {
    fill(numbers);
    keep();
  }

  function keep() {
    state.set({ numbers: same(values, PAPER) ? undefined : { f: [...values.f], r: [...values.r] } });
  }

  async function compute() {
    const mine = ++generation;
    for (const grid of /** @type {('f' | 'r')[]} */ (['f', 'r'])) {
      inputs[grid].forEach((input, cell) => {
        input.dataset['open'] = String((values[grid][cell] ?? 0) > 0);
      });
    }
    if (!engine) return;
    try {
      const f = Float32Array.from(values.f);
      const r = Float32Array.from(values.r);
      const computed = await Promise.all(RULES.map((rule) => /** @type {Relume} */ (engine).reluBackward(rule, f, r)));
      if (mine !== generation) return;
      RULES.forEach((rule, i) => {
        results[rule] = computed[i];
      });
      show();
    } catch (error) {
      if (mine !== generation) return;
      status.textContent = `The engine could not compute this. ${messageOf(error)}`;
    }
  }

  function show() {
    for (const rule of RULES) {
      const result = results[rule];
      if (!result) continue;
      cells[rule]?.forEach((cell, i) => {
        const stop = stopped(rule, values.f[i] ?? 0, values.r[i] ?? 0);
        cell.dataset['gate'] = stop.length > 0 ? 'shut' : 'open';
        cell.dataset['stop'] = stop.join(' ');
        cell.textContent = plain(result[i] ?? 0);
        fit(cell, cell.textContent);
        cell.setAttribute('aria-label', `${plain(result[i] ?? 0)}, ${whyInWords(rule, i)}`);
      });
    }
    explain(linked);
    sayAloud();
  }

  /** For an input, announces all three results. A result cell needs no announcement: its label has the reason. */
  function sayAloud() {
    const input = document.activeElement;
    const i = cellOf(input);
    if (i === undefined || !(input instanceof HTMLInputElement)) return;
    announce(RULES.map((rule) => `${rule} ${plain(results[rule]?.[i] ?? 0)}, ${whyInWords(rule, i)}`).join('. '));
  }

  /** @param {Rule} rule @param {number} i */
  function whyInWords(rule, i) {
    const f = values.f[i] ?? 0;
    const r = values.r[i] ?? 0;
    const stop = stopped(rule, f, r);
    if (stop.length === 2) return `stopped twice: f = ${plain(f)} and R = ${plain(r)}, neither is above 0`;
    if (stop[0] === 'f') return `stopped: f = ${plain(f)} ≤ 0, the ReLU was shut on the way up`;
    if (stop[0] === 'R') return `stopped: R = ${plain(r)} ≤ 0 on the way down`;
    if (rule === 'backprop') return `passes: f = ${plain(f)} > 0${r < 0 ? ', and the sign of R is not asked' : ''}`;
    if (rule === 'deconvnet') return `passes: R = ${plain(r)} > 0${f <= 0 ? `, though f = ${plain(f)} was shut` : ''}`;
    return `passes: f = ${plain(f)} > 0 and R = ${plain(r)} > 0`;
  }

  /** @param {number} i the cell pointed at, in row order */
  function explain(i) {
    for (const rule of RULES) {
      const why = byId(`why-${rule}`, HTMLElement);
      const result = results[rule]?.[i];
      if (result !== undefined) why.replaceChildren(make('b', {}, plain(result)), ' ', ...inItalics(`${whyInWords(rule, i)}.`));
    }
  }

  /** @param {EventTarget | null} target */
  function cellOf(target) {
    const cell = target instanceof Element ? target.closest('[data-cell]') : null;
    return cell instanceof HTMLElement ? Number(cell.dataset['cell']) : undefined;
  }

  /** @param {number} i */
  function point(i) {
    linked = i;
    link(figure, i);
    explain(i);
  }

  figure.addEventListener('pointerover', (event) => {
    const i = cellOf(event.target);
    if (i !== undefined) point(i);
  });
  figure.addEventListener('pointerleave', () => point(cellOf(document.activeElement) ?? linked));
  figure.addEventListener('focusin', (event) => {
    const i = cellOf(event.target);
    if (i === undefined) return;
    point(i);
    sayAloud();
  });
  figure.addEventListener('focusout', () => announce(''));
  byId('rule-reset', HTMLButtonElement).addEventListener('click', () => choose(PAPER));
  byId('rule-random', HTMLButtonElement).addEventListener('click', () => choose({ f: random(), r: random() }));
  fill(state.get().numbers ?? PAPER);
  point(linked);
  state.subscribe(['numbers'], () => {
    const { numbers = PAPER } = state.get();
    // What was typed stands there already.
    if (!same(numbers, values)) fill(numbers);
  });

  return {
    /** @param {Relume} relume */
    setEngine(relume) {
      engine = relume;
      return compute();
    },
    /** @param {string} words */
    fail(words) {
      status.textContent = words;
    },
  };
}

/**
 * Which of f and R stop the signal under a rule.
 * @param {Rule} rule
 * @param {number} f
 * @param {number} r
 */
function stopped(rule, f, r) {
  const stop = [];
  if (GATES[rule].onActivation && !(f > 0)) stop.push('f');
  if (GATES[rule].onGradient && !(r > 0)) stop.push('R');
  return stop;
}

/** Sets f and R in italics as in the text, and keeps each comparison on one line. @param {string} words */
function inItalics(words) {
  return words
    .replace(/ ([=≤>]) /g, '\u00a0$1\u00a0')
    .split(/\b([fR])(?=\u00a0)/)
    .map((part) => (part === 'f' || part === 'R' ? make('var', {}, part) : part));
}

/** @param {Numbers} one @param {Numbers} other */
function same(one, other) {
  return one.f.every((value, i) => value === other.f[i]) && one.r.every((value, i) => value === other.r[i]);
}

function random() {
  return Array.from({ length: 9 }, () => Math.floor(Math.random() * 15) - 7);
}
