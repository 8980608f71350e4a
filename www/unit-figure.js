// Figure 3: a unit inside the network, chosen by layer, channel and position: its value, its receptive field, its maps.
// It explains the picture of figure 2, and computes nothing until it comes near the viewport.

import { createActivationPicker } from './activation-picker.js';
import { peaks, scaleOf, valueAt } from './activations.js';
import { createChannelStrip } from './channel-strip.js';
import { channelWords } from './channel-words.js';
import { STRONGEST, placeOf, unitOrDefault } from './default-unit.js';
import { displayOf, sideOf } from './display-options.js';
import { announcer, byId, make, whenNear } from './dom.js';
import { createLayerStrip } from './layer-strip.js';
import { label, say as sayIn } from './live-text.js';
import { threeDigits } from './numbers.js';
import { Painter, drawOptions, putPixels, sharedScaleOf } from './painter.js';
import { shortClassText } from './predictions.js';
import { RULES, byRule, ruleName } from './rules.js';
import { messageOf, warningOf } from './status.js';
import { t, words } from './translate.js';

/** @import { Tensor } from '../pkg/index.js' */
/** @import { Peak } from './activations.js' */
/** @import { AttributionMap, Model, Picture, Rule, Trace } from './types.js' */
/** Without `at` it is the unit at the channel's strongest position. @typedef {{ layer: string, channel: number, at?: [y: number, x: number] }} ChosenUnit */

