// A guess before the maps appear: the visitor marks on the picture what the network may have looked at. Then the maps are shown,
// and how much of each lies inside the marks.

import { announcer, byId, make } from './dom.js';
import { createGuessBrush } from './guess-brush.js';
import { GuessMarks } from './guess-marks.js';
import { createGuessOutline } from './guess-outline.js';
import { shareOfArea, shareOfMap } from './guess-share.js';
import { say } from './live-text.js';
import { percent, percentage } from './numbers.js';
import { RULES, byRule, ruleName } from './rules.js';
import { t } from './translate.js';

/** @import { Place } from './guess-brush.js' */
/** @import { PageState } from './state.js' */
/** @import { AttributionMap, Picture, Rule, Trace } from './types.js' */

/** The brush's radius, as a share of the shorter side of what the network sees. @type {Readonly<Record<string, number>>} */
const RADII = { small: 1 / 32, medium: 1 / 16, large: 1 / 8, eraser: 1 / 16 };

/** @param {PageState} state */
export function createGuess(state) {
  const root = document.documentElement;
  const view = byId('view', HTMLCanvasElement);
  const panel = byId('guess', HTMLElement);
  const on = byId('guess-on', HTMLInputElement);
  const question = byId('guess-question', HTMLElement);
  const show = byId('guess-show', HTMLButtonElement);
  const clear = byId('guess-clear', HTMLButtonElement);
  const hint = byId('guess-hint', HTMLElement);
  const brushes = byId('guess-brushes', HTMLFieldSetElement);
  const marked = byId('guess-marked', HTMLElement);
  const result = byId('guess-result', HTMLElement);
  const line = byId('guess-line', HTMLElement);
  const announce = announcer(byId('guess-live', HTMLElement));
  const rows = byRule((rule) => row(rule));
  const areaRow = row(undefined);
  byId('guess-shares', HTMLElement).append(areaRow.element, ...RULES.map((rule) => rows[rule].element));

  const marks = new GuessMarks();
  const outlines = [view, ...RULES.map((rule) => byId(`map-${rule}`, HTMLCanvasElement))].map((canvas) =>
    createGuessOutline(frameOf(canvas)),
  );
  const brush = createGuessBrush(frameOf(view), { onStroke: stroke, onMove: sayPlace });
  byId('opening-wipe', HTMLElement).append(
    make('p', { class: 'guess-cover' }, () => t('The map is hidden until you have made your guess in figure 2.')),
  );

  /** Whose marks these are. @type {Picture | undefined} */
  let picture;
  let size = { width: 0, height: 0 };
  let cropWidth = 1;
  /** Those on show; undefined while they are computed. @type {Partial<Record<Rule, AttributionMap>> | undefined} */
  let maps;
  let revealed = false;
  /** The class that the maps explain. */
  let explained = () => '';

  on.addEventListener('change', () => state.set({ guess: on.checked }));
  state.subscribe(['guess'], begin);
  brushes.addEventListener('change', showBrush);
  clear.addEventListener('click', () => {
    wipe();
    announce(t('Nothing is marked.'));
  });
  show.addEventListener('click', () => {
    if (revealed) wipe();
    revealed = !revealed;
    update();
    if (!revealed) announce(t('The maps are hidden, and nothing is marked.'));
  });
  begin();

  /** With nothing marked and the maps hidden, if a guess is wanted. */
  function begin() {
    revealed = false;
    wipe();
    update();
  }

  function wipe() {
    marks.clear();
    brush.reset();
    redraw();
  }

  function update() {
    const wanted = state.get().guess === true;
    const guessing = wanted && !revealed;
    on.checked = wanted;
    root.dataset['guess'] = !wanted ? 'off' : guessing ? 'open' : 'shown';
    panel.hidden = !wanted;
    // The cross-hair's keys would say what the maps are.
    view.tabIndex = guessing ? -1 : 0;
    say(show, () => (revealed ? t('Guess again') : t('Show the maps')));
    show.disabled = !picture;
    for (const each of [brushes, clear, marked, question, hint]) each.hidden = revealed;
    result.hidden = !revealed;
    showBrush();
    redraw();
  }

  function chosenBrush() {
    return brushes.querySelector('input:checked')?.getAttribute('value') ?? 'medium';
  }

  function showBrush() {
    brush.setRadius(marks.length(RADII[chosenBrush()] ?? 0) / cropWidth);
  }

  /** @param {Place} from @param {Place} to @param {boolean} byKeyboard */
  function stroke(from, to, byKeyboard) {
    if (!picture || revealed) return;
    const erase = chosenBrush() === 'eraser';
    const radius = marks.length(RADII[chosenBrush()] ?? 0);
    marks.add({ from: marks.inPicture(from.x, from.y), to: marks.inPicture(to.x, to.y), radius, erase });
    redraw();
    if (byKeyboard) announce(erase ? t('Erased. {area}', { area: markedWords() }) : t('Marked. {area}', { area: markedWords() }));
  }

  /** @param {Place} place */
  function sayPlace({ x, y }) {
    announce(t('{x} from the left, {y} from the top.', { x: percentOf(x), y: percentOf(y) }));
  }

  function markedWords() {
    const area = shareOfArea(marks.mask);
    return area === 0 ? t('Nothing is marked yet.') : t('{area} of the picture’s area is marked.', { area: percentOf(area) });
  }

  function redraw() {
    for (const outline of outlines) outline.draw(marks.mask, size.width, size.height);
    say(marked, markedWords);
    if (revealed) compare();
  }

  /** Says how much of the picture and of each map lies inside the marks. */
  function compare() {
    if (!maps) {
      say(line, () => t('The maps are being computed.'));
      return;
    }
    const area = shareOfArea(marks.mask);
    const shares = byRule((rule) => {
      const map = maps?.[rule];
      return map ? shareOfMap(map, marks.mask) : NaN;
    });
    areaRow.set(area);
    for (const rule of RULES) rows[rule].set(shares[rule]);
    result.style.setProperty('--area', String(area));
    say(line, () => {
      if (area === 0) return t('You marked nothing, so there is nothing to compare the maps with.');
      const said = { area: percentOf(area), share: percentOf(shares.guided), class: explained() };
      return Number.isNaN(shares.guided)
        ? t('Your marks cover {area} of the picture’s area. The guided map for “{class}” is empty.', said)
        : t('Your marks cover {area} of the picture’s area. Inside them lies {share} of the guided map for “{class}”.', said);
    });
  }

  return {
    /** The network has looked at a picture. Marks stay with their picture, and another one begins a new guess. @param {Trace} trace @param {Picture} next */
    setTrace(trace, next) {
      const same = picture !== undefined && (next.name ? next.name === picture.name : next.blob === picture.blob);
      picture = next;
      if (!trace.view) return;
      const { width, height } = trace.view;
      const crop = trace.crop ?? { x: 0, y: 0, width, height, of: { width, height } };
      size = { width, height };
      cropWidth = crop.width;
      marks.setView(crop, width, height);
      if (same) update();
      else begin();
    },
    /** Maps are being computed: those on show are of another class, picture or network. */
    wait() {
      maps = undefined;
      if (revealed) compare();
    },
    /** All three maps of a class are drawn. @param {Partial<Record<Rule, AttributionMap>>} drawn @param {() => string} label of the class */
    setMaps(drawn, label) {
      maps = drawn;
      explained = label;
      say(question, () =>
        t('What did the network look at for its score of “{class}”? Mark it on the picture, then show the maps.', { class: label() }),
      );
      if (revealed) compare();
    },
  };
}

/** A row of the comparison: a name, a bar, a share. @param {Rule | undefined} rule undefined for the area */
function row(rule) {
  const bar = make('span', { class: 'guess-bar' });
  const value = make('td', { id: `guess-share-${rule ?? 'area'}` });
  const element = make(
    'tr',
    rule ? { 'data-rule': rule } : {},
    make('th', { scope: 'row' }, () => (rule ? ruleName(rule) : t('picture’s area'))),
    make('td', { 'aria-hidden': 'true' }, bar),
    value,
  );
  return {
    element,
    /** @param {number} share NaN for an empty map */
    set(share) {
      bar.style.setProperty('--share', String(share || 0));
      value.dataset['share'] = String(share);
      say(value, () => (Number.isNaN(share) ? t('empty map') : percentOf(share)));
    },
  };
}

/** Not to be broken before its sign. @param {number} share */
function percentOf(share) {
  return (share === 0 ? percentage(0) : percent(share)).replaceAll(' ', '\u00a0');
}

/** @param {HTMLCanvasElement} canvas */
function frameOf(canvas) {
  return /** @type {HTMLElement} */ (canvas.parentElement);
}
