import { DRAWING, checkLanguage, drawingFrom, limitsFrom, methodsFrom, partsFrom } from './attributes.js';
import { captionOf } from './caption.js';
import { createChangeReport, stateOf } from './change-report.js';
import { createControls } from './controls.js';
import { explainGrowing } from './explain-growing.js';
import { createFigureRow } from './figure-row.js';
import { element } from './make-element.js';
import { meaningsOf } from './map-meanings.js';
import { styleSheet } from './style.js';
import { pictureAt } from '../api/picture-address.js';
import { sharedScale } from '../api/shared-scale.js';
import { hasManySteps } from '../engine/method-names.js';
import { RelumeError, quoted, reasonOf } from '../engine/error.js';
import { ReflectingElement } from './properties.js';
import { borrow } from './shared-models.js';
import { wordsFor } from './words.js';

/** @typedef {import('../api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('../api/model.js').Model} Model */
/** @typedef {import('../engine/types.js').ModelInfo} ModelInfo */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('./attributes.js').Look} Look */
/** @typedef {import('./attributes.js').Part} Part */
/** @typedef {import('../engine/run-limits.js').RunLimits} RunLimits */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {import('../api/trace.js').ClassScore} ClassScore */
/** @typedef {Partial<Record<Method, AttributionMap>>} MapsByMethod */
/** What `relume-explained` tells. @typedef {{ top: ClassScore[], maps: MapsByMethod }} ExplainedDetail */

/** How far from what is to be seen an element begins its work. */
const NEAR = '300px';
const ANSWERS = 5;

/**
 * `<relume-view model="…" src="…" methods="backprop deconvnet guided" target="top">`: a picture and its maps. Those of methods of many
 * steps are shown while they grow.
 *
 * Nothing is loaded until the element comes near what is to be seen. All elements of a page share one worker and one copy
 * of each model. Events: `relume-explained`, whose detail has `top` and `maps`; `relume-changed`, whose detail is a `ChangedDetail`,
 * plain data for a log; and `relume-error`, whose detail is the error.
 */
export class RelumeView extends ReflectingElement {
  static observedAttributes = ['model', 'src', 'alt', 'methods', 'target', 'parts', 'locked', 'lang', 'loading', 'limits', ...DRAWING];

