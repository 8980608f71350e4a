import { DRAWING, drawingFrom, methodsFrom } from './attributes.js';
import { styleSheet } from './style.js';
import { pictureAt } from '../api/picture-address.js';
import { RelumeError, reasonOf } from '../engine/error.js';
import { ReflectingElement } from './properties.js';
import { borrow } from './shared-models.js';

/** @typedef {import('../api/attribution-map.js').AttributionMap} AttributionMap */
/** @typedef {import('../api/attribution-map.js').DrawOptions} DrawOptions */
/** @typedef {import('../api/model.js').Model} Model */
/** @typedef {import('../engine/types.js').Rule} Rule */
/** @typedef {import('../api/trace.js').ClassScore} ClassScore */
/** What `relume-explained` tells. @typedef {{ top: ClassScore[], maps: Partial<Record<Rule, AttributionMap>> }} ExplainedDetail */

const NAMES = { backprop: 'backprop', deconvnet: 'deconvnet', guided: 'guided backpropagation' };
/** How far from what is to be seen an element begins its work. */
const NEAR = '300px';
const ANSWERS = 5;
const PICTURE = 'The picture as the network sees it';

/**
 * `<relume-view model="…" src="…" methods="backprop deconvnet guided" target="top">`: a picture and its maps.
 *
 * Nothing is loaded until the element comes near what is to be seen. All elements of a page share one worker and one copy
 * of each model. Events: `relume-explained`, whose detail has `top` and `maps`, and `relume-error`, whose detail is the error.
 */
export class RelumeView extends ReflectingElement {
  static observedAttributes = ['model', 'src', 'alt', 'methods', 'target', 'loading', ...DRAWING];

