// What stands around the pictures if its parts are named: the scale of the maps, the likeliest classes, a search for any other.

import { createClassField } from './class-field.js';
import { element } from './make-element.js';
import { createMapScale } from './map-scale.js';
import { createPredictionList } from './prediction-list.js';

/** @typedef {import('../api/class-scores.js').ClassScore} ClassScore */
/** @typedef {import('./attributes.js').Look} Look */
/** @typedef {import('./attributes.js').Part} Part */
/** @typedef {import('./words.js').Words} Words */
/** `explained`: the class that the maps explain, if it is one. @typedef {{ scores: ClassScore[], explained: number | undefined, drawing: Look, maps: readonly import('./map-scale.js').Drawn[] }} Shown */

/** @param {(index: number) => void} onChoose @param {() => Words} words in the language of where they stand */
export function createControls(onChoose, words) {
  const scalePlace = element('div', {});
  const choicePlace = element('div', { class: 'choice' });
  /** @type {ReturnType<typeof createMapScale> | undefined} */
  let scale;
  /** @type {ReturnType<typeof createPredictionList> | undefined} */
  let list;
  /** @type {ReturnType<typeof createClassField> | undefined} */
  let classField;
  let arranged = '[]';

  return {
    /** Where they stand: below the pictures, and below the caption. */
    places: { scale: scalePlace, choice: choicePlace },
    /** Makes those that are wanted, unless they are there. @param {Part[]} parts @param {boolean} isLocked nothing can be chosen */
    arrange(parts, isLocked) {
      const wanted = JSON.stringify([parts, isLocked]);
      if (wanted === arranged) return;
      arranged = wanted;
      const canChoose = !isLocked && parts.includes('maps');
      scale = parts.includes('scale') ? createMapScale(words) : undefined;
      list = parts.includes('predictions') ? createPredictionList(canChoose ? onChoose : undefined, words) : undefined;
      classField = canChoose && parts.includes('classes') ? createClassField(onChoose, words) : undefined;
      scalePlace.replaceChildren(...(scale ? [scale.element] : []));
      choicePlace.replaceChildren(...[list, classField].flatMap((each) => (each ? [each.element] : [])));
      choicePlace.hidden = !list && !classField;
      choicePlace.dataset['open'] = String(canChoose && !choicePlace.hidden);
    },
    /** @param {Shown} shown */
    show({ scores, explained, drawing, maps }) {
      scale?.show(drawing, maps);
      list?.show(scores, explained);
      classField?.set(scores);
    },
    /** In another language. */
    sayAgain() {
      for (const each of [scale, list, classField]) each?.sayAgain();
    },
  };
}
