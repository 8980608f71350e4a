// One state of figure 2 that stays on show, to compare others with: its picture and its maps, drawn with the same options as those
// of the figure, above which they stand.

import { correlationInWords, isSameMap } from './correlation-words.js';
import { displayOf, sideOf } from './display-options.js';
import { byId } from './dom.js';
import { label as labelOf, say } from './live-text.js';
import { titleOf } from './network-title.js';
import { networkNamed } from './networks.js';
import { createMapDifferences } from './map-differences.js';
import { isPin } from './pin-notation.js';
import { Painter, drawOptions, putPixels, sharedScaleOf } from './painter.js';
import { shortClass, shortClassText } from './predictions.js';
import { RULES, byRule, fullName } from './rules.js';
import { messageOf } from './status.js';
import { t, words } from './translate.js';

/** @import { NetworkCache } from './network-cache.js' */
/** @import { Pin } from './pin-notation.js' */
/** @import { AttributionMap, Model, Picture, Rule, Trace } from './types.js' */
/** @typedef {Partial<Record<Rule, AttributionMap>>} Maps */
/**
 * `source`: of the network; `named`: undefined if no address can name it; `networks`: of the engine that draws the maps.
 * @typedef {{ source: string | File, model: Model, picture: Picture, target: number, view: ImageData | undefined, maps: Maps, named: Pin | undefined, networks: NetworkCache }} Pinned
 */
/** What to compute anew. @typedef {Pick<Pinned, 'source' | 'target' | 'named'> & { picture: () => Promise<Picture> }} Wanted */

/**
 * @param {{
 *   state: import('./state.js').PageState,
 *   engine: import('./engine.js').Engine,
 *   shown: () => import('./export-panel.js').Shown | undefined,
 *   fetchPicture: (name: string) => Promise<Picture>,
 *   hasPicture: (name: string) => boolean,
 *   onChange: () => void,
 * }} options `onChange`: called when other maps are pinned, or none; `shown`: what figure 2 has on show, once all of it is drawn; the pictures are the page's own, by name
 */