  /** The maps on show, by their rules. @type {Partial<Record<Rule, AttributionMap>>} */
  maps = {};
  /** The likeliest classes. @type {ClassScore[]} */
  top = [];
  #row = element('div', { class: 'row', part: 'row' });
  #words = element('span', {});
  #status = element('p', { class: 'status', part: 'status', role: 'status' });
  /** How much has arrived: to be seen, not read out at every step. */
  #share = element('span', { 'aria-hidden': 'true' });
  #fallback = element('slot', {});
  #near = false;
  #planned = false;
  #work = new AbortController();
  /** What the maps on show are of: where that stays the same, drawing them again is enough. */
  #explained = '';
  /** @type {{ url: string, model: Promise<Model>, giveBack: () => void } | undefined} */
  #borrowed;
  #nearness = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) this.#begin();
    },
    { rootMargin: NEAR },
  );
  /** An `<img>` inside may come, go, or change its source. */
  #content = new MutationObserver(() => this.#plan());
  #arrived = () => this.#plan();
  /** Paper has no viewport: on it everything is to be seen. */
  #print = () => this.#begin();

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [styleSheet()];
    const caption = element('slot', { name: 'caption' });
    caption.append(this.#words);
    const captioned = element('figcaption', { part: 'caption' });
    captioned.append(caption);
    const figure = element('figure', { part: 'figure' });
    figure.append(this.#row, captioned, this.#status);
    root.append(figure, this.#fallback);
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.#reserve();
    this.#content.observe(this, { childList: true, subtree: true, attributeFilter: ['src', 'srcset', 'sizes', 'media', 'type', 'alt'] });
    for (const event of ['load', 'error']) this.addEventListener(event, this.#arrived, true);
    globalThis.addEventListener('beforeprint', this.#print);
    if (this.#near) this.#plan();
    else this.#wait();
  }

  disconnectedCallback() {
    this.#nearness.disconnect();
    this.#content.disconnect();
    globalThis.removeEventListener('beforeprint', this.#print);
    this.#work.abort();
    this.#giveBack();
    this.#explained = '';
    this.maps = {};
    this.top = [];
  }

  attributeChangedCallback() {
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
    if (this.#row.childElementCount > 0) return;
    try {
      this.#skeleton(methodsFrom(this.getAttribute('methods')));
    } catch {
      // Said when it is near.
    }
  }

  async #update() {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    try {
      const drawing = drawingFrom((name) => this.getAttribute(name));
      const methods = methodsFrom(this.getAttribute('methods'));
      const source = this.#source();
      if (source.src === '') return;
      const url = this.#address('model', 'a model file (.safetensors)');
      const wanted = JSON.stringify([url, source.src, this.getAttribute('target'), methods]);
      if (wanted !== this.#explained) {
        this.#explained = '';
        this.maps = {};
        this.top = [];
        this.#skeleton(methods);
        const model = await this.#borrow(url).catch((reason) => {
          // Asked for anew next time.
          if (!signal.aborted) this.#giveBack();
          throw reason;
        });
        if (signal.aborted) return;
        await this.#explain(model, await pictureAt(source.src), methods, drawing, signal);
        if (signal.aborted) return;
      }
      this.#canvas('picture')?.setAttribute('aria-label', source.alt || PICTURE);
      await this.#draw(drawing, signal);
      if (signal.aborted) return;
      const fresh = wanted !== this.#explained;
      this.#explained = wanted;
      this.#fallback.hidden = true;
      this.#status.replaceChildren();
      if (fresh) this.#tell('relume-explained', { top: this.top, maps: this.maps });
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** @param {Model} model @param {HTMLImageElement | Blob} picture @param {Rule[]} methods @param {DrawOptions} draw @param {AbortSignal} signal */
  async #explain(model, picture, methods, draw, signal) {
    this.#say('Computing…');
    const target = this.getAttribute('target')?.trim() || 'top';
    const trace = await model.forward(picture, { signal });
    try {
      const top = await trace.top(ANSWERS);
      const maps = await Promise.all(methods.map((method) => trace.explain({ method, target, draw, signal })));
      if (signal.aborted) return;
      this.top = top;
      this.maps = Object.fromEntries(maps.map((map) => [map.method, map]));
      this.#show('picture', /** @type {ImageData} */ (trace.view));
      this.#words.textContent = captionOf(model, top, maps);
    } finally {
      trace.close();
    }
  }

  /** @param {DrawOptions} drawing @param {AbortSignal} signal */
  async #draw(drawing, signal) {
    await Promise.all(
      Object.values(this.maps).map(async (map) => {
        const pixels = await map.pixels({ ...drawing, signal });
        if (!signal.aborted) this.#show(map.method, pixels);
      }),
    );
  }

  /** One frame for the picture and one for each map, at their final size. @param {Rule[]} methods */
  #skeleton(methods) {
    this.#words.textContent = '';
    this.#row.style.setProperty('--columns', String(1 + methods.length));
    const cells = [
      { name: 'picture', part: 'picture', label: 'picture', words: PICTURE },
      ...methods.map((rule) => ({ name: rule, part: `map ${rule}`, label: rule, words: `Map by ${NAMES[rule]}` })),
    ];
    this.#row.replaceChildren(
      ...cells.map(({ name, part, label, words }) => {
        const canvas = element('canvas', { part, role: 'img', 'aria-label': words, 'data-name': name });
        canvas.hidden = true;
        const frame = element('div', { class: 'frame', part: 'frame' });
        const caption = element('span', { class: 'label', part: 'label' });
        caption.textContent = label;
        frame.append(canvas);
        const cell = element('div', { class: 'cell', part: 'cell' });
        cell.append(frame, caption);
        return cell;
      }),
    );
  }

  /** @param {string} name */
  #canvas(name) {
    return /** @type {HTMLCanvasElement | null} */ (this.#row.querySelector(`[data-name="${name}"]`));
  }

  /** @param {string} name @param {ImageData} pixels */
  #show(name, pixels) {
    const canvas = this.#canvas(name);
    if (!canvas) return;
    canvas.width = pixels.width;
    canvas.height = pixels.height;
    canvas.getContext('2d')?.putImageData(pixels, 0, 0);
    canvas.hidden = false;
    this.#row.style.setProperty('--aspect', `${pixels.width} / ${pixels.height}`);
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

  /** @param {string} url */
  #borrow(url) {
    if (this.#borrowed?.url !== url) {
      this.#giveBack();
      this.#say('Fetching the network…');
      this.#borrowed = {
        url,
        ...borrow(url, ({ loaded, total }) => {
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

  /** @param {string} words */
  #say(words) {
    this.#share.textContent = '';
    this.#status.replaceChildren(words, this.#share);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#fallback.hidden = false;
    const reason = reasonOf(error);
    this.#say(`This figure could not be computed. ${reason}${reason.endsWith('?') ? '' : '.'}`);
    this.#tell('relume-error', error);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** @param {Model} model @param {ClassScore[]} top @param {AttributionMap[]} maps */
function captionOf({ info }, [first], maps) {
  const [map] = maps;
  if (!first || !map) return '';
  const { layer, channel, at } = map.target;
  const said = maps.find(({ warning }) => warning)?.warning?.message;
  const why = said ? ` ${said[0]?.toUpperCase()}${said.slice(1)}.` : '';
  const says = `${info.title} says “${first.label.split(',')[0]}”, ${(100 * first.probability).toFixed(first.probability > 0.1 ? 0 : 1)} %.`;
  if (layer !== info.logitsLayer) return `${says} Explained: ${layer}, channel ${channel}, row ${at[0]}, column ${at[1]}.${why}`;
  return channel === first.index ? says + why : `${says} Explained: “${(info.classes[channel] ?? String(channel)).split(',')[0]}”.${why}`;
}

/** @template {keyof HTMLElementTagNameMap} K @param {K} name @param {Record<string, string>} attributes @returns {HTMLElementTagNameMap[K]} */
function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
