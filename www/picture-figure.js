// Figure 2: a forward pass of one picture, and a backward pass of one class by each of the three rules, drawn side by side.
// The newest request wins: older passes are aborted, and their results are dropped if they still arrive.

import { displayOf, sideOf } from './display-options.js';
import { byId, make } from './dom.js';
import { needsPicture } from './first-convolutions.js';
import { label, say } from './live-text.js';
import { titleOf } from './network-title.js';
import { milliseconds, percent } from './numbers.js';
import { Painter, drawOptions, putPixels, sharedScaleOf } from './painter.js';
import { shortClass, shortClassText } from './predictions.js';
import { createReadouts } from './readouts.js';
import { RULES, byRule, fullName } from './rules.js';
import { warningOf } from './status.js';
import { t, textOf, words } from './translate.js';

/** @import { Saying } from './live-text.js' */
/** @import { AttributionMap, ClassScore, Model, Picture, Rule, Trace } from './types.js' */

/**
 * @param {{
 *   state: import('./state.js').PageState,
 *   predictions: ReturnType<typeof import('./predictions.js').createPredictions>,
 *   onBusy: (saying: Saying) => void,
 *   onReady: (saying: Saying) => void,
 *   onTrouble: (error: unknown, picture: Picture, kept: Picture | undefined, again: () => void) => void,
 *   onTrace: (trace: Trace, model: Model, picture: Picture) => void,
 *   onDraw: (name: 'view' | Rule, canvas: HTMLCanvasElement) => void,
 *   beside: () => AttributionMap[],
 * }} options `onDraw`: called when a canvas was drawn or blanked; `beside`: what shares a scale with these maps, if they share one
 */
