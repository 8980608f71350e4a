// Figure 2: one picture forward, one class backward by three rules, drawn side by side.
// Newest wins: a run or a question that is no longer wanted is aborted, and whatever of it
// still arrives is dropped.

import { shortLabel } from './answers.js';
import { createCrosshair } from './crosshair.js';
import { milliseconds, percent } from './numbers.js';
import { byId, make } from './page.js';
import { Painter, putPixels } from './painter.js';
import { createReadouts } from './readouts.js';
import { RULES, byRule } from './rules.js';
import { sentence } from './status.js';

/** @typedef {import('./rules.js').Answer} Answer */
/** @typedef {import('./rules.js').Display} Display */
/** @typedef {import('./rules.js').Model} Model */
/** @typedef {import('./rules.js').Picture} Picture */
/** @typedef {import('./rules.js').RelumeMap} RelumeMap */
/** @typedef {import('./rules.js').Rule} Rule */
/** @typedef {import('./rules.js').Trace} Trace */

const NAMES = { backprop: 'backprop', deconvnet: 'deconvnet', guided: 'guided backpropagation' };

/**
 * @param {{
 *   answers: ReturnType<typeof import('./answers.js').createAnswers>,
 *   display: () => Display,
 *   onBusy: (words: string) => void,
 *   onReady: (words: string) => void,
 *   onTrouble: (error: unknown, picture: Picture, kept: Picture | undefined, again: () => void) => void,
 *   onTarget: (index: number, isTop: boolean) => void,
 *   onTrace: (trace: Trace, model: Model, picture: Picture) => void,
 *   onDraw: (name: 'view' | Rule, canvas: HTMLCanvasElement) => void,
 * }} options `onDraw`: a canvas is drawn, or blank again
 */
