// Figure 6a: the maps of a network whose layers lose their weights one after another, from the last to the first (Adebayo and others
// 2018, arXiv 1810.03292). It computes only while it is in view, first what the slider is at.

import { roundedInWords } from './correlation-words.js';
import { displayOf, sideOf } from './display-options.js';
import { make } from './dom.js';
import { createLineChart } from './line-chart.js';
import { createLineLegend } from './line-legend.js';
import { label, say } from './live-text.js';
import { likenessInWords, likenessOf, nameOf } from './map-likeness.js';
import { createMapsRow } from './maps-row.js';
import { createNumbersTable } from './numbers-table.js';
import { decimals, percent, percentage } from './numbers.js';
import { shortClass } from './predictions.js';
import { randomisedMaps } from './randomised-maps.js';
import { layersWithWeights, stopsOf } from './randomised-layers.js';
import { RULES, ruleName } from './rules.js';
import { messageOf } from './status.js';
import { t, words } from './translate.js';
import { whileInView } from './while-in-view.js';

/** @import { Point } from './line-chart.js' */
/** @import { Likeness, Measure } from './map-likeness.js' */
/** @import { RandomisedMaps } from './randomised-maps.js' */
/** @import { Stop } from './randomised-layers.js' */
/** @import { PageState } from './state.js' */
/** @import { Subject } from './trust-figure.js' */
/** @import { Rule } from './types.js' */

/** The first one's maps are shown. */
const SEEDS = [1, 2, 3];
/** Of the maps that are kept to be shown again. */
const MOST_BYTES = 64e6;
/** One worker is left to whoever goes on to another figure. */
const AT_ONCE = Math.max(1, Math.min(navigator.hardwareConcurrency, 4) - 1);
/** Unless the address says otherwise: the last layer alone. */
const FIRST_COUNT = 1;

/**
 * @param {PageState} state
 * @param {{ measure: () => Measure, choice: HTMLElement, onDrawn: () => void }} options `choice`: of the measure; `onDrawn`: called when the maps of
 *   a randomised network are drawn
 */
