// The form's question how large the network's pictures are, where the file leaves it open.

import { make } from './dom.js';
import { say } from './live-text.js';
import { t } from './translate.js';

/** What most networks for photographs were trained with, in pixels. */
const USUAL = 224;
/** The engine's. */
const LARGEST = 4096;

/** @param {() => void} onChange */
export function createPictureSizeField(onChange) {
  const height = side('form-height');
  const width = side('form-width');
  const line = make('p', { class: 'hint', id: 'form-size-line', role: 'status' });
  const element = make(
    'fieldset',
    { id: 'form-size', hidden: '' },
    make('legend', {}, () => t('How large are its pictures, in pixels?')),
    make(
      'div',
      { class: 'form-sides' },
      labelled(() => t('height'), height),
      labelled(() => t('width'), width),
    ),
    line,
  );
  element.addEventListener('input', () => {
    check();
    onChange();
  });

  function check() {
    const wrong = [height, width].filter((input) => !input.disabled && Number.isNaN(read(input)));
    for (const input of [height, width]) input.setAttribute('aria-invalid', String(wrong.includes(input)));
    line.dataset['kind'] = wrong.length > 0 ? 'error' : 'info';
    say(line, () =>
      wrong.length > 0
        ? t('Height and width are whole numbers from 1 to {most}.', { most: LARGEST })
        : t('The file leaves this open. Take the size that the network was trained with.'),
    );
    return wrong.length === 0;
  }

  return {
    element,
    isOpen: () => !element.hidden,
    /** @param {[height: number | undefined, width: number | undefined]} sides undefined for what the file leaves open */
    setOpen([fixedHeight, fixedWidth]) {
      element.hidden = fixedHeight !== undefined && fixedWidth !== undefined;
      fix(height, fixedHeight);
      fix(width, fixedWidth);
      check();
    },
    /** Undefined if the file says it, or while it cannot be used. @returns {[height: number, width: number] | undefined} */
    get() {
      return element.hidden || !check() ? undefined : [read(height), read(width)];
    },
  };
}

/** @param {string} id */
function side(id) {
  return make('input', { type: 'text', inputmode: 'numeric', id, value: String(USUAL), autocomplete: 'off' });
}

/** @param {() => string} words @param {HTMLInputElement} input */
function labelled(words, input) {
  return make('label', {}, make('span', {}, words), input);
}

/** @param {HTMLInputElement} input @param {number | undefined} pixels */
function fix(input, pixels) {
  input.disabled = pixels !== undefined;
  if (pixels !== undefined) input.value = String(pixels);
}

/** @param {HTMLInputElement} input */
function read({ value }) {
  const text = value.trim();
  const pixels = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return pixels >= 1 && pixels <= LARGEST ? pixels : NaN;
}
