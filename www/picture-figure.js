// Figure 2: a forward pass of one picture, and a backward pass of one class by each of the three rules, drawn side by side.
// The newest request wins: older passes are aborted, and their results are dropped if they still arrive.

import { createClassLikeness } from './class-likeness.js';
import { createCrosshair } from './crosshair.js';
import { displayOf, sideOf } from './display-options.js';
import { byId, make } from './dom.js';
import { needsPicture } from './first-convolutions.js';
import { milliseconds, percent } from './numbers.js';
import { Painter, drawOptions, putPixels } from './painter.js';
import { shortLabel } from './predictions.js';
import { createReadouts } from './readouts.js';
import { NAMES, RULES, byRule } from './rules.js';
import { sentence } from './status.js';

/** @import { AttributionMap, ClassScore, Model, Picture, Rule, Trace } from './types.js' */

/**
 * @param {{
 *   state: import('./state.js').PageState,
 *   predictions: ReturnType<typeof import('./predictions.js').createPredictions>,
 *   onBusy: (words: string) => void,
 *   onReady: (words: string) => void,
 *   onTrouble: (error: unknown, picture: Picture, kept: Picture | undefined, again: () => void) => void,
 *   onTrace: (trace: Trace, model: Model, picture: Picture) => void,
 *   onDraw: (name: 'view' | Rule, canvas: HTMLCanvasElement) => void,
 * }} options `onDraw`: called when a canvas was drawn or blanked
 */
export function createPictureFigure({ state, predictions, onBusy, onReady, onTrouble, onTrace, onDraw }) {
  const figure = byId('picture-figure', HTMLElement);
  const pictures = byId('pictures', HTMLElement);
  const view = byId('view', HTMLCanvasElement);
  const viewNote = byId('view-note', HTMLElement);
  const clock = byId('clock', HTMLElement);
  const readouts = createReadouts();
  const likeness = createClassLikeness();
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

  const crosshair = createCrosshair({
    size: () => ({ width: view.width, height: view.height }),
    onMove: (pixel, byKeyboard) => readouts.show(pixel, { trace: current?.trace, maps }, byKeyboard),
  });
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
    onBusy(`Looking at “${picture.title}”…`);
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
    const label = shortLabel(top.find((prediction) => prediction.index === index)?.label ?? String(index));
    predictions.mark(index);
    state.set({ target: index === top[0]?.index ? undefined : index });
    explained = undefined;
    likeness.clear();
    onBusy(`${says()} Explaining “${label}”…`);
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
          canvases[rule].setAttribute('aria-label', `Map by ${NAMES[rule]}: the pixels behind “${label}”`);
          sayWarning(rule, map);
          await paint(rule, map);
          if (!signal.aborted) frameOf(canvases[rule]).dataset['busy'] = 'false';
        }),
      );
      if (signal.aborted) return;
      setBusy(false);
      sayTimes();
      crosshair.refresh();
      explained = index;
      onReady(says());
      if (top[0]) likeness.show(trace, top[0], index, { ...maps }, signal);
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

  state.subscribe(['display'], async () => {
    await Promise.all(RULES.map((rule) => paint(rule, maps[rule])));
    crosshair.refresh();
  });

  /** The network's prediction, and the class that the maps explain if it is another one. */
  function says() {
    const [first] = current?.top ?? [];
    const other = current?.top.find(({ index }) => index === explained);
    if (!first) return '';
    const answer = { label: shortLabel(first.label), share: percent(first.probability) };
    return (
      (random
        ? `The weights are random, so the answer means nothing: “${answer.label}”, ${answer.share}.`
        : `The network says “${answer.label}”, ${answer.share}.`) +
      (other && other !== first ? ` The maps explain “${shortLabel(other.label)}”, ${percent(other.probability)}.` : '')
    );
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
      viewNote.textContent = 'waiting for the network';
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
    viewNote.textContent = 'as the network sees it';
    if (current) view.setAttribute('aria-label', `${current.picture.title}, as the network sees it`);
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
    warning.textContent = !said
      ? ''
      : said.code === 'zero-gradient'
        ? `Nothing to draw. ${sentence(said.message)}`
        : sentence(said.message);
  }

  function sayTimes() {
    const back = RULES.flatMap((rule) => maps[rule]?.milliseconds ?? []);
    if (!current || back.length === 0) return;
    const mean = back.reduce((sum, ms) => sum + ms, 0) / back.length;
    clock.replaceChildren(
      'Forward ',
      make('b', {}, milliseconds(current.trace.milliseconds)),
      ', each way back ',
      make('b', {}, milliseconds(mean)),
      ', on your machine; nothing was uploaded.',
    );
  }

  return {
    show,
    explain,
    says,
    /** The picture on show, the class that the maps explain, and the network. */
    explainedWords() {
      const label = current?.top.find(({ index }) => index === explained)?.label;
      return {
        picture: current?.picture.title ?? '',
        class: label === undefined ? '' : shortLabel(label),
        network: model?.info.title ?? '',
      };
    },
    /** What is on show, once all three maps are drawn. @returns {import('./export-panel.js').Shown | undefined} */
    shown() {
      if (!current || explained === undefined) return undefined;
      return { picture: current.picture, view, canvases, maps, target: { class: explained }, words: says() };
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
      clock.textContent = '';
      likeness.clear();
      crosshair.refresh();
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
