// Figure 6: controls for the maps of figure 2. What becomes of a map when the network forgets (a), when another class or another
// picture is asked for (b), and what becomes of the answer when the pixels go that a map calls important (c).

import { caption, displayOf, sideOf } from './display-options.js';
import { byId, make } from './dom.js';
import { say } from './live-text.js';
import { MEASURES, definitionOf, shortName } from './map-likeness.js';
import { mapsOf } from './three-maps.js';
import { t } from './translate.js';
import { createTrustDeletion } from './trust-deletion.js';
import { createTrustOthers } from './trust-others.js';
import { createTrustRandomised } from './trust-randomised.js';

/** @import { Measure } from './map-likeness.js' */
/** @import { PageState } from './state.js' */
/** @import { Maps } from './three-maps.js' */
/** @import { Model, Picture, Trace } from './types.js' */
/**
 * What the maps of figure 2 explain: `index` of the class; `isRandom`: whether the network has random weights; `originals`: these maps, computed
 * once.
 * @typedef {{ model: Model, trace: Trace, picture: Picture, index: number, isRandom: boolean, originals: () => Promise<Maps> }} Subject
 */

/**
 * @param {PageState} state
 * @param {import('./trust-others.js').Samples} samples
 * @param {() => void} onDrawn called when the maps of a randomised network are drawn
 */
export function createTrustFigure(state, samples, onDrawn) {
  const figure = byId('trust-figure', HTMLElement);
  /** @type {Measure} */
  let measure = 'rankCorrelation';
  /** @type {{ model: Model, trace: Trace, picture: Picture } | undefined} */
  let current;
  let isRandom = false;
  let lifetime = new AbortController();

  const definition = make('p', { class: 'hint', id: 'trust-definition' });
  const drawn = make('span', { id: 'trust-drawn' });
  const choice = make(
    'fieldset',
    { class: 'trust-measure' },
    make('legend', {}, () => t('Measure of how alike two maps are, in figure 6')),
    make(
      'div',
      { class: 'segments' },
      ...MEASURES.map((each) => {
        const input = make('input', { type: 'radio', name: 'trust-measure', value: each, autocomplete: 'off' });
        input.checked = each === measure;
        input.addEventListener('change', () => {
          measure = each;
          showMeasure();
        });
        return make(
          'label',
          {},
          input,
          make('span', {}, () => shortName(each)),
        );
      }),
    ),
    definition,
  );
  const randomised = createTrustRandomised(state, { measure: () => measure, choice, onDrawn });
  const others = createTrustOthers(state, () => measure, samples);
  const deletion = createTrustDeletion();
  figure.append(
    randomised.element,
    others.element,
    deletion.element,
    make(
      'figcaption',
      { class: 'drawn', id: 'trust-caption' },
      make('span', {}, () => [
        make('b', {}, t('Figure 6.')),
        ' ',
        t('Controls for the maps of figure 2: its network, its picture, its class.'),
        ' ',
      ]),
      drawn,
    ),
  );
  showMeasure();
  sayLook();
  state.subscribe(['display'], sayLook);
  state.subscribe(['target'], begin);
  // With another picture, the figure begins anew once that is explained.
  state.subscribe(['picture'], begin);

  function showMeasure() {
    say(definition, () => definitionOf(measure));
    randomised.remeasure();
    others.remeasure();
  }

  function sayLook() {
    const side = current ? sideOf(current.model) : 0;
    say(drawn, () => caption(displayOf(state, side)));
  }

  function begin() {
    lifetime.abort();
    lifetime = new AbortController();
    const { signal } = lifetime;
    const subject = current?.picture.name === state.get().picture ? current && subjectOf(current, signal) : undefined;
    figure.dataset['state'] = subject ? 'ready' : 'empty';
    for (const part of [randomised, others, deletion]) part.setSubject(subject);
  }

  /** @param {{ model: Model, trace: Trace, picture: Picture }} of @param {AbortSignal} signal @returns {Subject} */
  function subjectOf({ model, trace, picture }, signal) {
    const { target } = state.get();
    const likeliest = trace.logits.reduce((best, logit, i) => (logit > (trace.logits[best] ?? -Infinity) ? i : best), 0);
    const index = typeof target === 'number' ? target : likeliest;
    /** @type {Promise<Maps> | undefined} */
    let maps;
    return {
      model,
      trace,
      picture,
      index,
      isRandom,
      originals() {
        if (maps) return maps;
        const computing = mapsOf(trace, index, signal);
        // Whoever asks after a failure has them computed anew.
        computing.catch(() => (maps = undefined));
        return (maps = computing);
      },
    };
  }

  return {
    /** Until its picture is explained, there is nothing to control. @param {Model} _model @param {boolean} random whether its weights are random ones */
    setModel(_model, random) {
      isRandom = random;
      current = undefined;
      begin();
    },
    /** @param {Trace} trace @param {Model} model @param {Picture} picture */
    setTrace(trace, model, picture) {
      current = { trace, model, picture };
      sayLook();
      begin();
    },
  };
}