  /** The maps on show, by their methods. @type {MapsByMethod} */
  maps = {};
  /** The likeliest classes. @type {ClassScore[]} */
  top = [];
  /** Every class, likeliest first. @type {ClassScore[]} */
  #scores = [];
  /** @type {ModelInfo | undefined} */
  #info;
  #figure = element('figure', { part: 'figure' });
  #row = createFigureRow(
    () => wordsFor(this),
    () => this.getAttribute('alt') ?? this.querySelector('img')?.alt ?? '',
  );
  #caption = element('figcaption', { part: 'caption' });
  #words = element('span', {});
  /** What positive and negative mean, a line for each kind of map. */
  #meanings = element('span', { class: 'meanings', part: 'meanings' });
  #status = element('p', { class: 'status', part: 'status', role: 'status' });
  /** How much has arrived: to be seen, not read out at every step. */
  #share = element('span', { 'aria-hidden': 'true' });
  #fallback = element('slot', {});
  /** What the caption and the status say, in any language. @type {((words: Words) => { caption: string, meanings: string[] }) | undefined} */
  #captionWords;
  /** @type {((words: Words) => string) | undefined} */
  #statusWords;
  #near = false;
  #planned = false;
  #work = new AbortController();
  /** What the frames are made for. */
  #frames = '';
  /** What the maps on show are of: where that stays the same, drawing them again is enough. */
  #explained = '';
  #controls = createControls(this.#choose.bind(this), () => wordsFor(this));
  #report = createChangeReport();
  /** Who changed what is shown. @type {'reader' | 'author'} */
  #by = 'author';
  #choosing = false;
  /** @type {{ key: string, model: Promise<Model>, giveBack: () => void } | undefined} */
  #borrowed;
  #nearness = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) this.#begin();
    },
    { rootMargin: NEAR },
  );
  /** An `<img>` inside may come, go, or change its source. */
  #content = new MutationObserver(() => this.#plan());
  /** The page may change its language. */
  #language = new MutationObserver(() => this.#sayAgain());
  #arrived = () => this.#plan();
  /** Paper has no viewport: on it everything is to be seen. */
  #print = () => this.#begin();

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [styleSheet()];
    const caption = element('slot', { name: 'caption' });
    caption.append(this.#words, this.#meanings);
    this.#caption.append(caption);
    const { scale, choice } = this.#controls.places;
    this.#figure.append(this.#row.element, scale, this.#caption, choice, this.#status);
    root.append(this.#figure, this.#fallback);
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.#reserve();
    this.#content.observe(this, { childList: true, subtree: true, attributeFilter: ['src', 'srcset', 'sizes', 'media', 'type', 'alt'] });
    for (const event of ['load', 'error']) this.addEventListener(event, this.#arrived, true);
    this.#language.observe(document.documentElement, { attributeFilter: ['lang'] });
    globalThis.addEventListener('beforeprint', this.#print);
    if (this.#near) this.#plan();
    else this.#wait();
  }

  disconnectedCallback() {
    this.#nearness.disconnect();
    this.#content.disconnect();
    this.#language.disconnect();
    globalThis.removeEventListener('beforeprint', this.#print);
    this.#work.abort();
    this.#giveBack();
    this.#explained = '';
    this.#frames = '';
    this.maps = {};
    this.top = [];
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === 'lang') this.#sayAgain();
    this.#by = this.#choosing ? 'reader' : 'author';
    if (this.isConnected && !this.#near) this.#wait();
    this.#plan();
  }

  /** Waits until it comes near what is to be seen, unless it is `loading="eager"`. */
  #wait() {
    if (this.loading === 'eager') this.#begin();
    else this.#nearness.observe(this);
  }

  #begin() {
    this.#nearness.disconnect();
    this.#near = true;
    this.#plan();
  }

  /** Several attributes that are set one after the other are one change. */
  #plan() {
    if (!this.#near || this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      if (this.isConnected) this.#update();
    });
  }

  /** The room of the figure, before there is one: what stands below is not pushed away later. */
  #reserve() {
    if (this.#row.element.childElementCount > 0) return;
    try {
      this.#skeleton(partsFrom(this.getAttribute('parts')), methodsFrom(this.getAttribute('methods')));
    } catch {
      // Said when it is near.
    }
  }

  async #update() {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    try {
      checkLanguage(this.getAttribute('lang'));
      const drawing = drawingFrom((name) => this.getAttribute(name));
      const parts = partsFrom(this.getAttribute('parts'));
      const methods = methodsFrom(this.getAttribute('methods'));
      const source = this.#source();
      if (source.src === '') return;
      const url = this.#address('model', 'a model file (.safetensors)');
      const target = this.getAttribute('target')?.trim() || 'top';
      const limits = limitsFrom(this.getAttribute('limits'));
      const wanted = JSON.stringify([url, limits, source.src, target, methods, parts]);
      if (wanted !== this.#explained) {
        this.#explained = '';
        this.maps = {};
        this.top = [];
        // With another target alone, what is on show stays until the new maps are there.
        const frames = JSON.stringify([url, source.src, methods, parts]);
        if (frames !== this.#frames) this.#skeleton(parts, methods);
        this.#frames = frames;
        this.#row.expect();
        const model = await this.#borrow(url, limits).catch((reason) => {
          // Asked for anew next time.
          if (!signal.aborted) this.#giveBack();
          throw reason;
        });
        if (signal.aborted) return;
        const shown = parts.includes('maps') ? methods : [];
        await this.#explain(model, await pictureAt(source.src), shown, target, drawing, signal);
        if (signal.aborted) return;
      }
      this.#row.sayAgain();
      await this.#draw(this.maps, drawing, signal);
      if (signal.aborted) return;
      const fresh = wanted !== this.#explained;
      this.#explained = wanted;
      const info = /** @type {ModelInfo} */ (this.#info);
      const { model, maps } = { model: url, maps: Object.values(this.maps) };
      this.#settle(info, parts, drawing);
      if (fresh) this.#tell('relume-explained', { top: this.top, maps: this.maps });
      const state = stateOf({ ...source, info, model, target, maps, top: this.top, methods, drawing, parts, locked: this.locked });
      const changed = this.#report.next(state, this.#by);
      this.#by = 'author';
      if (changed) this.#tell('relume-changed', changed);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Shows that all of it is there. @param {ModelInfo} info @param {Part[]} parts @param {Look} drawing */
  #settle({ logitsLayer }, parts, drawing) {
    const maps = Object.values(this.maps);
    const unit = maps[0]?.target;
    this.#controls.arrange(parts, this.locked);
    this.#controls.show({ scores: this.#scores, explained: unit?.layer === logitsLayer ? unit.channel : undefined, drawing, maps });
    this.#row.settle();
    this.#fallback.hidden = true;
    delete this.#figure.dataset['failed'];
    this.#status.setAttribute('part', 'status');
    this.#statusWords = undefined;
    this.#status.replaceChildren();
  }

  /** What a reader chooses is an attribute too: the author sees it there. @param {number} index of a class */
  #choose(index) {
    if (this.locked) return;
    this.#choosing = true;
    this.target = { class: index };
    this.#choosing = false;
  }

  /** @param {Model} model @param {HTMLImageElement | Blob} picture @param {Method[]} methods @param {string} target @param {Look} look @param {AbortSignal} signal */
  async #explain(model, picture, methods, target, look, signal) {
    this.#say(({ computing }) => computing);
    const trace = await model.forward(picture, { signal });
    try {
      const scores = await trace.top(Math.max(ANSWERS, model.info.classes.length));
      if (signal.aborted) return;
      this.#row.show('picture', /** @type {ImageData} */ (trace.view));
      const { scale, ...rest } = look;
      const draw = scale === 'shared' ? undefined : { ...rest, scale };
      for (const method of methods.filter(hasManySteps)) this.#row.grow(method, { done: 0, total: 1 });
      const maps = await explainGrowing(trace, methods, { target, draw, signal }, async (growing, map) => {
        this.#row.grow(map.method, map.progress);
        await this.#draw(scale === 'shared' ? growing : { [map.method]: map }, look, signal);
      });
      if (signal.aborted) return;
      const top = scores.slice(0, ANSWERS);
      this.#scores = scores;
      this.#info = model.info;
      this.top = top;
      this.maps = maps;
      const shown = Object.values(maps);
      this.#captionWords = (words) => ({ caption: captionOf(words, model, top, shown), meanings: meaningsOf(words, shown) });
      this.#sayCaption();
    } finally {
      trace.close();
    }
  }

  /** @param {MapsByMethod} maps @param {Look} look @param {AbortSignal} signal */
  async #draw(maps, { scale: wanted, ...look }, signal) {
    const all = Object.values(maps);
    if (all.length === 0) return;
    const scale = wanted === 'shared' ? await sharedScale(all, { ...look, signal }) : wanted;
    await Promise.all(
      all.map(async (map) => {
        const pixels = await map.pixels({ ...look, scale, signal });
        if (!signal.aborted) this.#row.show(map.method, pixels);
      }),
    );
  }

  /** One frame for the picture and one for each map, at their final size. @param {Part[]} parts @param {Method[]} methods */
  #skeleton(parts, methods) {
    this.#captionWords = undefined;
    this.#sayCaption();
    this.#caption.hidden = !parts.includes('caption');
    this.#controls.arrange(parts, this.locked);
    delete this.#figure.dataset['failed'];
    this.#row.arrange(parts, methods);
  }

  #sayCaption() {
    const { caption, meanings } = this.#captionWords?.(wordsFor(this)) ?? { caption: '', meanings: [] };
    this.#words.textContent = caption;
    this.#meanings.replaceChildren(...meanings.map((meaning) => element('span', {}, meaning)));
  }

  /** In another language, without computing anything. */
  #sayAgain() {
    this.#row.sayAgain();
    this.#controls.sayAgain();
    this.#sayCaption();
    if (this.#statusWords) this.#say(this.#statusWords);
  }

  /** Where the picture is, and what is to be seen in it. */
  #source() {
    const inside = this.querySelector('img');
    const alt = this.getAttribute('alt') ?? inside?.alt ?? '';
    if (this.hasAttribute('src') || !inside) return { src: this.#address('src', 'a picture, or an <img> inside'), alt };
    if (inside.srcset === '' && !(inside.parentElement instanceof HTMLPictureElement)) return { src: inside.src, alt };
    // Which of several it is the browser says once it has chosen, and that by the event `load`.
    inside.loading = 'eager';
    if (inside.complete && inside.naturalWidth === 0)
      throw new RelumeError('unreadable', 'The picture inside cannot be loaded or decoded. Is its address right?');
    return { src: inside.complete ? inside.currentSrc : '', alt };
  }

  /** An attribute as an absolute address. @param {string} name @param {string} what */
  #address(name, what) {
    const given = this.getAttribute(name)?.trim();
    if (!given) throw new RelumeError('invalid-option', `<relume-view> needs ${name}: the address of ${what}.`);
    try {
      return new URL(given, this.baseURI).href;
    } catch (cause) {
      throw new RelumeError('invalid-option', `${name}="${given}" is no address.`, { cause });
    }
  }

  /** @param {string} url @param {RunLimits | undefined} limits */
  #borrow(url, limits) {
    const key = JSON.stringify([url, limits]);
    if (this.#borrowed?.key !== key) {
      this.#giveBack();
      this.#say(({ fetching }) => fetching);
      this.#borrowed = {
        key,
        ...borrow(key, url, limits, ({ loaded, total }) => {
          this.#share.textContent = total ? ` ${Math.round((100 * loaded) / total)} %` : '';
        }),
      };
    }
    return this.#borrowed.model;
  }

  #giveBack() {
    this.#borrowed?.giveBack();
    this.#borrowed = undefined;
  }

  /** @param {(words: Words) => string} saying */
  #say(saying) {
    this.#statusWords = saying;
    this.#share.textContent = '';
    this.#status.replaceChildren(saying(wordsFor(this)), this.#share);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#fallback.hidden = false;
    const reason = quoted(reasonOf(error));
    // In place of the figure: empty frames, or the maps of something else, would say nothing.
    this.#figure.dataset['failed'] = '';
    this.#frames = '';
    this.#row.settle();
    this.#status.setAttribute('part', 'status error');
    const detail = `${reason}${reason.endsWith('?') ? '' : '.'}`;
    this.#say(({ failed, errors }) => {
      const known = error instanceof RelumeError ? errors[error.code] : undefined;
      return failed(known ? `${known} (${detail})` : detail);
    });
    this.#tell('relume-error', error);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
