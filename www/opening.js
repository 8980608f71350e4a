// The first screen: the picture and its guided map as one to wipe across, and the two other maps. Nothing is computed for it: whatever
// figure 2 draws is copied here; until then the photograph and a map that was computed before are shown.

import { make, byId } from './dom.js';
import { onLanguage } from './language.js';
import { contentOf, label, say } from './live-text.js';
import { percentage } from './numbers.js';
import { shortClass } from './predictions.js';
import { RULES } from './rules.js';
import { t, words } from './translate.js';

/** @import { Saying } from './live-text.js' */
/** @import { Rule } from './types.js' */

/** The pixels of a wider canvas are too small to be seen one by one. */
const FINE = 64;

/** @param {boolean} otherPicture whether the page opens with another picture than the one in its HTML */
export function createOpening(otherPicture) {
  const figure = byId('opening', HTMLElement);
  const line = byId('opening-line', HTMLElement);
  const photograph = byId('opening-photograph', HTMLImageElement);
  const canvases = new Map(/** @type {const} */ (['view', ...RULES]).map((name) => [name, byId(`opening-${name}`, HTMLCanvasElement)]));
  const prepared = byId('opening-prepared', HTMLImageElement);
  const wipe = byId('opening-wipe', HTMLElement);
  const covered = byId('opening-wipe-at', HTMLInputElement);
  const answer = byId('opening-answer', HTMLElement);
  if (otherPicture) say(answer, () => t('what it sees'));
  photograph.hidden = otherPicture;
  prepared.hidden = otherPicture;

  /** Whose labels the copies have. @type {Map<'view' | Rule, HTMLCanvasElement>} */
  const sources = new Map();

  onLanguage(() => sources.forEach((source, name) => copyLabel(name, source)));
  covered.addEventListener('input', cover);
  cover();

  /** Lays the map over as much of the picture as the slider says. */
  function cover() {
    wipe.style.setProperty('--covered', `${covered.value}%`);
    label(covered, 'aria-valuetext', () => percentage(covered.value));
  }

  /** @param {'view' | Rule} name @param {HTMLCanvasElement} source */
  function copyLabel(name, source) {
    sources.set(name, source);
    const canvas = canvases.get(name);
    if (canvas) label(canvas, 'aria-label', source.getAttribute('aria-label') ?? '');
  }

  return {
    /** Copies one of figure 2's canvases, or blanks the copy if the canvas is blank. @param {'view' | Rule} name @param {HTMLCanvasElement} source */
    copy(name, source) {
      const canvas = /** @type {HTMLCanvasElement} */ (canvases.get(name));
      const { blank = 'true' } = source.dataset;
      canvas.dataset['blank'] = blank;
      if (blank === 'true') return;
      canvas.width = source.width;
      canvas.height = source.height;
      canvas.dataset['fine'] = String(source.width > FINE);
      canvas.getContext('2d')?.drawImage(source, 0, 0);
      copyLabel(name, source);
      if (name === 'view') photograph.hidden = true;
      if (name === 'guided') prepared.hidden = true;
    },
    /** To be called when everything is drawn. @param {Saying} saying what the network predicts @param {string} label its likeliest class */
    say(saying, label) {
      // ImageNet has only breeds.
      const said = label.endsWith(' cat') ? 'cat' : label;
      say(answer, () => words('“{class}”', { class: shortClass(said) }));
      figure.dataset['state'] = 'ready';
      say(line, () => words('{answer} Computed just now, in this browser; nothing was uploaded.', { answer: contentOf(saying) }));
    },
    /** To be called when there is nothing to show yet. @param {Saying} saying why */
    wait(saying) {
      say(line, saying);
    },
    /** To be called when the maps failed and there are no earlier ones. */
    fail() {
      figure.dataset['state'] = 'failed';
      say(line, () =>
        words('The maps could not be computed. {where}.', { where: make('a', { href: '#status' }, ...words('Figure 2 says why')) }),
      );
    },
  };
}
