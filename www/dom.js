// Finding and making elements, typed.

import { label, say } from './live-text.js';
import { language } from './translate.js';

/** @import { Content } from './translate.js' */

/**
 * The element with this id, checked to be of the kind the caller needs.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`);
  return found;
}

/**
 * Words that are given as a function are said anew when the language changes: an attribute, or the whole content.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | (() => string)>} [attributes]
 * @param {...(Node | string | (() => Content))} children a function only alone
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) label(element, key, value);
  const [first] = children;
  if (typeof first === 'function') say(element, first);
  else element.append(...children.filter((child) => typeof child !== 'function'));
  return element;
}

/** In milliseconds: how long words must stay unchanged to be announced, and the least time between announcements. */
const REST = 300;
const APART = 1000;

/**
 * Announces words that may change faster than anyone can listen, as while a key is held: only the newest are read out.
 * @param {HTMLElement} region
 * @returns {(words: string) => void}
 */
export function announcer(region) {
  let said = -APART;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (words) => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        said = performance.now();
        // In another language these words would be of no use.
        const saidIn = language();
        say(region, () => (language() === saidIn ? words : ''));
      },
      Math.max(REST, said + APART - performance.now()),
    );
  };
}

/** Tells whether any of the element is in the viewport, whenever that changes. @param {Element} element @param {(inView: boolean) => void} tell */
export function watchView(element, tell) {
  new IntersectionObserver((entries) => tell(entries.at(-1)?.isIntersecting ?? false)).observe(element);
}

/** Tells whether the element is near the viewport, whenever that changes. @param {Element} element @param {(isNear: boolean) => void} tell */
export function watchNear(element, tell) {
  new IntersectionObserver((entries) => tell(entries.at(-1)?.isIntersecting ?? false), { rootMargin: '400px' }).observe(element);
}

/** Calls back once, when the element comes near the viewport. @param {Element} element @param {() => void} arrive */
export function whenNear(element, arrive) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      arrive();
    },
    { rootMargin: '400px' },
  );
  observer.observe(element);
}
