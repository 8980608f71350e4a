// Figure 3: a unit inside the network, chosen by layer, channel and position: its value, its receptive field, its maps.
// It explains the picture of figure 2, and computes nothing until it comes near the viewport.

import { createActivationPicker } from './activation-picker.js';
import { peaks, scaleOf, valueAt } from './activations.js';
import { createChannelStrip } from './channel-strip.js';
import { createLayerStrip } from './layer-strip.js';
import { threeDigits } from './numbers.js';
import { announcer, byId, make, whenNear } from './dom.js';
import { Painter, drawOptions, putPixels } from './painter.js';
import { RULES, byRule } from './rules.js';
import { messageOf, sentence } from './status.js';

/** @typedef {import('../pkg/index.js').Tensor} Tensor */
/** @typedef {import('./activations.js').Peak} Peak */
/** @typedef {import('./types.js').Display} Display */
/** @typedef {import('./types.js').Model} Model */
/** @typedef {import('./types.js').Picture} Picture */
/** @typedef {import('./types.js').AttributionMap} AttributionMap */
/** @typedef {import('./types.js').Rule} Rule */
/** @typedef {import('./types.js').Trace} Trace */
/** Without `at` it is the unit at the channel's strongest position. @typedef {{ layer: string, channel: number, at?: [y: number, x: number] }} ChosenUnit */

/**
 * @param {{ display: () => Display, onUnit: (unit: ChosenUnit | undefined) => void, onClose: (close: boolean) => void, onExplained?: (unit: Required<ChosenUnit>) => void }} options
 *   `onUnit`: called with the unit to remember, or undefined for the default
 */
