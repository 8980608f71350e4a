// Figure 1, parts b and c: one ReLU with nine numbers, forward and back by each rule. The rules compare numbers with 0, which
// this module does at once; the engine, when it is there, computes the same again to check it.

import { announcer, byId, make } from './dom.js';
import { contentOf, say as sayIn } from './live-text.js';
import { inputCells, link, placeOf, resultCells, setInput, setResult } from './number-grids.js';
import { plain, typedNumber } from './numbers.js';
import { backwardReason, forwardReason, inItalics } from './rule-reasons.js';
import { RULES, byRule, ruleName, stoppedBy } from './rules.js';
import { messageOf } from './status.js';
import { t, textOf, words } from './translate.js';

/** @import { Saying } from './live-text.js' */
/** @import { Relume, Rule } from './types.js' */

/** Figure 1b of arXiv 1412.6806. */
const PAPER = { f: [1, -1, 5, 2, -5, -7, -3, 2, 4], r: [-2, 3, -1, 6, -3, 1, 2, -1, 3] };

/** @typedef {{ f: number[], r: number[] }} Numbers nine each, row by row */
/** @typedef {'f' | 'r'} Given */
const GIVENS = /** @type {const} */ (['f', 'r']);

/** @param {import('./state.js').PageState} state */
export function createRuleFigure(state) {
  const figure = byId('rule-figure', HTMLElement);
  const status = byId('rule-status', HTMLElement);
  const checkLine = byId('rule-check', HTMLElement);
  const announce = announcer(byId('rule-live', HTMLElement));
  const values = { f: [...PAPER.f], r: [...PAPER.r] };
  /** @type {Record<Rule, number[]>} */
  const results = byRule(() => []);
  /** @type {Relume | undefined} */
  let engine;
  let generation = 0;
  /** What went wrong with the check, or what it found. @type {Saying} */
  let trouble = '';
  /** Why there is no engine, if it could not be started. @type {Saying} */
  let missing = '';
  // The cell being explained: at first one where the three rules have three different reasons.
  let linked = 1;

  const forward = resultCells(byId('grid-forward', HTMLElement), { id: 'forward', label: () => t('f after the ReLU') });
  const cells = byRule((rule) =>
    resultCells(byId(`grid-${rule}`, HTMLElement), { id: rule, label: () => t('R below the ReLU, by {rule}', { rule: ruleName(rule) }) }),
  );
  /** The grids where a number can be typed. R stands in three, which stay in step. @type {Record<Given, HTMLInputElement[][]>} */
  const inputs = {
    f: [inputCells(byId('grid-f', HTMLElement), { id: 'f', label: () => 'f' }, (cell, text) => typed('f', cell, text))],
    r: RULES.map((rule, i) => {
      const isCopy = i > 0;
      const id = isCopy ? `r-${rule}` : 'r';
      const label = () => (isCopy ? t('R from above, again, for {rule}', { rule: ruleName(rule) }) : t('R from above'));
      return inputCells(byId(`grid-${id}`, HTMLElement), { id, label, isCopy }, (cell, text) => typed('r', cell, text));
    }),
  };

  /** @param {Given} given @param {number} cell @param {string} text */
  function typed(given, cell, text) {
    const value = typedNumber(text);
    if (value !== undefined) values[given][cell] = value;
    set(given, cell, text, value !== undefined);
    if (value === undefined) {
      sayStatus();
      return;
    }
    keep();
    compute();
  }

  /** @param {Given} given @param {number} cell @param {string} text @param {boolean} isNumber */
  function set(given, cell, text, isNumber) {
    for (const grid of inputs[given]) {
      const input = grid[cell];
      if (!input) continue;
      setInput(input, text, isNumber);
      input.dataset['open'] = String((values[given][cell] ?? 0) > 0);
    }
  }

  function sayStatus() {
    const [wrong] = GIVENS.flatMap((given) =>
      (inputs[given][0] ?? []).flatMap((input, cell) => (input.getAttribute('aria-invalid') === 'true' ? { given, input, cell } : [])),
    );
    const other = trouble;
    const saying = () => {
      if (!wrong) return contentOf(other);
      const typed = wrong.input.value.trim();
      const counts = { name: make('var', {}, wrong.given === 'f' ? 'f' : 'R'), value: plain(values[wrong.given][wrong.cell] ?? 0) };
      return words('{first} {second}', {
        first:
          typed === ''
            ? words('An empty cell is not a number that fits here. Until it is one, {name} counts as {value} there.', counts)
            : words('“{typed}” is not a number that fits here. Until it is one, {name} counts as {value} there.', { ...counts, typed }),
        second: contentOf(other),
      });
    };
    // Said again, a screen reader would read it out again.
    if (textOf(saying()) !== status.textContent) sayIn(status, saying);
  }

  /** @param {Numbers} numbers */
  function fill(numbers) {
    for (const given of GIVENS) {
      values[given] = [...numbers[given]];
      values[given].forEach((value, cell) => set(given, cell, plain(value), true));
    }
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

  /** f and R at a cell, as the engine has them: in f32. @param {number} cell */
  function at(cell) {
    return { f: Math.fround(values.f[cell] ?? 0), r: Math.fround(values.r[cell] ?? 0) };
  }

  /** What the rule says of a cell. @param {Rule} rule @param {number} cell */
  function byTheRule(rule, cell) {
    const { f, r } = at(cell);
    return stoppedBy(rule, f, r).length > 0 ? 0 : r;
  }

  function compute() {
    for (const rule of RULES) results[rule] = values.r.map((_, cell) => byTheRule(rule, cell));
    trouble = missing;
    show();
    sayStatus();
    return check();
  }

  /** Has the engine compute the same. If it comes to another number, that is shown, and said. */
  async function check() {
    const mine = ++generation;
    if (missing) sayChecked('failed', () => t('The page computed these numbers itself; there is no engine to check them.'));
    else
      sayChecked('waiting', () => t('The page computed these numbers itself; the engine of the figures below has not checked them yet.'));
    if (!engine) return;
    try {
      const f = Float32Array.from(values.f);
      const r = Float32Array.from(values.r);
      const computed = await Promise.all(RULES.map((rule) => /** @type {Relume} */ (engine).reluBackward(rule, f, r)));
      if (mine !== generation) return;
      const other = RULES.flatMap((rule, i) =>
        [...(computed[i] ?? [])].flatMap((value, cell) => (value === results[rule][cell] ? [] : { rule, cell, value })),
      );
      const [first] = other;
      sayChecked(first ? 'differs' : 'same', () =>
        first
          ? t('The engine got different numbers; its own are shown.')
          : t('The page computed these numbers itself; the engine of the figures below got the same.'),
      );
      if (!first) return;
      const expected = byTheRule(first.rule, first.cell);
      trouble = () => {
        const differs = { rule: ruleName(first.rule), place: placeOf(first.cell), value: plain(first.value), expected: plain(expected) };
        return other.length > 1
          ? t(
              'The engine’s number differs from the rule’s: {rule}, {place}: {value} instead of {expected}, and {more} more. The engine’s numbers are shown.',
              { ...differs, more: other.length - 1 },
            )
          : t(
              'The engine’s number differs from the rule’s: {rule}, {place}: {value} instead of {expected}. The engine’s numbers are shown.',
              differs,
            );
      };
      for (const { rule, cell, value } of other) results[rule][cell] = value;
      show();
    } catch (error) {
      if (mine !== generation) return;
      trouble = () => words('The engine could not check these numbers. {reason}', { reason: messageOf(error) });
      sayChecked('failed', () => t('The page computed these numbers itself; the engine could not check them.'));
    }
    sayStatus();
  }

  /** @param {'waiting' | 'same' | 'differs' | 'failed'} outcome @param {() => string} saying */
  function sayChecked(outcome, saying) {
    figure.dataset['checked'] = outcome;
    sayIn(checkLine, saying);
  }

  function show() {
    forward.forEach((cell, i) => {
      const { f } = at(i);
      setResult(cell, Math.max(f, 0), f > 0 ? [] : ['f'], () => forwardReason(f));
    });
    for (const rule of RULES) {
      cells[rule].forEach((cell, i) => {
        const { f, r } = at(i);
        setResult(cell, results[rule][i] ?? 0, stoppedBy(rule, f, r), () => whyInWords(rule, i));
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
    announce(
      RULES.map((rule) =>
        t('{rule} {value}, {reason}', { rule: ruleName(rule), value: plain(results[rule][i] ?? 0), reason: whyInWords(rule, i) }),
      ).join('. '),
    );
  }

  /** @param {Rule} rule @param {number} i */
  function whyInWords(rule, i) {
    const { f, r } = at(i);
    const expected = byTheRule(rule, i);
    return results[rule][i] === expected
      ? backwardReason(rule, f, r)
      : t('the engine’s number; by the rule it would be {expected}', { expected: plain(expected) });
  }

  /** @param {number} i the cell pointed at, in row order */
  function explain(i) {
    const { f } = at(i);
    say('forward', Math.max(f, 0), () => forwardReason(f));
    for (const rule of RULES) say(rule, results[rule][i] ?? 0, () => whyInWords(rule, i));
  }

  /** @param {Rule | 'forward'} row @param {number} value @param {() => string} reason */
  function say(row, value, reason) {
    sayIn(byId(`why-${row}`, HTMLElement), () => [make('b', {}, plain(value)), ' ', ...inItalics(`${reason()}.`)]);
  }

  /** @param {EventTarget | null} target */
  function cellOf(target) {
    const cell = target instanceof Element && figure.contains(target) ? target.closest('[data-cell]') : null;
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
      missing = '';
      return compute();
    },
    /** To be called when there is no engine to check the numbers. @param {() => string} why */
    fail(why) {
      missing = why;
      compute();
    },
  };
}

/** @param {Numbers} one @param {Numbers} other */
function same(one, other) {
  return one.f.every((value, i) => value === other.f[i]) && one.r.every((value, i) => value === other.r[i]);
}

function random() {
  return Array.from({ length: 9 }, () => Math.floor(Math.random() * 15) - 7);
}