export function createPictureFigure({ state, predictions, onBusy, onReady, onTrouble, onTrace, onDraw, beside }) {
  const figure = byId('picture-figure', HTMLElement);
  const pictures = byId('pictures', HTMLElement);
  const view = byId('view', HTMLCanvasElement);
  const viewNote = byId('view-note', HTMLElement);
  const clock = byId('clock', HTMLElement);
  const readouts = createReadouts();
  const likenessLine = byId('likeness', HTMLElement);
  /** Fetched when the first maps are there. @type {ReturnType<typeof import('./class-likeness.js').createClassLikeness> | undefined} */
  let likeness;
  const canvases = byRule((rule) => byId(`map-${rule}`, HTMLCanvasElement));
  const painters = byRule(
    (rule) =>
      new Painter(
        canvases[rule],
        (error) => current && trouble(error, current.picture),
        () => onDraw(rule, canvases[rule]),
      ),
  );

  /** @type {Model | undefined} */
  let model;
  /** Whether its weights are random ones. */
  let random = false;
  /** What is on show. @type {{ picture: Picture, trace: Trace, top: ClassScore[] } | undefined} */
  let current;
  /** @type {Partial<Record<Rule, AttributionMap>>} */
  let maps = {};
  /** The class that all three maps explain. @type {number | undefined} */
  let explained;
  let forwardPass = new AbortController();
  let backwardPass = new AbortController();
  /** The input side of the network that is loading. */
  let side = 32;

  /** Fetched when there is a map to point at. @type {ReturnType<typeof import('./crosshair.js').createCrosshair> | undefined} */
  let crosshair;
  const pointing = {
    size: () => ({ width: view.width, height: view.height }),
    onMove: (/** @type {import('./crosshair.js').Pixel | undefined} */ pixel, /** @type {boolean} */ byKeyboard) =>
      readouts.show(pixel, { trace: current?.trace, maps }, byKeyboard),
  };
  view.dataset['blank'] = 'true';

  /**
   * @param {Picture} picture
   * @param {number | string} [requested] the class to explain, by its number or name, if the network has it; otherwise its likeliest
   */
  async function show(picture, requested) {
    forwardPass.abort();
    backwardPass.abort();
    forwardPass = new AbortController();
    const { signal } = forwardPass;
    if (!model) {
      await preview(picture, signal);
      return;
    }
    onBusy(() => t('Looking at “{picture}”…', { picture: picture.title }));
    setBusy(true);
    try {
      const trace = await model.forward(picture.blob, { signal });
      if (signal.aborted) {
        trace.close();
        return;
      }
      const top = await trace.top(model.info.classes.length);
      if (signal.aborted) {
        trace.close();
        return;
      }
      current?.trace.close();
      current = { picture, trace, top };
      maps = {};
      drawView(trace);
      predictions.set(top);
      figure.dataset['state'] = 'ready';
      const first = top[0];
      if (!first) return;
      const explaining = explain(predictions.find(requested) ?? first.index);
      // The other figures start only now, so that this one's maps come first.
      onTrace(trace, model, picture);
      await explaining;
    } catch (error) {
      if (signal.aborted) return;
      setBusy(false);
      trouble(error, picture, () => show(picture, requested));
    }
  }

  /** @param {number} index the class to explain */
  async function explain(index) {
    if (!current) return;
    backwardPass.abort();
    backwardPass = new AbortController();
    const { signal } = backwardPass;
    const { trace, picture, top } = current;
    const name = top.find((prediction) => prediction.index === index)?.label ?? String(index);
    predictions.mark(index);
    state.set({ target: index === top[0]?.index ? undefined : index });
    explained = undefined;
    say(likenessLine, '');
    onBusy(() => words('{answer} Explaining “{class}”…', { answer: says(), class: shortClass(name) }));
    setBusy(true);
    try {
      // All at once, so that several workers can share them.
      await Promise.all(
        RULES.map(async (rule) => {
          const map = await trace.explain({
            method: rule,
            target: { class: index },
            draw: drawOptions(displayOf(state, sideOf(trace.model))),
            signal,
          });
          if (signal.aborted) return;
          maps[rule] = map;
          label(canvases[rule], 'aria-label', () =>
            t('Map by {rule}: the pixels behind “{class}”', { rule: fullName(rule), class: shortClassText(name) }),
          );
          sayWarning(rule, map);
          if (isShared()) return;
          await paint(rule, map);
          if (!signal.aborted) frameOf(canvases[rule]).dataset['busy'] = 'false';
        }),
      );
      if (isShared()) await paintAll();
      if (signal.aborted) return;
      setBusy(false);
      sayTimes();
      explained = index;
      onReady(says);
      crosshair ??= (await import('./crosshair.js')).createCrosshair(pointing);
      crosshair.refresh();
      likeness ??= (await import('./class-likeness.js')).createClassLikeness(likenessLine);
      if (top[0] && !signal.aborted) likeness.show(trace, top[0], index, { ...maps }, signal);
    } catch (error) {
      if (signal.aborted) return;
      setBusy(false);
      trouble(error, picture, () => explain(index));
    }
  }

  /** @param {Rule} rule @param {AttributionMap | undefined} map */
  async function paint(rule, map) {
    if (map && model) await painters[rule].paint(map, displayOf(state, sideOf(model)));
  }

  function isShared() {
    return state.get().display.scale === 'shared';
  }

  async function paintAll() {
    if (!model) return;
    const [all, look] = [{ ...maps }, displayOf(state, sideOf(model))];
    const full = await sharedScaleOf([...Object.values(all), ...beside()], look);
    // Another choice may have come meanwhile, and is drawn already.
    if (
      !model ||
      RULES.some((rule) => all[rule] !== maps[rule]) ||
      JSON.stringify(look) !== JSON.stringify(displayOf(state, sideOf(model)))
    )
      return;
    await Promise.all(RULES.map((rule) => all[rule] && painters[rule].paint(all[rule], look, full)));
  }

  /** All of them again, as is chosen now. */
  async function redraw() {
    try {
      await paintAll();
      crosshair?.refresh();
    } catch (error) {
      if (current) trouble(error, current.picture);
    }
  }

  state.subscribe(['display'], redraw);

  /** The network's prediction, and the class that the maps explain if it is another one. */
  function says() {
    const [first] = current?.top ?? [];
    const other = current?.top.find(({ index }) => index === explained);
    if (!first) return '';
    const answer = { class: shortClass(first.label), share: percent(first.probability) };
    if (!other || other === first) {
      return random
        ? words('The weights are random, so the answer means nothing: “{class}”, {share}.', answer)
        : words('The network says “{class}”, {share}.', answer);
    }
    const both = { ...answer, other: shortClass(other.label), otherShare: percent(other.probability) };
    return random
      ? words('The weights are random, so the answer means nothing: “{class}”, {share}. The maps explain “{other}”, {otherShare}.', both)
      : words('The network says “{class}”, {share}. The maps explain “{other}”, {otherShare}.', both);
  }

  /** @param {unknown} error @param {Picture} picture @param {() => void} [again] */
  function trouble(error, picture, again = () => show(picture)) {
    if (!current) figure.dataset['state'] = 'failed';
    onTrouble(error, picture, current?.picture, again);
  }

  /** Shows the chosen picture while the network is still loading. @param {Picture} picture @param {AbortSignal} signal */
  async function preview(picture, signal) {
    const bitmap = await createImageBitmap(picture.blob).catch(() => undefined);
    // The forward pass will report a picture that cannot be decoded.
    if (!bitmap) return;
    if (!signal.aborted && !current) {
      const least = Math.min(bitmap.width, bitmap.height);
      view.width = side;
      view.height = side;
      view.getContext('2d')?.drawImage(bitmap, (bitmap.width - least) / 2, (bitmap.height - least) / 2, least, least, 0, 0, side, side);
      view.dataset['blank'] = 'false';
      say(viewNote, () => t('waiting for the network'));
      onDraw('view', view);
    }
    bitmap.close();
  }

  /** @param {Trace} trace */
  function drawView(trace) {
    const pixels = trace.view;
    if (!pixels) return;
    putPixels(view, pixels);
    pictures.style.setProperty('--aspect', `${pixels.width} / ${pixels.height}`);
    frameOf(view).dataset['busy'] = 'false';
    say(viewNote, () => t('as the network sees it'));
    const shown = current?.picture;
    if (shown) label(view, 'aria-label', () => t('{picture}, as the network sees it', { picture: shown.title }));
    onDraw('view', view);
  }

  /** @param {boolean} busy */
  function setBusy(busy) {
    pictures.setAttribute('aria-busy', String(busy));
    for (const rule of RULES) frameOf(canvases[rule]).dataset['busy'] = String(busy);
  }

  /** @param {Rule} rule @param {AttributionMap} map */
  function sayWarning(rule, map) {
    const warning = byId(`warning-${rule}`, HTMLElement);
    warning.hidden = !map.warning;
    const said = map.warning;
    say(
      warning,
      said
        ? () =>
            said.code !== 'zero-gradient'
              ? warningOf(said)
              : rule === 'backprop'
                ? words('Nothing to draw. {reason} Try another class or picture.', { reason: warningOf(said) })
                : words('Nothing to draw. {reason} Look at backprop, or try another class or picture.', { reason: warningOf(said) })
        : '',
    );
  }

  function sayTimes() {
    const back = RULES.flatMap((rule) => maps[rule]?.milliseconds ?? []);
    if (!current || back.length === 0) return;
    const mean = back.reduce((sum, ms) => sum + ms, 0) / back.length;
    const { milliseconds: forward } = current.trace;
    say(clock, () =>
      words('Forward {forward}, each way back {back}, on your machine; nothing was uploaded.', {
        forward: make('b', {}, milliseconds(forward)),
        back: make('b', {}, milliseconds(mean)),
      }),
    );
  }

  return {
    show,
    explain,
    redraw,
    says,
    /** The picture on show, the class that the maps explain, and the network. */
    explainedWords() {
      const found = current?.top.find(({ index }) => index === explained)?.label;
      return {
        picture: current?.picture.title ?? '',
        class: found === undefined ? '' : shortClassText(found),
        network: model ? titleOf(model.info) : '',
      };
    },
    /** The label of the likeliest class. */
    answer: () => current?.top[0]?.label ?? '',
    /** The class that the maps explain now, in the language on show whenever it is asked. */
    explainedClass() {
      const found = current?.top.find(({ index }) => index === explained)?.label;
      return () => (found === undefined ? '' : shortClassText(found));
    },
    /** What is on show, once all three maps are drawn. @returns {import('./export-panel.js').Shown | undefined} */
    shown() {
      if (!current || explained === undefined) return undefined;
      return { picture: current.picture, view, canvases, maps, target: { class: explained }, words: textOf(says()) };
    },
    /** Prepares for a network that is loading. @param {{ side: number, classes: number }} network */
    expect(network) {
      side = network.side;
      predictions.blank(network.classes);
    },
    /** @param {Model} next @param {boolean} isRandom whether its weights are random ones */
    setModel(next, isRandom) {
      forwardPass.abort();
      backwardPass.abort();
      current = undefined;
      maps = {};
      model = next;
      random = isRandom;
      // Where no layer needs it, the deconvnet's map does not depend on the picture, and a note says so.
      byId('note-deconvnet', HTMLElement).hidden = next.info.layers.some(needsPicture);
      for (const rule of RULES) {
        painters[rule].blank();
        sayWarning(rule, /** @type {AttributionMap} */ ({}));
      }
      predictions.blank(next.info.classes.length);
      say(clock, '');
      say(likenessLine, '');
      crosshair?.refresh();
      figure.dataset['state'] = 'empty';
    },
    /** To be called when no network is loaded or loading. */
    fail() {
      if (!current) figure.dataset['state'] = 'failed';
    },
    /** Whether nothing is on show and nothing is loading. */
    failed: () => figure.dataset['state'] === 'failed',
  };
}

/** @param {HTMLCanvasElement} canvas */
function frameOf(canvas) {
  return /** @type {HTMLElement} */ (canvas.parentElement);
}