export function createPinnedMaps({ state, engine, shown, fetchPicture, hasPicture, onChange }) {
  const section = byId('pinned', HTMLElement);
  const line = byId('pinned-line', HTMLElement);
  const likeness = byId('pinned-likeness', HTMLElement);
  const pin = byId('pin', HTMLButtonElement);
  const view = byId('pinned-view', HTMLCanvasElement);
  const canvases = byRule((rule) => byId(`pinned-${rule}`, HTMLCanvasElement));
  const painters = byRule((rule) => new Painter(canvases[rule], trouble));
  const differences = createMapDifferences(trouble);

  /** @type {Pinned | undefined} */
  let pinned;
  /** The maps of figure 2, while they are complete. @type {Maps | undefined} */
  let current;
  /** The class that they explain. */
  let explained = () => '';
  let work = new AbortController();
  blank();
  section.hidden = state.get().pin === undefined;

  labelOf(pin, 'title', () => t('Keeps these maps on show, above those of whatever you choose next.'));
  pin.addEventListener('click', pinShown);
  byId('unpin', HTMLButtonElement).addEventListener('click', () => {
    clear();
    state.set({ pin: undefined });
    pin.focus();
  });
  state.subscribe(['pin'], () => {
    const wanted = state.get().pin;
    if (JSON.stringify(wanted) === JSON.stringify(pinned?.named)) return;
    if (wanted) compute(wanted);
    else clear();
  });
  state.subscribe(['display'], draw);

  function pinShown() {
    const now = shown();
    const { source, model, networks } = engine;
    if (!now || !source || !model || !networks || typeof now.target !== 'object' || !('class' in now.target)) return;
    const { picture, view: canvas, maps } = now;
    const target = now.target.class;
    const { network } = state.get();
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
    const named = network && picture.name ? { network, picture: picture.name, target } : undefined;
    keep({ source, model, picture, target, view: pixels, maps: { ...maps }, named, networks });
  }

  function clear() {
    work.abort();
    pinned = undefined;
    section.hidden = true;
    blank();
    onChange();
  }

  function blank() {
    view.dataset['blank'] = 'true';
    for (const rule of RULES) painters[rule].blank();
    say(line, () => t('Computing the pinned maps…'));
    say(likeness, '');
    differences.set();
  }

  /** @param {Pinned} next */
  function keep(next) {
    work.abort();
    pinned = next;
    const { model, picture, target, view: pixels, named } = next;
    const label = model.info.classes[target] ?? String(target);
    section.hidden = false;
    if (pixels) {
      putPixels(view, pixels);
      section.style.setProperty('--aspect', `${pixels.width} / ${pixels.height}`);
    }
    labelOf(view, 'aria-label', () => t('{picture}, pinned', { picture: picture.title }));
    for (const rule of RULES)
      labelOf(canvases[rule], 'aria-label', () =>
        t('Pinned map by {rule}, for “{class}”', { rule: fullName(rule), class: shortClassText(label) }),
      );
    say(line, () =>
      words('Pinned: {network} looks at “{picture}”, and the maps explain “{class}”.', {
        network: titleOf(model.info),
        picture: picture.title,
        class: shortClass(label),
      }),
    );
    state.set({ pin: named });
    compare();
    draw();
    onChange();
  }

  async function draw() {
    const there = pinned;
    if (!there) return;
    const look = displayOf(state, sideOf(there.model));
    try {
      const scale = await sharedScaleOf([...Object.values(current ?? {}), ...Object.values(there.maps)], look);
      // Another choice may have come meanwhile, and is drawn already.
      if (there !== pinned || JSON.stringify(look) !== JSON.stringify(displayOf(state, sideOf(there.model)))) return;
      for (const rule of RULES) {
        const map = there.maps[rule];
        if (map) painters[rule].paint(map, look, scale);
      }
      differences.draw(look, scale);
    } catch (error) {
      if (there === pinned) trouble(error);
    }
  }

  /** How alike the pinned maps and those of figure 2 are, and of which classes; or what to do while they are the same. */
  function compare() {
    const there = pinned;
    const comparable = there && RULES.every((rule) => current?.[rule] && current[rule]?.data.length === there.maps[rule]?.data.length);
    if (!comparable) {
      say(likeness, '');
      differences.set();
      return;
    }
    const pairs = byRule((rule) => /** @type {const} */ ([current?.[rule]?.data, there.maps[rule]?.data]));
    const isSame = RULES.every((rule) => isSameMap(...pairs[rule]));
    if (isSame) differences.set();
    else differences.set(current, there.maps);
    if (isSame) {
      say(likeness, () => t('The maps below are the same. Now choose another class, picture or network, to compare its maps with these.'));
      return;
    }
    const below = explained;
    say(likeness, () => {
      const classes = { class: below(), pinned: labelIn(there) };
      const correlation = t(
        'Correlation of the maps below with the pinned ones, where 1 is the same map: backprop {backprop}, deconvnet {deconvnet}, guided {guided}.',
        byRule((rule) => correlationInWords(...pairs[rule])),
      );
      return classes.class === classes.pinned
        ? correlation
        : t('The maps below explain “{class}”, the pinned ones “{pinned}”. {correlation}', { ...classes, correlation });
    });
  }

  /** @param {Pin} wanted */
  function compute(wanted) {
    clear();
    const source = networkNamed(wanted.network)?.url;
    if (!source || !isPin(wanted, hasPicture)) {
      state.set({ pin: undefined });
      return;
    }
    section.hidden = false;
    computeFor({ source, picture: () => fetchPicture(wanted.picture), target: wanted.target, named: wanted });
  }

  /** @param {Wanted} wanted */
  async function computeFor({ source, picture: fetched, target, named }) {
    const { networks } = engine;
    if (!networks) return;
    work.abort();
    work = new AbortController();
    const { signal } = work;
    const used = networks.use(source);
    /** @type {Trace | undefined} */
    let trace;
    try {
      const [model, picture] = await Promise.all([used.model, fetched()]);
      trace = await model.forward(picture.blob, { signal });
      const all = { target: { class: target }, draw: drawOptions(displayOf(state, sideOf(model))), signal };
      const maps = await Promise.all(RULES.map((method) => /** @type {Trace} */ (trace).explain({ method, ...all })));
      if (signal.aborted) return;
      keep({
        source,
        model,
        picture,
        target,
        view: trace.view,
        maps: Object.fromEntries(maps.map((map) => [map.method, map])),
        named,
        networks,
      });
    } catch (error) {
      if (!signal.aborted) trouble(error);
    } finally {
      trace?.close();
      used.close();
    }
  }

  /** @param {unknown} error */
  function trouble(error) {
    say(line, () => words('The pinned maps could not be computed. {reason}', { reason: messageOf(error) }));
  }

  return {
    /** The pinned maps. @returns {AttributionMap[]} */
    maps: () => Object.values(pinned?.maps ?? {}),
    /** To be called when figure 2 shows what was asked for: what the address has pinned is computed now, and what another engine drew. */
    settled() {
      const { pin: wanted } = state.get();
      if (pinned && pinned.networks !== engine.networks) {
        const { picture } = pinned;
        computeFor({ ...pinned, picture: async () => picture });
      } else if (wanted && !pinned) compute(wanted);
    },
    /** The maps of figure 2 are complete, or undefined while they are computed. @param {Maps | undefined} maps @param {() => string} [label] of the class that they explain */
    setMaps(maps, label) {
      current = maps;
      if (label) explained = label;
      pin.disabled = maps === undefined;
      compare();
      if (maps) draw();
    },
  };
}

/** The class that pinned maps explain. @param {Pinned} pinned */
function labelIn({ model, target }) {
  return shortClassText(model.info.classes[target] ?? String(target));
}
