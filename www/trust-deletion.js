// Figure 6c: what becomes of the answer when pixels are taken away, or come back into a blurred picture, those first that a map calls
// important (Petsiuk, Das and Saenko 2018, arXiv 1806.07421); and when the order is one that knows nothing of the network.

import { make } from './dom.js';
import { createLineChart } from './line-chart.js';
import { createLineLegend } from './line-legend.js';
import { say } from './live-text.js';
import { createNumbersTable } from './numbers-table.js';
import { decimals, percent, percentage } from './numbers.js';
import { shortClass } from './predictions.js';
import { RULES, ruleName } from './rules.js';
import { messageOf } from './status.js';
import { key, t, translationOf, words } from './translate.js';
import { whileInView } from './while-in-view.js';

/** @import { Curve } from '../pkg/index.js' */
/** @import { Subject } from './trust-figure.js' */
/** @import { Rule } from './types.js' */
/** An order of the pixels: that of a rule's map, or one that knows nothing of the network. @typedef {Rule | 'edges' | 'random'} Order */
/** @typedef {'deletion' | 'insertion'} Change */

/** How many steps from no pixel to all. */
const POINTS = 24;
/** @type {readonly Change[]} */
const CHANGES = ['deletion', 'insertion'];
/** Of axes that end where the largest value is. */
const ENDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const TITLES = { deletion: key('Deletion: pixels become grey'), insertion: key('Insertion: pixels come back into the blurred picture') };

