// The terms of the page, each explained by a sentence where it first stands: a tap or a key opens it, Escape or a tap elsewhere
// closes it.

import { say } from './live-text.js';
import { inEnglish, key, translationOf } from './translate.js';

/** By the `data-term` of the buttons in index.html. @type {Record<string, string>} */
export const TERMS = {
  layer: key(
    'A layer takes all the numbers of the layer before it and computes new ones, by one kind of step: a convolution, a ReLU, a pooling.',
  ),
  relu: key('ReLU is short for rectified linear unit. It returns max(0, f): f itself if it is positive, otherwise 0.'),
  score: key(
    'The network ends in one number for each class, the score, also called logit. It may be any number; the class with the largest is the answer.',
  ),
  gradient: key(
    'The gradient says of each number how fast the score rises if that number rises a little. It is plain if no rule changes it on its way.',
  ),
  channel: key('A layer looks for several patterns at once. A channel is one of them: its answers at all places of the picture.'),
  activation: key('An activation is the number with which one place of one channel answers to the picture.'),
  imputed: key(
    'An imputed gradient is filled in by a rule of its own where the true gradient would be another. It points at patterns, and is not a derivative.',
  ),
  convolution: key(
    'A convolution slides a small window of weights over all places and adds up what lies below it, each number times its weight.',
  ),
  'max-pooling': key('Max-pooling keeps only the largest number of each small window, so that the next layer has fewer places to look at.'),
  softmax: key(
    'The softmax turns the scores of all classes into shares of 100 %: e to the power of each score, divided by the sum over all classes.',
  ),
  unit: key('A unit is one place of one channel of a layer. It sees a part of the picture, and its answer is one number, its activation.'),
  switch: key(
    'A switch is the place in a max-pooling window where its largest number was. On the way back, the signal goes to that place alone.',
  ),
  field: key('The receptive field of a unit is the part of the picture that it can see: pixels outside of it cannot change its answer.'),
  correlation: key(
    'The correlation of two maps is 1 if they are the same but for their scale, 0 if they have nothing in common, −1 if one is the negative of the other. The page writes 1 only for identical maps.',
  ),
};

/** The distance from the term, and from the edges of the window, in pixels. */
const GAP = 8;

/** Gives every term in there its sentence. @param {ParentNode} root */
export function explainTerms(root) {
  for (const button of root.querySelectorAll('button.term')) {
    if (button instanceof HTMLButtonElement) explain(button);
  }
}

/** With the English names in brackets marked as such. @param {string} sentence @returns {(Node | string)[]} */
function marked(sentence) {
  return sentence.split(/(?<=\()([a-z][a-z ]+)(?=\))/i).flatMap((part, i) => (i % 2 === 1 ? inEnglish(part) : part));
}

/** @param {HTMLButtonElement} button */
function explain(button) {
  const name = button.dataset['term'] ?? '';
  const sentence = TERMS[name];
  if (sentence === undefined) throw new Error(`terms.js has no sentence for “${name}”`);
  const note = document.createElement('span');
  note.id = `term-${name}`;
  note.className = 'term-note';
  note.popover = 'auto';
  note.setAttribute('role', 'note');
  say(note, () => marked(translationOf(sentence)));
  // Next to the term, so that it is read next.
  button.after(note);
  button.popoverTargetElement = note;
  // The text moves while figures above it arrive.
  const resized = new ResizeObserver(() => place(note, button));
  note.addEventListener('toggle', (event) => {
    if (event instanceof ToggleEvent && event.newState === 'open') {
      resized.observe(document.body);
    } else {
      resized.disconnect();
      note.style.visibility = '';
    }
  });
}

/** Puts the note below its term, or above it where there is more room. @param {HTMLElement} note @param {HTMLElement} button */
function place(note, button) {
  const term = button.getBoundingClientRect();
  // Where it stands first, it may be narrower.
  note.style.inset = '0 auto auto 0';
  const { width, height } = note.getBoundingClientRect();
  const left = Math.min(Math.max(term.left, GAP), document.documentElement.clientWidth - width - GAP);
  const isBelow = term.bottom + GAP + height <= innerHeight || term.top < innerHeight - term.bottom;
  // In coordinates of the page, so that it scrolls along.
  note.style.left = `${left + scrollX}px`;
  note.style.top = `${(isBelow ? term.bottom + GAP : term.top - GAP - height) + scrollY}px`;
  note.style.visibility = 'visible';
}
