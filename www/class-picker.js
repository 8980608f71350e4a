// Searches all classes of the network: the element's combobox, in the page's markup and words.

import { createClassCombobox } from '../pkg/element/class-combobox.js';
import { byId, make } from './dom.js';
import { say } from './live-text.js';
import { percent } from './numbers.js';
import { className, classText, t } from './translate.js';

/** @param {(index: number) => void} onChoose */
export function createClassPicker(onChoose) {
  const message = byId('class-message', HTMLElement);
  const combobox = createClassCombobox(
    {
      input: byId('class-search', HTMLInputElement),
      list: byId('class-options', HTMLUListElement),
      nameOf: classText,
      option: ({ label, probability }) => [make('span', {}, () => className(label)), make('small', {}, () => percent(probability))],
      report(found) {
        if (!found) say(message, '');
        else if (found.count === 0)
          say(message, () => t('No class is called “{typed}”. Try a shorter or more general word.', { typed: found.typed }));
        else if (found.count > found.listed)
          say(message, () => t('{count} classes, the likeliest {listed} listed.', { count: found.count, listed: found.listed }));
        else say(message, () => (found.count === 1 ? t('1 class.') : t('{count} classes.', { count: found.count })));
      },
    },
    onChoose,
  );

  return { set: combobox.set, clear: () => combobox.set([]) };
}