export function createTrustDeletion() {
  const select = make('select', { id: 'trust-method', autocomplete: 'off' }, ...RULES.map((rule) => option(rule)));
  select.value = 'guided';
  const line = make('p', { class: 'trust-line', id: 'trust-deletion-line', role: 'status' });
  const done = make('p', { class: 'hint', id: 'trust-deletion-done' });
  const parts = CHANGES.map((change) => {
    const legend = createLineLegend([
      ...RULES.map((rule) => ({ kind: rule, name: () => t('the map by {rule}', { rule: ruleName(rule) }) })),
      { kind: 'edges', name: () => t('plain edges') },
      { kind: 'random', name: () => t('by chance') },
    ]);
    const title = () => translationOf(TITLES[change]);
    const chart = createLineChart(`trust-${change}`, () =>
      t('{what}: the answer against the share of pixels; the table below has the numbers', { what: title() }),
    );
    const element = make(
      'div',
      { class: 'deletion-chart', 'data-method': select.value },
      make('h4', {}, title),
      legend.element,
      chart.element,
    );
    return { change, legend, chart, element };
  });
  const table = createNumbersTable(
    'trust-deletion-table',
    () => t('The numbers of these charts'),
    () => t('The answer by the share of pixels, for deletion and insertion'),
  );
  const element = make(
    'section',
    { class: 'trust-part', id: 'trust-pixels', 'aria-labelledby': 'trust-pixels-title', 'aria-busy': 'false' },
    make('h3', { id: 'trust-pixels-title' }, () => [make('span', { class: 'part' }, '(c)'), ' ', t('Are these the pixels that count?')]),
    make(
      'p',
      { class: 'trust-controls' },
      make('label', { for: 'trust-method' }, () => t('The most important pixels first, by the map of')),
      ' ',
      select,
    ),
    line,
    make('div', { class: 'deletion-charts' }, ...parts.map((part) => part.element)),
    done,
    table.element,
  );

  /** @type {Subject | undefined} */
  let subject;
  /** By order and change. @type {Map<string, { curve: Curve, complete: boolean }>} */
  const curves = new Map();
  /** @type {ReturnType<typeof whileInView<Subject>>} */
  const computation = whileInView(element, { work, onTrouble: trouble });

  select.addEventListener('change', () => {
    show();
    computation.restart();
  });

  const method = () => /** @type {Rule} */ (select.value);
  /** @returns {Order[]} */
  const orders = () => [method(), 'edges', 'random'];
  /** @param {Order} order @param {Change} change */
  const keyOf = (order, change) => `${order} ${change}`;

  /** @param {Subject} of @param {AbortSignal} signal */
  async function work(of, signal) {
    sayUsual();
    const maps = await of.originals();
    for (const order of orders()) {
      for (const change of CHANGES) {
        const at = keyOf(order, change);
        if (curves.get(at)?.complete) continue;
        const by = order === 'edges' || order === 'random' ? order : maps[order];
        const curve = await of.trace.curve({
          by,
          change,
          points: POINTS,
          target: { class: of.index },
          signal,
          onProgress({ curve: grown }) {
            if (signal.aborted) return;
            curves.set(at, { curve: grown, complete: false });
            show();
          },
        });
        signal.throwIfAborted();
        curves.set(at, { curve, complete: true });
        show();
      }
    }
  }

  function show() {
    const isProbability = (subject?.model.info.classes.length ?? 2) > 1;
    const value = (/** @type {number} */ number) =>
      isProbability ? (number === 0 ? percentage(0) : percent(number)) : decimals(number, 2);
    const all = [...curves.values()].flatMap(({ curve }) => curve.values);
    const most = Math.max(0, ...all);
    for (const { change, legend, chart, element: part } of parts) {
      part.dataset['method'] = method();
      const found = orders().map((order) => ({ order, curve: curves.get(keyOf(order, change)) }));
      chart.show({
        x: {
          low: 0,
          high: 1,
          name: (share) => percentage(Math.round(share * 100)),
          title: () => (change === 'deletion' ? t('pixels taken away') : t('pixels that came back')),
        },
        y: {
          low: Math.min(0, ...all),
          high: isProbability ? (ENDS.find((end) => end >= most) ?? 1) : most || 1,
          name: value,
          title: () => (isProbability ? t('probability of the class') : t('score')),
        },
        lines: found.map(({ order, curve }) => ({
          kind: order,
          runs: [(curve?.curve.shares ?? []).map((x, i) => ({ x, y: curve?.curve.values[i] ?? 0 }))],
        })),
      });
      for (const { order, curve } of found)
        legend.say(order, curve?.complete ? () => t('area {number}', { number: decimals(curve.curve.area, 3) }) : '');
    }
    const complete = orders()
      .flatMap((order) => CHANGES.map((change) => curves.get(keyOf(order, change))))
      .filter((each) => each !== undefined);
    const computed = complete.reduce((sum, { curve }) => sum + curve.values.length, 0) / (6 * (POINTS + 1));
    say(done, () =>
      subject
        ? t(
            '{share} computed. “By chance” is one random order, the same each time. “Plain edges” are Sobel’s gradient of the picture. Neither uses the network.',
            { share: percentage(Math.floor(100 * computed)) },
          )
        : '',
    );
    const columns = CHANGES.flatMap((change) => orders().map((order) => ({ change, order })));
    const shares = curves.get(keyOf(method(), 'deletion'))?.curve.shares ?? [];
    table.show(
      [
        () => t('share of pixels'),
        ...columns.map(
          ({ change, order }) =>
            () =>
              t('{change}, {order}', { change: changeName(change), order: orderName(order) }),
        ),
      ],
      shares.map((share) => ({
        name: () => percentage(Math.round(100 * share)),
        cells: columns.map(({ change, order }) => () => {
          const curve = curves.get(keyOf(order, change))?.curve;
          const number = curve?.values[curve.shares.indexOf(share)];
          return number === undefined ? '–' : value(number);
        }),
      })),
    );
  }

  function sayUsual() {
    const label = subject?.model.info.classes[subject.index] ?? '';
    say(
      line,
      subject
        ? () =>
            words(
              'If a map shows what counts for “{class}”, its line falls sooner than the other two when pixels are taken away, and rises sooner when they come back.',
              { class: shortClass(label) },
            )
        : () => t('Waiting for the picture.'),
    );
  }

  /** @param {unknown} error */
  function trouble(error) {
    say(line, () => words('The curves could not be computed. {reason}', { reason: messageOf(error) }));
  }

  return {
    element,
    /** @param {Subject | undefined} next */
    setSubject(next) {
      subject = next;
      curves.clear();
      sayUsual();
      computation.set(next);
      show();
    },
  };
}

/** @param {Rule} rule */
function option(rule) {
  const made = new Option('', rule);
  say(made, () => ruleName(rule));
  return made;
}

/** @param {Change} change */
function changeName(change) {
  return change === 'deletion' ? t('deletion') : t('insertion');
}

/** @param {Order} order */
function orderName(order) {
  return order === 'edges' ? t('edges') : order === 'random' ? t('by chance') : ruleName(order);
}
