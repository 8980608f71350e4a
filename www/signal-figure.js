// Figure 2b: the signal of figure 2 on its way, from the score to the pixels: at each ReLU what went up, and what each rule lets
// through on the way down. It computes only while it is near the viewport.

import { drawChannel } from './activations.js';
import { byId, make, watchNear } from './dom.js';
import { label, say } from './live-text.js';
import { counted, percent, percentage } from './numbers.js';
import { RULES, byRule, ruleName } from './rules.js';
import { largestOfChannels, scaleOfAll, shareNotZero } from './signal-planes.js';
import { signalStops } from './signal-stops.js';
import { messageOf } from './status.js';
import { t, words } from './translate.js';

/** @import { LayerInfo } from '../pkg/index.js' */
/** @import { PageState } from './state.js' */
/** @import { Model, Rule, Trace } from './types.js' */
/** @typedef {{ element: HTMLTableRowElement, name: () => string, layer: LayerInfo | undefined, activation: HTMLCanvasElement | undefined, maps: Record<Rule, HTMLCanvasElement>, shares: Record<Rule, HTMLElement> }} Row `layer`: undefined for the pixels */

/** Between two steps while it plays. */
const STEP_MILLISECONDS = 700;

/** @param {PageState} state */
export function createSignalFigure(state) {
  const figure = byId('signal-figure', HTMLElement);
  const body = byId('signal-rows', HTMLTableSectionElement);
  const slider = byId('signal-step', HTMLInputElement);
  const line = byId('signal-line', HTMLElement);
  const play = byId('signal-play', HTMLButtonElement);
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  /** @type {{ trace: Trace, model: Model } | undefined} */
  let current;
  /** The score, the layers, the pixels: from the top down. @type {Row[]} */
  let rows = [];
  /** What is said at each row. @type {(() => string)[]} */
  let says = [];
  let isNear = false;
  /** Whether another class or picture was chosen since it was drawn. */
  let isStale = false;
  let timer = 0;
  let work = new AbortController();

  slider.addEventListener('input', () => {
    stop();
    mark();
  });
  play.addEventListener('click', () => (timer === 0 ? start() : stop()));
  still.addEventListener('change', showPlay);
  showPlay();
  // With another picture, the figure is shown anew once that is explained.
  state.subscribe(['target'], (changed) => {
    if (!changed.includes('picture')) showWhenNear();
  });
  watchNear(figure, (near) => {
    isNear = near;
    if (near && isStale) show();
  });

  /** The signals of all these layers are much to compute, and whoever is at another figure does not wait for them. */
  function showWhenNear() {
    work.abort();
    if (!current || rows.length === 0) return;
    isStale = true;
    figure.setAttribute('aria-busy', 'true');
    if (isNear) show();
  }

  function showPlay() {
    play.hidden = still.matches;
    if (still.matches) stop();
  }

  function start() {
    if (Number(slider.value) === Number(slider.max)) slider.value = '0';
    say(play, () => t('Stop'));
    timer = setInterval(() => {
      slider.value = String(Number(slider.value) + 1);
      mark();
      if (Number(slider.value) === Number(slider.max)) stop();
    }, STEP_MILLISECONDS);
    mark();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    say(play, () => t('Play'));
  }

  /** Shows how far the signal has come. */
  function mark() {
    const at = Number(slider.value);
    rows.forEach(({ element }, i) => {
      element.dataset['reached'] = String(i < at);
      element.dataset['here'] = String(i === at - 1);
    });
    const saying = at === 0 ? () => t('A 1 is put on the score. Nothing has come down yet.') : (says[at - 1] ?? '');
    say(line, saying);
    label(slider, 'aria-valuetext', saying);
  }

  async function show() {
    if (!current) return;
    isStale = false;
    work = new AbortController();
    const { signal } = work;
    const { trace } = current;
    const { target } = state.get();
    try {
      const stops = rows.flatMap(({ layer }) => (layer ? [layer] : []));
      const [activations, ...maps] = await Promise.all([
        Promise.all(stops.map(async ({ name }) => largestOfChannels(await trace.activation(name, { signal })))),
        ...RULES.map(async (method) => {
          const asked = { method, target: target === undefined ? /** @type {const} */ ('top') : { class: target }, signal };
          const map = await trace.explain({ ...asked, signals: stops.map(({ name }) => name) });
          // Folded at once: together the signals of all layers and rules are many megabytes.
          const passed = map.signals.map(({ signal: arrived, passed = arrived }) => ({
            plane: largestOfChannels(passed),
            share: shareNotZero(passed),
            units: passed.data.length,
          }));
          return [...passed, { plane: largestOfChannels(map), share: shareNotZero(map), units: map.data.length }];
        }),
      ]);
      if (signal.aborted) return;
      says = rows.map(({ name, layer, activation, maps: canvases, shares }, i) => {
        const here = byRule((rule) => /** @type {typeof maps[number][number]} */ (maps[RULES.indexOf(rule)]?.[i]));
        const most = scaleOfAll(RULES.map((rule) => here[rule].plane));
        const went = activations[i];
        if (layer && activation && went) drawChannel(activation, went, 0, { signed: false, most: scaleOfAll([went]) });
        for (const rule of RULES) {
          const { plane, share, units } = here[rule];
          drawChannel(canvases[rule], plane, 0, { signed: true, most });
          say(shares[rule], () => shareInWords(share));
          label(canvases[rule], 'aria-label', () =>
            t('The signal at {layer} by {rule}: {share} of {count} numbers are not zero', {
              layer: name(),
              rule: ruleName(rule),
              share: shareInWords(share),
              count: counted(units),
            }),
          );
        }
        const parts = () => RULES.map((rule) => `${ruleName(rule)} ${shareInWords(here[rule].share)}`).join(', ');
        const { units } = here.guided;
        return layer
          ? () =>
              t('Share of the {count} units of {layer} that pass a signal on: {shares}.', {
                count: counted(units),
                layer: name(),
                shares: parts(),
              })
          : () => t('Share of the map’s {count} numbers that are not zero: {shares}.', { count: counted(units), shares: parts() });
      });
      figure.dataset['state'] = 'ready';
      figure.setAttribute('aria-busy', 'false');
      mark();
    } catch (error) {
      if (signal.aborted) return;
      figure.dataset['state'] = 'failed';
      figure.setAttribute('aria-busy', 'false');
      say(line, () => words('The signal could not be computed. {reason}', { reason: messageOf(error) }));
    }
  }

  return {
    /** Makes room for the layers of the network on show. @param {Model} model */
    setModel({ info }) {
      work.abort();
      stop();
      current = undefined;
      isStale = false;
      says = [];
      figure.dataset['state'] = 'empty';
      figure.setAttribute('aria-busy', 'false');
      const stops = signalStops(info);
      const [, height, width] = info.input.shape;
      rows =
        stops.length === 0
          ? []
          : [
              ...stops.map((layer) => row(() => layer.name, layer)),
              row(() => t('{width} × {height} pixels', { width, height }), undefined),
            ];
      body.replaceChildren(...rows.map(({ element }) => element));
      slider.max = String(rows.length);
      slider.value = slider.max;
      slider.disabled = rows.length === 0;
      play.disabled = rows.length === 0;
      mark();
      say(line, () =>
        rows.length === 0
          ? t('No ReLU lies between the class scores and the picture, so the three rules give the same map.')
          : t('Waiting for the picture.'),
      );
    },
    /** @param {Trace} trace @param {Model} model */
    setTrace(trace, model) {
      current = { trace, model };
      showWhenNear();
    },
  };
}