export function createPictureFigure({ answers, display, onBusy, onReady, onTrouble, onTarget, onTrace, onDraw }) {
  const figure = byId('picture-figure', HTMLElement);
  const pictures = byId('pictures', HTMLElement);
  const view = byId('view', HTMLCanvasElement);
  const viewNote = byId('view-note', HTMLElement);
  const clock = byId('clock', HTMLElement);
  const readouts = createReadouts();
  const canvases = byRule((rule) => byId(`map-${rule}`, HTMLCanvasElement));
  const painters = byRule((rule) => new Painter(canvases[rule], (error) => current && trouble(error, current.picture), () => onDraw(rule, canvases[rule])));

  /** @type {Model | undefined} */
  let model;
  /** What is on show. @type {{ picture: Picture, trace: Trace, top: Answer[] } | undefined} */
  let current;
  /** @type {Partial<Record<Rule, RelumeMap>>} */
  let maps = {};
  /** The class all three maps are of. @type {number | undefined} */
  let explained;
  let run = new AbortController();
  let question = new AbortController();
  /** The side of a picture as the first network will see it. */
  let side = 32;

  const crosshair = createCrosshair({
    size: () => ({ width: view.width, height: view.height }),
    onMove: (pixel, byKeyboard) => readouts.show(pixel, { trace: current?.trace, maps }, byKeyboard),
  });
  view.dataset['blank'] = 'true';

  /**
   * @param {Picture} picture
   * @param {number} [wanted] the class to explain, where the network has it; else its likeliest
   */
  async function show(picture, wanted) {
    run.abort();
    question.abort();
    run = new AbortController();
    const { signal } = run;
    if (!model) { await preview(picture, signal); return; }
    onBusy(`Looking at “${picture.title}”…`);
    setBusy(true);
    try {
      const trace = await model.forward(picture.blob, { signal });
      if (signal.aborted) { trace.close(); return; }
      const top = await trace.top(model.info.classes.length);
      if (signal.aborted) { trace.close(); return; }
      current?.trace.close();
      current = { picture, trace, top };
      maps = {};
      drawView(trace);
      answers.set(top);
      figure.dataset['state'] = 'ready';
      const first = top[0];
      if (!first) return;
      const explaining = explain(wanted !== undefined && answers.has(wanted) ? wanted : first.index);
      // The other figures ask after this one: its maps are waited for.
      onTrace(trace, model, picture);
      await explaining;
    } catch (error) {
      if (signal.aborted) return;
      setBusy(false);
      trouble(error, picture, () => show(picture, wanted));
    }
  }

  /** @param {number} index the class to explain */
  async function explain(index) {
    if (!current) return;
    question.abort();
    question = new AbortController();
    const { signal } = question;
    const { trace, picture, top } = current;
    const label = shortLabel(top.find((answer) => answer.index === index)?.label ?? String(index));
    answers.mark(index);
    onTarget(index, index === top[0]?.index);
    explained = undefined;
    onBusy(`${says()} Explaining “${label}”…`);
    setBusy(true);
    try {
      // All at once: they do not wait for each other where there are several workers.
      await Promise.all(RULES.map(async (rule) => {
        const map = await trace.explain({ method: rule, target: { class: index }, signal });
        if (signal.aborted) return;
        maps[rule] = map;
        canvases[rule].setAttribute('aria-label', `Map by ${NAMES[rule]}: the pixels behind “${label}”`);
        sayWarning(rule, map);
        await painters[rule].paint(map, display());
        if (!signal.aborted) frameOf(canvases[rule]).dataset['busy'] = 'false';
      }));
      if (signal.aborted) return;
      setBusy(false);
      sayTimes();
      crosshair.refresh();
      explained = index;
      onReady(says());
    } catch (error) {
      if (signal.aborted) return;
      setBusy(false);
      trouble(error, picture, () => explain(index));
    }
  }

  /** The network's answer, and what the maps explain where that is another class. */
  function says() {
    const [first] = current?.top ?? [];
    const other = current?.top.find(({ index }) => index === explained);
    if (!first) return '';
    return `The network says “${shortLabel(first.label)}”, ${percent(first.probability)}.`
      + (other && other !== first ? ` The maps explain “${shortLabel(other.label)}”, ${percent(other.probability)}.` : '');
  }

  /** @param {unknown} error @param {Picture} picture @param {() => void} [again] */
  function trouble(error, picture, again = () => show(picture)) {
    if (!current) figure.dataset['state'] = 'failed';
    onTrouble(error, picture, current?.picture, again);
  }

  /** The chosen picture, while the network is still on its way. @param {Picture} picture @param {AbortSignal} signal */
  async function preview(picture, signal) {
    const bitmap = await createImageBitmap(picture.blob).catch(() => undefined);
    // What cannot be decoded is said when the network is asked to look at it.
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

  /** @param {Rule} rule @param {RelumeMap} map */
  function sayWarning(rule, map) {
    const warning = byId(`warning-${rule}`, HTMLElement);
    warning.hidden = !map.warning;
    const said = map.warning;
    warning.textContent = !said ? '' : said.code === 'zero-gradient'
      ? `Nothing to draw. ${sentence(said.message)}` : sentence(said.message);
  }

  function sayTimes() {
    const back = RULES.flatMap((rule) => maps[rule]?.milliseconds ?? []);
    if (!current || back.length === 0) return;
    const mean = back.reduce((sum, ms) => sum + ms, 0) / back.length;
    clock.replaceChildren('Forward ', make('b', {}, milliseconds(current.trace.milliseconds)), ', each way back ',
      make('b', {}, milliseconds(mean)), ', on your machine; nothing was uploaded.');
  }

  return {
    show,
    explain,
    says,
    /** What is on show, once all of it is. @returns {import('./take-part.js').Shown | undefined} */
    shown() {
      if (!current || explained === undefined) return undefined;
      return { picture: current.picture, view, canvases, maps, target: { class: explained }, words: says() };
    },
    /** Draws the maps at hand anew. */
    async redraw() {
      await Promise.all(RULES.map((rule) => {
        const map = maps[rule];
        return map ? painters[rule].paint(map, display()) : undefined;
      }));
      crosshair.refresh();
    },
    /** The network that is on its way. @param {{ side: number, classes: number }} network */
    expect(network) {
      side = network.side;
      answers.blank(network.classes);
    },
    /** @param {Model} next */
    setModel(next) {
      run.abort();
      question.abort();
      current = undefined;
      maps = {};
      model = next;
      // Where no max-pooling remembers the picture, the deconvnet's map has nothing of it.
      byId('note-deconvnet', HTMLElement).hidden = next.info.layers.some(({ kind }) => kind === 'max_pool2d');
      for (const rule of RULES) { painters[rule].blank(); sayWarning(rule, /** @type {RelumeMap} */ ({})); }
      answers.blank(next.info.classes.length);
      clock.textContent = '';
      crosshair.refresh();
      figure.dataset['state'] = 'empty';
    },
    /** No network, and none on its way. */
    fail() { if (!current) figure.dataset['state'] = 'failed'; },
    /** Whether there is nothing on show, and nothing on its way. */
    failed: () => figure.dataset['state'] === 'failed',
  };
}

/** @param {HTMLCanvasElement} canvas */
function frameOf(canvas) {
  return /** @type {HTMLElement} */ (canvas.parentElement);
}
