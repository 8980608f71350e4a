import { formatUnit } from '../engine/unit-notation.js';

/** @typedef {import('../engine/types.js').Target} Target */
/** @typedef {import('../engine/run-limits.js').RunLimits} RunLimits */

/** On a server there are no elements: there the module can be imported all the same, and does nothing. */
const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (/** @type {unknown} */ (class {}));

const TEXTS = /** @type {const} */ ([
  'model',
  'src',
  'alt',
  'methods',
  'target',
  'parts',
  'loading',
  'limits',
  'fold',
  'sign',
  'clip',
  'scale',
  'colors',
]);
const PROPERTIES = /** @type {const} */ ([...TEXTS, 'over', 'locked']);

/**
 * An element whose attributes are properties too, as those of the elements of HTML. To set one to null or undefined removes
 * the attribute.
 */
export class ReflectingElement extends Base {
  get model() {
    return this.#text('model');
  }
  set model(/** @type {string | null | undefined} */ url) {
    this.#set('model', url);
  }
  get src() {
    return this.#text('src');
  }
  set src(/** @type {string | null | undefined} */ url) {
    this.#set('src', url);
  }
  get alt() {
    return this.#text('alt');
  }
  set alt(/** @type {string | null | undefined} */ words) {
    this.#set('alt', words);
  }
  get methods() {
    return this.#text('methods');
  }
  set methods(/** @type {string | string[] | null | undefined} */ names) {
    this.#set('methods', Array.isArray(names) ? names.join(' ') : names);
  }
  get target() {
    return this.#text('target');
  }
  set target(/** @type {string | number | Target | null | undefined} */ target) {
    this.#set('target', formatTarget(target));
  }
  get parts() {
    return this.#text('parts');
  }
  set parts(/** @type {string | string[] | null | undefined} */ names) {
    this.#set('parts', Array.isArray(names) ? names.join(' ') : names);
  }
  get locked() {
    return this.hasAttribute('locked');
  }
  set locked(/** @type {boolean} */ wanted) {
    this.toggleAttribute('locked', Boolean(wanted));
  }
  get loading() {
    return this.#text('loading');
  }
  set loading(/** @type {string | null | undefined} */ when) {
    this.#set('loading', when);
  }
  get limits() {
    return this.#text('limits');
  }
  set limits(/** @type {string | RunLimits | null | undefined} */ limits) {
    this.#set('limits', formatLimits(limits));
  }
  get fold() {
    return this.#text('fold');
  }
  set fold(/** @type {string | null | undefined} */ choice) {
    this.#set('fold', choice);
  }
  get sign() {
    return this.#text('sign');
  }
  set sign(/** @type {string | null | undefined} */ choice) {
    this.#set('sign', choice);
  }
  get clip() {
    return this.#text('clip');
  }
  set clip(/** @type {string | number | null | undefined} */ share) {
    this.#set('clip', share);
  }
  get scale() {
    return this.#text('scale');
  }
  set scale(/** @type {string | number | null | undefined} */ full) {
    this.#set('scale', full);
  }
  get colors() {
    return this.#text('colors');
  }
  set colors(/** @type {string | null | undefined} */ choice) {
    this.#set('colors', choice);
  }
  get over() {
    return this.hasAttribute('over');
  }
  set over(/** @type {boolean} */ wanted) {
    this.toggleAttribute('over', Boolean(wanted));
  }

  connectedCallback() {
    // What was set before the element was defined hides the property: a framework may make elements before it loads modules.
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (/** @type {Partial<ReflectingElement>} */ (this)[name]);
      Object.assign(this, { [name]: value });
    }
  }

  /** @param {string} name */
  #text(name) {
    return this.getAttribute(name) ?? '';
  }

  /** @param {string} name @param {string | number | null | undefined} value */
  #set(name, value) {
    if (value === null || value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }
}

/** @param {string | RunLimits | null | undefined} limits */
function formatLimits(limits) {
  if (typeof limits !== 'object' || limits === null) return limits;
  return Object.entries(limits)
    .filter(([, number]) => number !== undefined)
    .map(([name, number]) => `${name}=${number}`)
    .join(' ');
}

/** @param {string | number | Target | null | undefined} target */
function formatTarget(target) {
  if (typeof target !== 'object' || target === null) return target;
  if ('class' in target) return `class:${target.class}`;
  // What is wrong with another object is said in place of the figure.
  return 'layer' in target ? formatUnit(target) : JSON.stringify(target);
}
