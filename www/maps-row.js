// A row of figure 6: what is asked, then the maps by the three rules, each with a number below that says how alike it is to the map
// it is compared with.

import { make } from './dom.js';
import { say } from './live-text.js';
import { Painter } from './painter.js';
import { RULES, byRule, fullName, ruleName } from './rules.js';
import { t } from './translate.js';

/** @import { Saying } from './live-text.js' */
/** @import { Maps } from './three-maps.js' */
/** @import { Display, Rule } from './types.js' */

/**
 * @param {string} id that of its canvases begins with it
 * @param {(Node | string)[]} words what stands before the maps
 * @param {() => string} what the row is about, for those who listen
 * @param {(error: unknown) => void} onTrouble
 */
export function createMapsRow(id, words, what, onTrouble) {
  const canvases = byRule((rule) =>
    make('canvas', {
      id: `${id}-${rule}`,
      width: '32',
      height: '32',
      role: 'img',
      'aria-label': () => t('{what}: map by {rule}', { what: what(), rule: fullName(rule) }),
      'data-blank': 'true',
    }),
  );
  const painters = byRule((rule) => new Painter(canvases[rule], onTrouble));
  const numbers = byRule((rule) => make('p', { class: 'likeness', id: `${id}-likeness-${rule}` }));
  const element = make(
    'div',
    { class: 'maps-row', id, role: 'group', 'aria-label': what },
    make('div', { class: 'maps-row-words' }, ...words),
    ...RULES.map((rule) =>
      make(
        'div',
        { class: 'picture', 'data-rule': rule },
        make('h4', {}, () => ruleName(rule)),
        make('div', { class: 'frame' }, canvases[rule]),
        numbers[rule],
      ),
    ),
  );
  /** @type {Maps | undefined} */
  let shown;

  return {
    element,
    /** @param {Maps} maps @param {Display} display */
    async show(maps, display) {
      shown = maps;
      const { shape } = maps.backprop;
      element.style.setProperty('--aspect', `${shape[2]} / ${shape[1]}`);
      await Promise.all(RULES.map((rule) => painters[rule].paint(maps[rule], display)));
    },
    /** Draws what is shown in another way. @param {Display} display */
    redraw(display) {
      if (shown) for (const rule of RULES) painters[rule].paint(shown[rule], display);
    },
    /** Leaves it until there are maps again, in their place. */
    blank() {
      shown = undefined;
      for (const rule of RULES) {
        painters[rule].blank();
        say(numbers[rule], '');
      }
    },
    /** What stands below each map. @param {(rule: Rule) => Saying} saying */
    say(saying) {
      for (const rule of RULES) say(numbers[rule], saying(rule));
    },
  };
}