/** @param {import('./state.js').PageState} state @param {(unit: Required<ChosenUnit>) => void} onExplained */
export function createUnitFigure(state, onExplained) {
  const figure = byId('unit-figure', HTMLElement);
  const pictures = byId('unit-pictures', HTMLElement);
  const view = byId('unit-view', HTMLCanvasElement);
  const line = byId('unit-line', HTMLElement);
  const announce = announcer(byId('unit-live', HTMLElement));
  const close = byId('unit-close', HTMLInputElement);
  const canvases = byRule((rule) => byId(`unit-${rule}`, HTMLCanvasElement));
  const painters = byRule(
    (rule) =>
      new Painter(canvases[rule], (error) => {
        if (current) trouble(error);
      }),
  );

  /** @type {{ trace: Trace, model: Model, picture: Picture } | undefined} */
  let current;
  /** @type {{ layer: string, activation: Tensor, peaks: Peak[], scale: { signed: boolean, most: number } } | undefined} */
  let open;
  /** The one on show. @type {ChosenUnit | undefined} */
  let unit;
  /** @type {Partial<Record<Rule, AttributionMap>>} */
  let maps = {};
  let near = false;
  let backwardPass = new AbortController();

  const layers = createLayerStrip((layer) => show({ layer, channel: STRONGEST }, true));
  const channels = createChannelStrip((channel) => {
    if (open) show({ layer: open.layer, channel }, true);
  });
  const picker = createActivationPicker((at) => {
    if (unit) show({ ...unit, at }, true);
  });
  close.addEventListener('change', () => state.set({ close: close.checked }));
  state.subscribe(['close'], showClose);
  showClose();
  state.subscribe(['unit'], (changed) => {
    // With another picture, its unit is shown once that is explained.
    if (!changed.includes('picture') && !isSame(state.get().unit, unit)) refresh();
  });
  state.subscribe(['display'], () => paintAll().catch(trouble));
  whenNear(figure, () => {
    near = true;
    refresh();
  });

  /** @param {ChosenUnit} wanted @param {boolean} [chosen] by hand */
  async function show(wanted, chosen = false) {
    if (!current) return;
    backwardPass.abort();
    backwardPass = new AbortController();
    const { signal } = backwardPass;
    const { trace, model } = current;
    try {
      if (open?.layer !== wanted.layer) {
        const activation = await trace.activation(wanted.layer, { signal });
        if (signal.aborted) return;
        open = { layer: wanted.layer, activation, peaks: peaks(activation), scale: scaleOf(activation) };
        channels.set(wanted.layer, activation, open, (channel) => channelWords(model.info, wanted.layer, channel, shortClassText));
        layers.mark(wanted.layer);
      }
      const { activation, scale } = open;
      const place = placeOf(wanted, activation, open.peaks, chosen);
      if (!place) return;
      const { peak, at } = place;
      const strongest = at[0] === peak.at[0] && at[1] === peak.at[1];
      unit = { layer: wanted.layer, channel: peak.channel, ...(strongest ? {} : { at }) };
      if (chosen) state.set({ unit });
      channels.mark(peak.channel);
      picker.draw(activation, peak.channel, scale);
      picker.mark(at);
      showField(model, wanted.layer, at);
      say(model, { layer: wanted.layer, channel: peak.channel, at }, valueAt(activation, peak.channel, at), strongest);
      setBusy(true);
      await Promise.all(
        RULES.map(async (rule) => {
          const map = await trace.explain({
            method: rule,
            target: { layer: wanted.layer, channel: peak.channel, at },
            draw: drawOptions(displayOf(state, sideOf(model))),
            signal,
          });
          if (signal.aborted) return;
          maps[rule] = map;
          label(canvases[rule], 'aria-label', () => t('Map of the unit by {rule}', { rule: ruleName(rule) }));
          sayWarning(rule, map);
          if (state.get().display.scale !== 'shared') await painters[rule].paint(map, displayOf(state, sideOf(model)));
        }),
      );
      if (state.get().display.scale === 'shared') await paintAll();
      if (signal.aborted) return;
      setBusy(false);
      figure.dataset['state'] = 'ready';
      onExplained({ layer: wanted.layer, channel: peak.channel, at });
    } catch (error) {
      if (!signal.aborted) trouble(error);
    }
  }

  /** Shows the requested unit, or the default, for the current picture. */
  function refresh() {
    if (!near || !current) return;
    show(unitOrDefault(state.get().unit, current.model));
  }

  async function paintAll() {
    if (!current) return;
    const { model } = current;
    const [all, look] = [{ ...maps }, displayOf(state, sideOf(model))];
    const scale = await sharedScaleOf(Object.values(all), look);
    // Another choice may have come meanwhile, and is drawn already.
    if (RULES.some((rule) => all[rule] !== maps[rule]) || JSON.stringify(look) !== JSON.stringify(displayOf(state, sideOf(model)))) return;
    await Promise.all(RULES.map((rule) => all[rule] && painters[rule].paint(all[rule], look, scale)));
  }

  /** Shows only what the unit sees, large, if that is chosen. */
  function showClose() {
    close.checked = state.get().close;
    pictures.dataset['close'] = String(close.checked);
  }

  /** @param {Model} model @param {string} layer @param {[number, number]} at */
  function showField(model, layer, at) {
    const [, height, width] = model.info.input.shape;
    const field = model.receptiveField(layer, at);
    pictures.style.setProperty('--field-y', String(field.y / height));
    pictures.style.setProperty('--field-x', String(field.x / width));
    pictures.style.setProperty('--field-height', String(field.height / height));
    pictures.style.setProperty('--field-width', String(field.width / width));
    // The longer side of the field fills the frame.
    pictures.style.setProperty('--field-size', String(Math.max(field.height / height, field.width / width, 1 / width)));
    pictures.dataset['field'] = field.height === height && field.width === width ? 'all' : 'part';
  }

  /** @param {Model} model @param {Required<ChosenUnit>} which @param {number} value @param {boolean} strongest */
  function say(model, { layer, channel, at }, value, strongest) {
    const { y, x, height, width } = model.receptiveField(layer, /** @type {[number, number]} */ (at));
    const [, rows, columns] = model.info.layers.find(({ name }) => name === layer)?.shape ?? [0, 1, 1];
    const [, all, across] = model.info.input.shape;
    const [row, column] = /** @type {[number, number]} */ (at);
    const sees = () => {
      if (height * width === 0) return t('It sees only padding, nothing of the picture.');
      if (height === all && width === across) return t('It sees the whole picture.');
      return t('It sees {width} × {height} pixels: columns {left} to {right}, rows {top} to {bottom}.', {
        width,
        height,
        left: x,
        right: x + width - 1,
        top: y,
        bottom: y + height - 1,
      });
    };
    sayIn(line, () => {
      const said = {
        layer: make('b', {}, layer),
        channel: channelWords(model.info, layer, channel, shortClassText),
        value: make('b', {}, threeDigits(value)),
        sees: sees(),
      };
      if (rows * columns === 1) return words('{layer}, {channel}: {value}. {sees}', said);
      return strongest
        ? words('{layer}, {channel}, column {column}, row {row}, its strongest spot: {value}. {sees}', { ...said, column, row })
        : words('{layer}, {channel}, column {column}, row {row}: {value}. {sees}', { ...said, column, row });
    });
    announce(line.textContent ?? '');
  }

  /** @param {Rule} rule @param {AttributionMap | undefined} map */
  function sayWarning(rule, map) {
    const warning = byId(`unit-warning-${rule}`, HTMLElement);
    warning.hidden = !map?.warning;
    const said = map?.warning;
    sayIn(warning, said ? () => warningOf(said) : '');
  }

  /** @param {boolean} busy */
  function setBusy(busy) {
    pictures.setAttribute('aria-busy', String(busy));
  }

  /** @param {unknown} error */
  function trouble(error) {
    setBusy(false);
    figure.dataset['state'] = 'failed';
    sayIn(line, () => words('This unit could not be explained. {reason}', { reason: messageOf(error) }));
    announce(line.textContent ?? '');
  }

  function clear() {
    backwardPass.abort();
    current = undefined;
    open = undefined;
    maps = {};
    figure.dataset['state'] = 'empty';
  }

  return {
    /** @param {Trace} trace @param {Model} model @param {Picture} picture */
    setTrace(trace, model, picture) {
      clear();
      current = { trace, model, picture };
      const pixels = trace.view;
      if (pixels) {
        putPixels(view, pixels);
        pictures.style.setProperty('--aspect', `${pixels.width} / ${pixels.height}`);
      }
      refresh();
    },
    /** Starts anew with another network. @param {Model} model */
    setModel({ info }) {
      clear();
      layers.set(info.layers, info.input.shape[1]);
      channels.clear();
      picker.blank();
      view.dataset['blank'] = 'true';
      for (const rule of RULES) {
        painters[rule].blank();
        sayWarning(rule, undefined);
      }
      sayIn(line, () => t('Waiting for the picture.'));
    },
    /** What is on show, once all three maps are drawn. @returns {import('./export-panel.js').Shown | undefined} */
    shown() {
      if (!unit || !open || !current || figure.dataset['state'] !== 'ready' || pictures.getAttribute('aria-busy') === 'true')
        return undefined;
      return { picture: current.picture, view, canvases, maps, target: unit, words: line.textContent ?? '' };
    },
  };
}

/** @param {ChosenUnit | undefined} one @param {ChosenUnit | undefined} other */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