export function createUnitFigure({ display, onUnit, onClose, onExplained }) {
  const figure = byId('unit-figure', HTMLElement);
  const pictures = byId('unit-pictures', HTMLElement);
  const view = byId('unit-view', HTMLCanvasElement);
  const line = byId('unit-line', HTMLElement);
  const announce = announcer(byId('unit-live', HTMLElement));
  const close = byId('unit-close', HTMLInputElement);
  const canvases = byRule((rule) => byId(`unit-${rule}`, HTMLCanvasElement));
  const painters = byRule((rule) => new Painter(canvases[rule], (error) => { if (current) trouble(error); }));

  /** @type {{ trace: Trace, model: Model, picture: Picture } | undefined} */
  let current;
  /** @type {{ layer: string, activation: Tensor, peaks: Peak[], scale: { signed: boolean, most: number } } | undefined} */
  let open;
  /** The one on show. @type {ChosenUnit | undefined} */
  let unit;
  /** The one requested by hand or by the address. It stays for the next picture, without its position. @type {ChosenUnit | undefined} */
  let requested;
  /** Whether the next picture keeps the position too, because an address names both. */
  let fresh = false;
  /** @type {import('../pkg/index.js').LayerInfo[]} */
  let layersKnown = [];
  /** @type {Partial<Record<Rule, AttributionMap>>} */
  let maps = {};
  let near = false;
  let backwardPass = new AbortController();

  const layers = createLayerStrip((layer) => show({ layer, channel: -1 }, true));
  const channels = createChannelStrip((channel) => { if (open) show({ layer: open.layer, channel }, true); });
  const picker = createActivationPicker((at) => { if (unit) show({ ...unit, at }, true); });
  close.addEventListener('change', () => {
    pictures.dataset['close'] = String(close.checked);
    onClose(close.checked);
  });
  whenNear(figure, () => {
    near = true;
    refresh();
  });

  /** @param {Model} model @returns {ChosenUnit} in one of the later layers, whose units respond to things rather than edges */
  function first(model) {
    const relus = model.info.layers.filter(({ kind }) => kind === 'relu');
    const layer = relus[Math.floor(relus.length * 0.7)] ?? model.info.layers[0];
    return { layer: layer?.name ?? '', channel: -1 };
  }

  /** @param {ChosenUnit} wanted a channel of −1 means the strongest @param {boolean} [chosen] by hand */
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
        channels.set(wanted.layer, activation, open.peaks, open.scale);
        layers.mark(wanted.layer);
      }
      const { activation, scale } = open;
      const peak = open.peaks.find(({ channel }) => channel === wanted.channel)
        ?? (chosen ? undefined : innerOf(open.peaks, activation)) ?? strongestOf(open.peaks);
      if (!peak) return;
      const at = wanted.at && within(wanted.at, activation) ? wanted.at : peak.at;
      const strongest = at[0] === peak.at[0] && at[1] === peak.at[1];
      unit = { layer: wanted.layer, channel: peak.channel, ...strongest ? {} : { at } };
      if (chosen) {
        requested = unit;
        fresh = false;
        onUnit(unit);
      }
      channels.mark(peak.channel);
      picker.draw(activation, peak.channel, scale);
      picker.mark(at);
      showField(model, wanted.layer, at);
      say(model, { layer: wanted.layer, channel: peak.channel, at }, valueAt(activation, peak.channel, at), strongest);
      setBusy(true);
      await Promise.all(RULES.map(async (rule) => {
        const map = await trace.explain({ method: rule, target: { layer: wanted.layer, channel: peak.channel, at }, draw: drawOptions(display()), signal });
        if (signal.aborted) return;
        maps[rule] = map;
        canvases[rule].setAttribute('aria-label', `Map of the unit by ${rule}`);
        sayWarning(rule, map);
        await painters[rule].paint(map, display());
      }));
      if (signal.aborted) return;
      setBusy(false);
      figure.dataset['state'] = 'ready';
      onExplained?.({ layer: wanted.layer, channel: peak.channel, at });
    } catch (error) {
      if (!signal.aborted) trouble(error);
    }
  }

  /** Shows the requested unit, or the default, for the current picture. */
  function refresh() {
    if (!near || !current) return;
    const { model } = current;
    show(requested && isUnit(requested, model.info.layers) ? requested : first(model));
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
    const place = rows * columns === 1 ? '' : `, row ${row}, column ${column}${strongest ? ', its strongest spot' : ''}`;
    const sees = height * width === 0 ? 'It sees only padding, nothing of the picture.'
      : height === all && width === across ? 'It sees the whole picture.'
      : `It sees ${width} × ${height} pixels: rows ${y} to ${y + height - 1}, columns ${x} to ${x + width - 1}.`;
    line.replaceChildren(make('b', {}, layer), `, channel ${channel}${place}: `, make('b', {}, threeDigits(value)), `. ${sees}`);
    announce(line.textContent ?? '');
  }

  /** @param {Rule} rule @param {AttributionMap | undefined} map */
  function sayWarning(rule, map) {
    const warning = byId(`unit-warning-${rule}`, HTMLElement);
    warning.hidden = !map?.warning;
    warning.textContent = map?.warning ? sentence(map.warning.message) : '';
  }

  /** @param {boolean} busy */
  function setBusy(busy) {
    pictures.setAttribute('aria-busy', String(busy));
  }

  /** @param {unknown} error */
  function trouble(error) {
    setBusy(false);
    figure.dataset['state'] = 'failed';
    line.textContent = `This unit could not be explained. ${messageOf(error)}`;
    announce(line.textContent);
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
      if (requested && !fresh) requested = { layer: requested.layer, channel: requested.channel };
      fresh = false;
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
      layersKnown = info.layers;
      // A unit that the network has was requested by an address, before the network had loaded.
      if (requested && !isUnit(requested, info.layers)) {
        requested = undefined;
        onUnit(undefined);
      }
      layers.set(info.layers, info.input.shape[1]);
      channels.clear();
      picker.blank();
      view.dataset['blank'] = 'true';
      for (const rule of RULES) { painters[rule].blank(); sayWarning(rule, undefined); }
      line.textContent = 'Waiting for the picture.';
    },
    /** Shows only what the unit sees, large. @param {boolean} wanted */
    setClose(wanted) {
      close.checked = wanted;
      pictures.dataset['close'] = String(wanted);
    },
    /** Whether the current network has it. @param {ChosenUnit} wanted */
    has: (wanted) => isUnit(wanted, layersKnown),
    /** @param {ChosenUnit | undefined} wanted undefined for the default */
    choose(wanted) {
      requested = wanted;
      fresh = true;
      refresh();
    },
    /** What is on show, once all three maps are drawn. @returns {import('./export-panel.js').Shown | undefined} */
    shown() {
      if (!unit || !open || !current || figure.dataset['state'] !== 'ready' || pictures.getAttribute('aria-busy') === 'true') return undefined;
      return { picture: current.picture, view, canvases, maps, target: unit, words: line.textContent ?? '' };
    },
    /** Draws the current maps again. */
    async redraw() {
      await Promise.all(RULES.map((rule) => {
        const map = maps[rule];
        return map ? painters[rule].paint(map, display()) : undefined;
      }));
    },
  };
}

/** If the strongest share one value, a ReLU6 clips them and no gradient comes back; then the first below it. @param {Peak[]} peaks */
function strongestOf(peaks) {
  const [first, second] = peaks;
  return (first?.value === second?.value && peaks.find(({ value }) => value < (first?.value ?? 0) && value > 0)) || first;
}

/**
 * The default: the strongest away from the border, where part of the receptive field is padding, that no ReLU6 clips.
 * @param {Peak[]} peaks
 * @param {Tensor} activation
 */
function innerOf(peaks, { shape: [, height, width] }) {
  const inner = (/** @type {number} */ place, /** @type {number} */ length) => place >= length / 4 && place < length * 3 / 4;
  return strongestOf(peaks.filter(({ at: [y, x], value }) => value > 0 && inner(y, height) && inner(x, width)));
}

/** @param {[y: number, x: number]} at @param {Tensor} activation */
function within([y, x], { shape: [, height, width] }) {
  return y < height && x < width;
}

/** @param {ChosenUnit} unit @param {import('../pkg/index.js').LayerInfo[]} layers */
function isUnit({ layer, channel }, layers) {
  const shape = layers.find(({ name, kind }) => name === layer && kind !== 'softmax')?.shape;
  return shape !== undefined && channel < shape[0];
}
