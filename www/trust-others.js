// Figure 6b: the same map for a class that is not in the picture, and for the same class in another picture.

import { displayOf, sideOf } from './display-options.js';
import { make } from './dom.js';
import { say } from './live-text.js';
import { likenessInWords, likenessOf, nameOf } from './map-likeness.js';
import { createMapsRow } from './maps-row.js';
import { percent } from './numbers.js';
import { putPixels } from './painter.js';
import { shortClass, shortClassText } from './predictions.js';
import { RULES } from './rules.js';
import { messageOf } from './status.js';
import { mapsOf } from './three-maps.js';
import { t, words } from './translate.js';
import { whileInView } from './while-in-view.js';

/** @import { Likeness, Measure } from './map-likeness.js' */
/** @import { PageState } from './state.js' */
/** @import { Maps } from './three-maps.js' */
/** @import { Subject } from './trust-figure.js' */
/** @import { ClassScore, Picture, Rule } from './types.js' */
/** `names`: of the pictures for a network with an input of this side. @typedef {{ names: (side: number) => string[], titled: (name: string) => string, fetchBeside: (name: string) => Promise<Picture> }} Samples */
/** @typedef {Record<Rule, Likeness>} Likenesses */

/** How many of the likeliest classes can be asked for, beside the least likely. */
const OFFERED = 4;

