// The words that stand in the HTML. A unit of translation is an element with words of its own. Its key is its text, where each
// element within is a number: `Drag <1>the line</1>`; an element that modules fill, or that has no words, is `<1/>`. Elements
// are moved to their place in the translation, never made anew, so that whoever holds one holds it still.

import { label, remember } from './live-text.js';
import { translationOf } from './translate.js';

const ATTRIBUTES = ['aria-label', 'alt', 'title', 'placeholder', 'content'];
/** Whose words are not for people, or stay as they are. */
const LEFT_OUT = 'script, style, noscript, math, svg, [translate="no"]';
/** Said by terms.js beside a term, and no part of the sentence. */
const NOTE = '.term-note';
/** They have words of their own, beside those of the sentence they stand in. */
const APART = '[id], math, svg, button:not(.term), input, select, img, canvas, [translate="no"]';

/** A unit: its key; the same with its unbreakable spaces; the elements that its numbers mean. @typedef {{ element: Element, key: string, original: string, inner: Element[] }} Unit */

/** @param {ParentNode} root @returns {Unit[]} */
export function unitsIn(root) {
  return unitsAmong([...root.children]);
}

/** @param {Element[]} elements @returns {Unit[]} */
function unitsAmong(elements) {
  return elements.flatMap((element) => {
    if (element.matches(LEFT_OUT)) return [];
    if (!hasWords(element)) return unitsIn(element);
    const unit = unitOf(element);
    return [...(/\p{L}/u.test(unit.key) ? [unit] : []), ...unitsAmong(unit.inner.filter((inner) => inner.matches(APART)))];
  });
}

/** @param {ParentNode} root @returns {{ element: Element, attribute: string, key: string }[]} */
export function attributesIn(root) {
  return [...root.querySelectorAll('*')].flatMap((element) =>
    ATTRIBUTES.flatMap((attribute) => {
      const words = element.getAttribute(attribute)?.trim();
      const counts = attribute !== 'content' || element.matches('meta[name="description"]');
      return words && counts && !element.closest('[translate="no"]') ? [{ element, attribute, key: words }] : [];
    }),
  );
}

/** Has all that stands in the HTML translated whenever the language changes. To be called before a module changes it. @param {ParentNode} [root] */
export function rememberStaticText(root = document) {
  for (const unit of unitsIn(root)) {
    const { element } = unit;
    remember(
      element,
      '',
      () => translate(unit),
      () => unitOf(element).key,
    );
  }
  for (const { element, attribute, key } of attributesIn(root)) label(element, attribute, () => translationOf(key));
}

/** Translates all that stands in another document, once. @param {ParentNode} root */
export function translateStaticText(root) {
  for (const unit of unitsIn(root)) translate(unit);
  for (const { element, attribute, key } of attributesIn(root)) element.setAttribute(attribute, translationOf(key));
}

/** @param {Unit} unit */
function translate({ element, key, original, inner }) {
  const found = translationOf(key);
  fill(element, found === key ? original : found, inner);
}

/** @param {Element} element */
function hasWords(element) {
  return [...element.childNodes].some((node) => node instanceof Text && node.data.trim() !== '');
}

/** @param {Element} element @returns {Unit} */
function unitOf(element) {
  /** @type {Element[]} */
  const inner = [];
  /** @param {Element} parent @returns {string} */
  const textIn = (parent) =>
    [...parent.childNodes]
      .map((node) => {
        if (node instanceof Text) return node.data;
        if (!(node instanceof Element) || node.matches(NOTE)) return '';
        const number = inner.push(node);
        return node.matches(APART) || node.textContent?.trim() === '' ? `<${number}/>` : `<${number}>${textIn(node)}</${number}>`;
      })
      .join('');
  const original = textIn(element)
    .replace(/[ \n]+/g, ' ')
    .trim();
  return { element, key: original.replace(/\s+/g, ' '), original, inner };
}

/** The note of a term stays behind it. @param {Element} element */
function noteOf(element) {
  const note = element instanceof HTMLButtonElement && element.popoverTargetElement;
  return note && note.matches(NOTE) ? [note] : [];
}

/** Puts a translation into its element. @param {Element} element @param {string} translation @param {Element[]} inner */
function fill(element, translation, inner) {
  /** @type {{ parent: Element, nodes: (Node | string)[] }[]} */
  const open = [{ parent: element, nodes: [] }];
  for (const part of translation.split(/(<\/?\d+\/?>)/)) {
    const within = /** @type {{ parent: Element, nodes: (Node | string)[] }} */ (open.at(-1));
    const found = inner[Number(/\d+/.exec(part)?.[0]) - 1];
    if (part === '') continue;
    if (!/^<\/?\d+\/?>$/.test(part)) within.nodes.push(part);
    else if (part.startsWith('</')) {
      within.parent.replaceChildren(...within.nodes);
      open.pop();
    } else if (found) {
      within.nodes.push(found, ...noteOf(found));
      if (!part.endsWith('/>')) open.push({ parent: found, nodes: [] });
    }
  }
  element.replaceChildren(...(open[0]?.nodes ?? []));
}