export function createTrustRandomised(state, { measure, choice, onDrawn }) {
  const slider = make('input', { type: 'range', id: 'trust-step', min: '0', max: '1', step: '1', autocomplete: 'off' });
  const button = make('button', { type: 'button', id: 'trust-compute' }, () => t('Compute'));
  const line = make('p', { class: 'trust-line', id: 'trust-line', 'aria-live': 'polite' }, () => t('Waiting for the picture.'));
  const share = make('progress', { id: 'trust-progress', max: '1', value: '0', 'aria-label': () => t('Randomised networks computed') });
  const done = make('p', { class: 'hint', id: 'trust-done' });
  const trainedRow = createMapsRow('trust-trained', [make('h4', {}, () => t('as it is'))], () => t('The network as it is'), trouble);
  const answer = make('p', { class: 'hint', id: 'trust-answer' });
  const randomisedName = make('h4', {}, () => t('randomised'));
  const randomisedRow = createMapsRow('trust-randomised', [randomisedName, answer], () => t('The randomised network'), trouble);
  const legend = createLineLegend(RULES.map((rule) => ({ kind: rule, name: () => ruleName(rule) })));
  const chart = createLineChart(
    'trust-chart',
    () =>
      t('How alike each rule’s map is to that of the network as it is, by how many layers are randomised; the table below has the numbers'),
    (count) => choose(nearest(count)),
  );
  const table = createNumbersTable(
    'trust-table',
    () => t('The numbers of this chart'),
    () => t('How alike the maps are, by how many layers are randomised'),
  );
  const element = make(
    'section',
    { class: 'trust-part', id: 'trust-layers', 'aria-labelledby': 'trust-layers-title', 'aria-busy': 'false' },
    make('h3', { id: 'trust-layers-title' }, () => [make('span', { class: 'part' }, '(a)'), ' ', t('The network forgets, layer by layer')]),
    make(
      'div',
      { class: 'trust-controls' },
      make('label', { for: 'trust-step' }, () => t('Layers randomised')),
      slider,
      button,
    ),
    line,
    make('div', { class: 'maps-rows' }, trainedRow.element, randomisedRow.element),
    choice,
    legend.element,
    chart.element,
    share,
    done,
    table.element,
  );

  /** @type {Subject | undefined} */
  let subject;
  /** @type {Stop[]} */
  let stops = [];
  /** How many layers have weights. */
  let layers = 0;
  /** By stop and seed. @type {Map<string, Record<Rule, Likeness>>} */
  const results = new Map();
  /** Those of the first seed, by stop. @type {Map<number, RandomisedMaps>} */
  const kept = new Map();
  /** @type {Record<Rule, Likeness> | undefined} */
  let itself;
  /** @type {import('./three-maps.js').Maps | undefined} */
  let originals;
  /** @type {ReturnType<typeof whileInView<Subject>>} */
  const computation = whileInView(element, { work, onTrouble: trouble, onChange: () => sayProgress() });

  slider.addEventListener('input', () => choose(Number(slider.value)));
  button.addEventListener('click', () => (computation.isRunning() ? computation.stop() : computation.ensure()));
  state.subscribe(['display'], () => {
    if (!subject) return;
    trainedRow.redraw(look());
    randomisedRow.redraw(look());
  });
  state.subscribe(['randomised'], () => {
    showStop();
    if (at() > 0 && !kept.has(at())) computation.ensure();
  });

  const look = () => displayOf(state, subject ? sideOf(subject.model) : 0);
  /** The slider's stop: 0 as it is, then one for each of `stops`. */
  const at = () => nearest(state.get().randomised ?? FIRST_COUNT);
  /** @param {number} stop @param {number} seed */
  const keyOf = (stop, seed) => `${stop} ${seed}`;

  /** @param {number} stop */
  function choose(stop) {
    state.set({ randomised: stops[stop - 1]?.count ?? 0 });
  }

  /** @param {number} count of layers @returns {number} the stop that is nearest */
  function nearest(count) {
    const counts = [0, ...stops.map((stop) => stop.count)];
    return counts.reduce((best, each, i) => (Math.abs(each - count) < Math.abs((counts[best] ?? 0) - count) ? i : best), 0);
  }

  /** @param {Subject} of @param {AbortSignal} signal */
  async function work(of, signal) {
    const maps = await of.originals();
    signal.throwIfAborted();
    originals = maps;
    itself = Object.fromEntries(await Promise.all(RULES.map(async (rule) => [rule, await likenessOf(maps[rule], maps[rule], signal)])));
    await trainedRow.show(maps, look());
    showStop();
    sayProgress();
    /** @type {Set<string>} */
    const underWay = new Set();
    const lane = async () => {
      for (let next = nextOf(underWay); next && !signal.aborted; next = nextOf(underWay)) {
        const { stop, seed } = next;
        const key = keyOf(stop, seed);
        underWay.add(key);
        const from = stops[stop - 1]?.from ?? '';
        const found = await randomisedMaps(of, { from, seed }, signal);
        const pairs = await Promise.all(RULES.map(async (rule) => [rule, await likenessOf(found.maps[rule], maps[rule], signal)]));
        signal.throwIfAborted();
        underWay.delete(key);
        results.set(key, Object.fromEntries(pairs));
        if (seed === SEEDS[0]) keep(stop, found);
        if (stop === at()) showStop();
        else showChart();
        sayProgress();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** What the slider is at comes first, then all stops by the first seed, then by the others. @param {Set<string>} underWay */
  function nextOf(underWay) {
    const [first = 1] = SEEDS;
    const here = at();
    if (here > 0 && !kept.has(here) && !underWay.has(keyOf(here, first))) return { stop: here, seed: first };
    for (const seed of SEEDS) {
      for (let stop = 1; stop <= stops.length; stop++) {
        const key = keyOf(stop, seed);
        if (!results.has(key) && !underWay.has(key)) return { stop, seed };
      }
    }
    return undefined;
  }

  /** The farthest from the slider go first, to be computed anew when they are asked for. @param {number} stop @param {RandomisedMaps} found */
  function keep(stop, found) {
    kept.set(stop, found);
    const bytes = () => [...kept.values()].reduce((sum, { maps }) => sum + 3 * maps.backprop.data.byteLength, 0);
    while (kept.size > 1 && bytes() > MOST_BYTES) {
      const [farthest = stop] = [...kept.keys()].sort((a, b) => Math.abs(b - at()) - Math.abs(a - at()));
      kept.delete(farthest);
    }
  }

  /** Shows what there is of the slider's stop. */
  function showStop() {
    slider.value = String(at());
    showChart();
    if (!subject || stops.length === 0) return;
    const stop = at();
    const { from, count } = stops[stop - 1] ?? { from: '', count: 0 };
    const all = layers;
    say(randomisedName, () =>
      count === 0 ? t('none randomised') : count === all ? t('all randomised') : t('{count} of {all} randomised', { count, all }),
    );
    const saying = () =>
      count === 0
        ? t('No layer is randomised: these are the maps of figure 2.')
        : count === 1
          ? words('The last layer with weights, {layer}, is randomised: its numbers are shuffled, so it has lost what it learned.', {
              layer: make('b', {}, from),
            })
          : count === all
            ? words('All {all} layers with weights are randomised, from the last to the first, {layer}.', {
                all,
                layer: make('b', {}, from),
              })
            : words('The last {count} of {all} layers with weights are randomised: {layer} and all after it.', {
                count,
                all,
                layer: make('b', {}, from),
              });
    say(line, saying);
    label(slider, 'aria-valuetext', saying);
    const found = stop === 0 ? undefined : kept.get(stop);
    randomisedRow.element.setAttribute('aria-busy', String(stop > 0 && !found));
    if (stop === 0) {
      if (originals) randomisedRow.show(originals, look());
      say(answer, '');
    } else if (found) {
      randomisedRow.show(found.maps, look()).then(onDrawn);
      const { top } = found;
      if (top) say(answer, () => words('now says “{class}”, {share}', { class: shortClass(top.label), share: percent(top.probability) }));
    }
    const likeness = stop === 0 ? itself : results.get(keyOf(stop, SEEDS[0] ?? 1));
    randomisedRow.say((rule) => {
      const one = likeness?.[rule];
      const by = measure();
      return one ? () => t('{measure}: {number}', { measure: nameOf(by), number: likenessInWords(one, by) }) : '';
    });
  }

  /** What is known of a stop, by each seed. @param {number} stop */
  function knownAt(stop) {
    return (stop === 0 ? [itself] : SEEDS.map((seed) => results.get(keyOf(stop, seed)))).filter((each) => each !== undefined);
  }

  /** The numbers of one stop and rule, by the measure that is chosen: none of seeds whose map is empty. @param {number} stop @param {Rule} rule */
  function numbersAt(stop, rule) {
    return knownAt(stop).flatMap((each) => each[rule].similarity?.[measure()] ?? []);
  }

  function showChart() {
    const places = [{ from: '', count: 0 }, ...stops];
    const lines = RULES.map((rule) => ({
      kind: rule,
      runs: runsOf(places.map(({ count }, stop) => pointOf(count, numbersAt(stop, rule)))),
    }));
    const least = Math.min(0, ...lines.flatMap(({ runs }) => runs.flat().map(({ y, bar }) => bar?.[0] ?? y)));
    const here = stops[at() - 1]?.count ?? 0;
    chart.show({
      x: { low: 0, high: layers, name: (count) => String(count), title: () => t('layers randomised, the last one first') },
      y: { low: Math.floor(least * 5 + 1e-9) / 5 || 0, high: 1, name: (value) => decimals(value, 1), title: () => nameOf(measure()) },
      lines,
      at: layers > 0 ? here : undefined,
    });
    RULES.forEach((rule, i) => {
      const point = lines[i]?.runs.flat().find(({ x }) => x === here);
      legend.say(rule, point ? () => roundedInWords(point.y, here === 0) : knownAt(at()).length > 0 ? () => t('empty') : '');
    });
    table.show(
      [() => t('randomised'), ...RULES.map((rule) => () => ruleName(rule))],
      places.map(({ from, count }, stop) => ({
        name: () => (count === 0 ? t('nothing') : count === 1 ? from : t('{count}, from {layer} on', { count, layer: from })),
        cells: RULES.map((rule) => () => inCell(numbersAt(stop, rule), knownAt(stop).length)),
      })),
    );
  }

  function sayProgress() {
    const all = stops.length * SEEDS.length;
    const computed = results.size;
    share.value = all === 0 ? 0 : computed / all;
    share.dataset['idle'] = String(computed === all);
    const isDone = all > 0 && computed === all;
    button.disabled = all === 0 || isDone;
    say(button, () => (isDone ? t('Computed') : computation.isRunning() ? t('Pause') : t('Compute')));
    const many = layers > stops.length;
    const [left, total, seeds] = [stops.length, layers, SEEDS.length];
    say(done, () =>
      all === 0
        ? ''
        : [
            t(
              '{share} computed: {computed} of {all} networks. Each set of layers is shuffled in {seeds} ways. The maps above the chart and their numbers come from the first; a point is the mean of all {seeds}, and a bar goes from the smallest to the largest. Empty maps are left out.',
              { share: percentage(Math.floor((100 * computed) / all)), computed, all, seeds },
            ),
            ...(many ? [' ', t('Of the {total} layers with weights, {left} evenly spaced ones are shown.', { total, left })] : []),
          ],
    );
  }

  /** @param {unknown} error */
  function trouble(error) {
    say(line, () => words('The randomised networks could not be computed. {reason}', { reason: messageOf(error) }));
  }

  return {
    element,
    /** @param {Subject | undefined} next */
    setSubject(next) {
      subject = next;
      const isLost = next?.isRandom ?? false;
      stops = next && !isLost ? stopsOf(next.model.info) : [];
      layers = next && !isLost ? layersWithWeights(next.model.info).length : 0;
      results.clear();
      kept.clear();
      itself = undefined;
      originals = undefined;
      element.dataset['lost'] = String(isLost);
      slider.max = String(Math.max(1, stops.length));
      slider.disabled = stops.length === 0;
      randomisedRow.blank();
      trainedRow.blank();
      say(answer, '');
      if (isLost)
        say(line, () =>
          t('All weights of this network are random already: nothing is left to forget. Untick “Random weights”, above figure 2.'),
        );
      else if (!next) say(line, () => t('Waiting for the picture.'));
      computation.set(isLost ? undefined : next);
      showStop();
      sayProgress();
    },
    /** To be called when another measure is chosen. */
    remeasure: showStop,
  };
}

/** @param {number} count @param {number[]} numbers of each seed @returns {Point[]} none where there are none */
function pointOf(count, numbers) {
  if (numbers.length === 0) return [];
  const y = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  return [
    { x: count, y, ...(numbers.length > 1 && { bar: /** @type {[number, number]} */ ([Math.min(...numbers), Math.max(...numbers)]) }) },
  ];
}

/** Neighbours that have a point are joined. @param {Point[][]} places a point each, or none @returns {Point[][]} */
function runsOf(places) {
  /** @type {Point[][]} */
  const runs = [[]];
  for (const [point] of places) {
    if (point) runs.at(-1)?.push(point);
    else runs.push([]);
  }
  return runs;
}

/** @param {number[]} numbers @param {number} computed by how many seeds, those included whose map is empty */
function inCell(numbers, computed) {
  const [point] = pointOf(0, numbers);
  if (!point) return computed === 0 ? '…' : t('empty');
  const [mean, low, high] = [point.y, ...(point.bar ?? [0, 0])].map((each) => decimals(each, 3));
  const said = point.bar ? t('{mean} ({low} to {high})', { mean: mean ?? '', low: low ?? '', high: high ?? '' }) : (mean ?? '');
  return numbers.length < computed
    ? t('{numbers}; {count} of {all} empty', { numbers: said, count: computed - numbers.length, all: computed })
    : said;
}