/** @param {PageState} state @param {() => Measure} measure @param {Samples} samples */
export function createTrustOthers(state, measure, samples) {
  const line = make('p', { class: 'trust-line', id: 'trust-others-line', role: 'status' });
  const which = make('select', { id: 'trust-class', 'aria-label': () => t('Another class'), autocomplete: 'off' });
  const beside = make('select', { id: 'trust-picture', 'aria-label': () => t('Another picture'), autocomplete: 'off' });
  const classNote = make('p', { class: 'hint' });
  const pictureNote = make('p', { class: 'hint' });
  const view = make('canvas', {
    id: 'trust-view',
    width: '32',
    height: '32',
    role: 'img',
    'aria-label': () => t('The other picture'),
    'data-blank': 'true',
  });
  const own = make('canvas', {
    id: 'trust-own-view',
    width: '32',
    height: '32',
    role: 'img',
    'aria-label': () => t('The picture as the network sees it'),
    'data-blank': 'true',
  });
  const itselfRow = createMapsRow(
    'trust-itself',
    [make('h4', {}, () => t('as in figure 2')), make('div', { class: 'frame' }, own)],
    () => t('The maps of figure 2'),
    trouble,
  );
  const classRow = createMapsRow(
    'trust-other-class',
    [make('h4', {}, () => t('another class')), which, classNote],
    () => t('Another class'),
    trouble,
  );
  const pictureRow = createMapsRow(
    'trust-other-picture',
    [make('h4', {}, () => t('another picture')), beside, make('div', { class: 'frame' }, view), pictureNote],
    () => t('Another picture'),
    trouble,
  );
  const rows = [itselfRow, classRow, pictureRow];
  const element = make(
    'section',
    { class: 'trust-part', id: 'trust-others', 'aria-labelledby': 'trust-others-title', 'aria-busy': 'false' },
    make('h3', { id: 'trust-others-title' }, () => [make('span', { class: 'part' }, '(b)'), ' ', t('Another class, another picture')]),
    line,
    make('div', { class: 'maps-rows' }, ...rows.map((row) => row.element)),
  );

  /** @type {Subject | undefined} */
  let subject;
  /** Likeliest first. @type {ClassScore[]} */
  let top = [];
  /** @type {{ byClass?: Likenesses, byPicture?: Likenesses }} */
  let likeness = {};
  let isDone = false;
  /** The picture chosen by hand, kept while other pictures are explained. */
  let chosen = '';
  /** @type {ReturnType<typeof whileInView<Subject>>} */
  const computation = whileInView(element, { work, onTrouble: trouble });

  beside.addEventListener('change', () => {
    chosen = beside.value;
  });
  for (const select of [which, beside]) {
    select.disabled = true;
    select.addEventListener('change', () => {
      likeness = {};
      isDone = false;
      computation.restart();
    });
  }
  state.subscribe(['display'], () => {
    for (const row of rows) row.redraw(look());
  });

  const look = () => displayOf(state, subject ? sideOf(subject.model) : 0);

  /** @param {Subject} of @param {AbortSignal} signal */
  async function work(of, signal) {
    if (isDone) return;
    sayUsual();
    const { trace, model, index } = of;
    const maps = await of.originals();
    signal.throwIfAborted();
    if (trace.view) putPixels(own, trace.view);
    await itselfRow.show(maps, look());
    const other = Number(which.value);
    if (which.options.length > 0) {
      const asked = await mapsOf(trace, other, signal);
      const byClass = await compared(asked, maps, signal);
      signal.throwIfAborted();
      likeness = { ...likeness, byClass };
      await classRow.show(asked, look());
      sayLikeness();
      const place = top.findIndex((each) => each.index === other);
      const { length } = top;
      const share = top[place]?.probability ?? 0;
      say(classNote, () => t('{share}, place {place} of {count}', { share: percent(share), place: place + 1, count: length }));
    }
    if (beside.options.length === 0) {
      isDone = true;
      return;
    }
    const picture = await samples.fetchBeside(beside.value);
    const seen = await model.forward(picture.blob, { signal });
    try {
      const shown = await mapsOf(seen, index, signal);
      const byPicture = await compared(shown, maps, signal);
      const [first] = await seen.top(1);
      signal.throwIfAborted();
      likeness = { ...likeness, byPicture };
      if (seen.view) putPixels(view, seen.view);
      await pictureRow.show(shown, look());
      if (first)
        say(pictureNote, () =>
          words('here the network says “{class}”, {share}', { class: shortClass(first.label), share: percent(first.probability) }),
        );
    } finally {
      seen.close();
    }
    sayLikeness();
    isDone = true;
  }

  /** @param {Maps} maps @param {Maps} originals @param {AbortSignal} signal @returns {Promise<Likenesses>} */
  async function compared(maps, originals, signal) {
    const pairs = await Promise.all(RULES.map(async (rule) => [rule, await likenessOf(maps[rule], originals[rule], signal)]));
    return Object.fromEntries(pairs);
  }

  function sayLikeness() {
    const by = measure();
    const below = (/** @type {Likeness | undefined} */ one) =>
      one ? () => t('{measure}: {number}', { measure: nameOf(by), number: likenessInWords(one, by) }) : '';
    classRow.say((rule) => below(likeness.byClass?.[rule]));
    pictureRow.say((rule) => below(likeness.byPicture?.[rule]));
  }

  /** Offers the likeliest of the other classes, and the least likely, which is chosen. @param {Subject} of */
  async function offer({ trace, model, picture, index }) {
    top = await trace.top(model.info.classes.length);
    const others = top.filter((each) => each.index !== index);
    const offered = others.length <= 9 ? others : [...others.slice(0, OFFERED), ...others.slice(-1)];
    which.replaceChildren(
      ...offered.map(({ index: value, label }, i) => {
        const option = new Option('', String(value), false, i === offered.length - 1);
        say(option, () => shortClassText(label));
        return option;
      }),
    );
    const names = samples.names(sideOf(model));
    const besides = names.filter((name) => name !== picture.name);
    // Pictures of one class stand side by side, so one that is half the list away.
    const far = besides[(Math.max(0, names.indexOf(picture.name)) + Math.floor(names.length / 2)) % Math.max(1, besides.length)];
    const kept = besides.includes(chosen) ? chosen : far;
    beside.replaceChildren(
      ...besides.map((name) => {
        const option = new Option('', name, false, name === kept);
        say(option, () => samples.titled(name));
        return option;
      }),
    );
    which.disabled = offered.length === 0;
    beside.disabled = besides.length === 0;
  }

  function sayUsual() {
    if (!subject) return;
    const label = subject.model.info.classes[subject.index] ?? '';
    const { picture } = subject;
    say(line, () =>
      words(
        'The first row has the maps for “{class}” in “{picture}”. Below it, the same network is asked for another class, and shown another picture for the same class.',
        { class: shortClass(label), picture: picture.title },
      ),
    );
  }

  /** @param {unknown} error */
  function trouble(error) {
    say(line, () => words('The other maps could not be computed. {reason}', { reason: messageOf(error) }));
  }

  return {
    element,
    /** @param {Subject | undefined} next */
    async setSubject(next) {
      subject = next;
      likeness = {};
      isDone = false;
      for (const row of rows) row.blank();
      for (const note of [classNote, pictureNote]) say(note, '');
      computation.set(undefined);
      if (!next) {
        say(line, () => t('Waiting for the picture.'));
        return;
      }
      await offer(next);
      if (subject !== next) return;
      sayUsual();
      computation.set(next);
    },
    /** To be called when another measure is chosen. */
    remeasure: sayLikeness,
  };
}
