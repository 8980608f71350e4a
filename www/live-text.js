// What the page says, said anew in another language. An element remembers how its words were made, so that they can be made
// again; words that were replaced meanwhile by other means are left alone.

import { textOf } from './translate.js';

/** @import { Content } from './translate.js' */
/** Words for now, or what makes them in the language on show. @typedef {Content | (() => Content)} Saying */
/** `write` says it; `read` is what stands there now, `shown` what was written. @typedef {{ write: () => void, read: () => string, shown: string }} Said */

/** By the element, then by the attribute; the content is the empty string. @type {WeakMap<Element, Map<string, Said>>} */
const remembered = new WeakMap();

/** What is to be said now. @param {Saying} saying @returns {Content} */
export function contentOf(saying) {
  return typeof saying === 'function' ? saying() : saying;
}

/** Sets an element's content. @param {Element} element @param {Saying} saying */
export function say(element, saying) {
  put(
    element,
    '',
    saying,
    (content) => (typeof content === 'string' ? (element.textContent = content) : element.replaceChildren(...content)),
    () => element.textContent ?? '',
  );
}

/** Sets an attribute. @param {Element} element @param {string} attribute @param {Saying} saying */
export function label(element, attribute, saying) {
  put(
    element,
    attribute,
    saying,
    (content) => element.setAttribute(attribute, textOf(content)),
    () => element.getAttribute(attribute) ?? '',
  );
}

/** @param {Element} element @param {string} where @param {Saying} saying @param {(content: Content) => void} set @param {() => string} read */
function put(element, where, saying, set, read) {
  if (typeof saying !== 'function') {
    set(saying);
    remembered.get(element)?.delete(where);
    return;
  }
  const write = () => set(saying());
  write();
  remember(element, where, write, read);
}

/**
 * Has `write` called whenever the language changes, unless something else stands there by then.
 * @param {Element} element @param {string} where the attribute; empty for the content @param {() => void} write @param {() => string} read
 */
export function remember(element, where, write, read) {
  const said = remembered.get(element) ?? new Map();
  remembered.set(element, said.set(where, { write, read, shown: read() }));
}

/** Says everything in the document anew. */
export function sayAgain() {
  for (const element of document.querySelectorAll('*')) {
    const said = remembered.get(element);
    for (const [where, one] of said ?? []) {
      if (one.read() === one.shown) {
        one.write();
        one.shown = one.read();
      } else said?.delete(where);
    }
  }
}
