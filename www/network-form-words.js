// What the form for a network of another tool says: the network's answer, the conversion's notes, and what went wrong.

import { make } from './dom.js';
import { percent } from './numbers.js';
import { shortClass } from './predictions.js';
import { codeOf, messageOf, sentence } from './status.js';
import { inEnglish, t, words } from './translate.js';

/** @import { Description } from './model-file.js' */
/** @import { ClassScore } from './types.js' */

/** The most letters of a message that are shown at once. */
const LONG = 200;

/** @param {ClassScore[]} top @param {string} picture its title @param {string[] | undefined} names by the class's index; the network's own unless given */
export function answerList(top, picture, names) {
  const rows = top.map(({ index, label, probability }) => {
    const row = make(
      'li',
      {},
      make('bdi', {}, () => shortClass(names?.[index] ?? label)),
      make('span', { class: 'share' }, percent(probability)),
    );
    row.style.setProperty('--share', String(probability));
    return row;
  });
  return [
    make('p', {}, ...words('Its answer to “{picture}”, with these choices:', { picture: make('bdi', {}, picture) })),
    make('ol', {}, ...rows),
  ];
}

/** @param {string[]} notes @param {Description} description */
export function notesList(notes, { input: { shape }, classes }) {
  const [channels, height, width] = shape;
  const facts =
    channels === 1
      ? t('It takes grey pictures of {width} × {height} pixels.', { width, height })
      : t('It takes pictures of {width} × {height} pixels.', { width, height });
  return [
    make('p', { class: 'hint' }, facts),
    ...(classes.length === 1
      ? [make('p', { class: 'hint' }, t('It has one output, so it always says 100 %. The maps explain the number itself.'))]
      : []),
    ...notes.map((note) => make('p', { class: 'hint' }, ...[inEnglish(sentence(note))].flat())),
  ];
}

/** An error's words. Of a long message the first sentence; the rest, such as a list of operators, can be unfolded. @param {unknown} error */
export function troubleOf(error) {
  const message = error instanceof Error ? error.message : String(error);
  const [first = '', ...others] = message.length > LONG ? message.split(/(?<=\.) (?=[A-Z])/) : [message];
  const said = others.length === 0 ? messageOf(error) : messageOf(Object.assign(new Error(first), { code: codeOf(error) }));
  const rest = others.join(' ');
  return [
    make('p', {}, ...[said].flat()),
    ...(rest === '' ? [] : [make('details', {}, make('summary', {}, t('More')), make('p', {}, ...[inEnglish(sentence(rest))].flat()))]),
    ...(codeOf(error) === 'unsupported-operator' || codeOf(error) === 'invalid-model'
      ? [make('p', {}, make('a', { href: 'document.html#docs/own-models.md' }, t('Which networks can be read, and how to export one')))]
      : []),
  ];
}
