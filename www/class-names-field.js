// The form's question what the classes are called: ImageNet's names, a list of one's own, or numbers.

import { make } from './dom.js';
import { say } from './live-text.js';
import { messageOf } from './status.js';
import { t } from './translate.js';
import { withoutDirections } from '../pkg/engine/isolated-text.js';

/** @typedef {'imagenet' | 'numbers' | 'list'} Kind */

const IMAGENET = 1000;
/** In bytes. No list of names is longer. */
const LARGEST_LIST = 8_000_000;

/** @param {() => void} onChange */
export function createClassNamesField(onChange) {
  const imagenet = radio('imagenet', () => t('ImageNet’s 1000 names'));
  const numbers = radio('numbers', () => t('numbers: “class 0”, “class 1”, …'));
  const list = radio('list', () => t('names of your own'));
  const text = make('textarea', {
    id: 'form-names',
    rows: '5',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': () => t('The names, one a line, in the order of the network’s outputs'),
    'aria-describedby': 'form-names-line',
    placeholder: () => t('one name a line, in the order of the network’s outputs'),
  });
  const picked = make('input', { type: 'file', id: 'form-names-file', accept: '.txt,text/plain' });
  const own = make(
    'div',
    { class: 'form-list', hidden: '' },
    text,
    make(
      'label',
      { class: 'button' },
      picked,
      make('span', {}, () => t('Take them from a text file')),
    ),
  );
  const line = make('p', { class: 'hint', id: 'form-names-line', role: 'status' });
  const element = make(
    'fieldset',
    { id: 'form-classes' },
    make('legend', {}, () => t('What are its classes called?')),
    imagenet.label,
    numbers.label,
    list.label,
    own,
    line,
  );
  const radios = [imagenet, numbers, list].map(({ input }) => input);
  /** How many the network has; undefined until that is known. @type {number | undefined} */
  let outputs;
  numbers.input.checked = true;

  for (const input of radios) input.addEventListener('change', changed);
  text.addEventListener('input', changed);
  picked.addEventListener('change', async () => {
    const file = picked.files?.[0];
    picked.value = '';
    if (!file) return;
    try {
      const read = file.size > LARGEST_LIST ? '\0' : await file.text();
      if (read.includes('\0')) {
        complain(() => t('“{file}” is not a text file with one name a line.', { file: file.name }));
        return;
      }
      text.value = read.replace(/^\uFEFF/, '');
      changed();
    } catch (error) {
      complain(() => t('“{file}” could not be read: was it moved or deleted?', { file: file.name }), error);
    }
  });

  function changed() {
    own.hidden = kind() !== 'list';
    check();
    onChange();
  }

  /** @returns {Kind} */
  function kind() {
    return /** @type {Kind} */ (radios.find(({ checked }) => checked)?.value ?? 'numbers');
  }

  /** Whether nothing was typed yet, which is not wrong, but cannot be used. */
  function isBlank() {
    return text.value.trim() === '';
  }

  /** Empty lines at the end are none. */
  function names() {
    return text.value
      .trimEnd()
      .split(/\r\n|\r|\n/)
      .map((name) => withoutDirections(name).trim());
  }

  /** @param {() => string} saying @param {unknown} [reason] */
  function complain(saying, reason) {
    line.dataset['kind'] = 'error';
    say(line, saying);
    if (reason !== undefined) line.append(' ', ...[messageOf(reason)].flat());
  }

  /** Says what is wrong with the names; whether they can be used. */
  function check() {
    const trouble = troubleOf();
    text.setAttribute('aria-invalid', String(trouble !== undefined && kind() === 'list' && !isBlank()));
    if (trouble && !(kind() === 'list' && isBlank())) complain(trouble);
    else {
      line.dataset['kind'] = 'info';
      say(line, () => (outputs === undefined ? '' : t('The network has {outputs} outputs.', { outputs: outputs })));
    }
    return trouble === undefined;
  }

  /** @returns {(() => string) | undefined} */
  function troubleOf() {
    if (outputs === undefined || kind() === 'numbers') return undefined;
    const has = outputs;
    const given = kind() === 'imagenet' ? IMAGENET : isBlank() ? 0 : names().length;
    if (given !== has) {
      return () => t('These are {given} names, and the network has {outputs} outputs.', { given: given, outputs: has });
    }
    const empty = kind() === 'list' ? names().indexOf('') : -1;
    return empty < 0 ? undefined : () => t('Line {line} is empty. Each output needs a name.', { line: empty + 1 });
  }

  return {
    element,
    check,
    /** @param {number} count how many outputs the network has. The first time it chooses: ImageNet's names for 1000 outputs */
    setOutputs(count) {
      if (outputs === undefined && count === IMAGENET && kind() === 'numbers') imagenet.input.checked = true;
      outputs = count;
      own.hidden = kind() !== 'list';
      return check();
    },
    /** For the conversion; undefined for numbers, or while they cannot be used. @returns {'imagenet' | string[] | undefined} */
    get() {
      if (outputs === undefined || troubleOf() || kind() === 'numbers') return undefined;
      return kind() === 'imagenet' ? 'imagenet' : names();
    },
  };
}

/** @param {Kind} value @param {() => string} words */
function radio(value, words) {
  const input = make('input', { type: 'radio', name: 'form-classes', value, autocomplete: 'off' });
  return { input, label: make('label', { class: 'choice' }, input, make('span', {}, words)) };
}