/** @param {number} share */
function shareInWords(share) {
  return share === 0 ? percentage(0) : percent(share);
}

/** @param {() => string} name @param {LayerInfo | undefined} layer @returns {Row} */
function row(name, layer) {
  const activation = layer && canvas(() => t('The output of {layer}', { layer: name() }));
  const maps = byRule((rule) => canvas(() => t('The signal at {layer} by {rule}', { layer: name(), rule: ruleName(rule) })));
  const shares = byRule(() => make('span', { class: 'share' }, '\u00a0'));
  const element = make(
    'tr',
    {},
    make('th', { scope: 'row' }, () => [...breakable(name()), ' ', make('small', {}, layer ? layer.shape.join(' × ') : t('the map'))]),
    make('td', { class: 'went' }, ...(activation ? [activation] : [])),
    ...RULES.map((rule) => make('td', { 'data-rule': rule }, maps[rule], shares[rule])),
  );
  return { element, name, layer, activation, maps, shares };
}

/** Long names may break after an underscore. @param {string} name @returns {(Node | string)[]} */
function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part, i) => (i === 0 ? [part] : [make('wbr'), part]));
}

/** @param {() => string} words */
function canvas(words) {
  return make('canvas', { width: '8', height: '8', role: 'img', 'aria-label': words });
}
