// The form that a network of another tool opens: it asks what the file does not say, and shows beside it what the network then
// answers to the picture on show. Ids that tests may rely on: #network-form (data-state="working|ready|refused"), #form-title, radios
// named form-input and form-classes, #form-height, #form-width, #form-names, #form-keep; #form-answer (aria-busy), #form-trouble,
// #form-notes, #form-use, #form-save, #form-cancel.

import { pictureSize } from '../pkg/convert.js';
import { createClassNamesField } from './class-names-field.js';
import { make } from './dom.js';
import { createInputField } from './input-field.js';
import { answerList, notesList, troubleOf } from './network-form-words.js';
import { assertReadable, convertChosen, createNetworkPreview } from './network-preview.js';
import { createPictureSizeField } from './picture-size-field.js';
import { save } from './save.js';
import { Refusal } from './status.js';
import { say } from './live-text.js';
import { t, words } from './translate.js';

/** @import { ConversionOptions } from '../pkg/convert.js' */
/** @import { ClassScore, Picture } from './types.js' */

/** In milliseconds: how long a choice rests before the network answers to it. */
const REST = 250;

/**
 * @param {File} file
 * @param {{ picture: Picture | undefined, onUse: (file: File, notes: string[], keeps: boolean) => Promise<void>, onClose: () => void }} options
 *   `onUse`: gets the model file; what it throws is said in the form; `onClose`: the form is over, and has to be removed
 */
export function createNetworkForm(file, { picture, onUse, onClose }) {
  const base = file.name.replace(/\.[^.]*$/, '') || 'network';
  const preview = createNetworkPreview();
  const ending = new AbortController();
  let timer = 0;
  /** Whether the file was read at least once. */
  let known = false;
  /** What the network answered last. @type {ClassScore[]} */
  let top = [];
  /** The model file made last, and of which choices. @type {{ of: string, made: Promise<import('../pkg/convert.js').Conversion> } | undefined} */
  let last;

  const title = make('input', { type: 'text', id: 'form-title', value: base, autocomplete: 'off', spellcheck: 'false', maxlength: '200' });
  const input = createInputField(askSoon);
  const size = createPictureSizeField(askSoon);
  const names = createClassNamesField(() => {
    showAnswer();
    askSoon();
  });
  const keeps = make('input', { type: 'checkbox', id: 'form-keep', autocomplete: 'off' });
  const use = make('button', { type: 'submit', id: 'form-use', disabled: '' }, () => t('Use this network'));
  const saves = make('button', { type: 'button', id: 'form-save', disabled: '' }, () => t('Save the model file'));
  const cancel = make('button', { type: 'button', id: 'form-cancel' }, () => t('Cancel'));
  const answer = make('div', { id: 'form-answer', role: 'status', 'aria-busy': 'true' });
  const trouble = make('div', { id: 'form-trouble', role: 'alert' });
  const notes = make('div', { id: 'form-notes' });
  const fields = make(
    'div',
    { class: 'form-fields' },
    make(
      'label',
      { class: 'form-text' },
      make('span', {}, () => t('Its title')),
      title,
    ),
    input.element,
    size.element,
    names.element,
    make(
      'label',
      { class: 'check' },
      keeps,
      make('span', {}, () => t('Keep it in this browser: it is here again after a reload. Nothing is uploaded.')),
    ),
  );
  const heading = make('h3', { id: 'network-form-title', tabindex: '-1' }, () => words('“{file}”', { file: make('bdi', {}, file.name) }));
  const form = make(
    'form',
    { class: 'network-form', id: 'network-form', 'aria-labelledby': 'network-form-title', 'data-state': 'working', novalidate: '' },
    heading,
    make('p', { class: 'hint form-lead' }, () =>
      t('The file does not say how pictures became numbers when the network was trained. With the right choice its answer makes sense.'),
    ),
    fields,
    make('div', { class: 'form-side' }, answer, trouble, notes),
    make('div', { class: 'buttons' }, use, saves, cancel),
  );

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    finish(async (made) => {
      await onUse(new File([made.file], `${base}.safetensors`), made.notes, keeps.checked);
      close();
    });
  });
  saves.addEventListener('click', () => finish(async ({ file: model }) => save(model, `${base}.safetensors`)));
  cancel.addEventListener('click', close);
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    close();
  });
  begin();

  async function begin() {
    sayWaiting();
    try {
      if (file.size === 0) throw new Refusal(() => t('It is empty.'));
      await assertReadable(file);
      size.setOpen(await pictureSize(file, { signal: ending.signal }));
      ask();
    } catch (error) {
      if (!ending.signal.aborted) refuse(error);
    }
  }

  /** Nothing can be chosen that would help. @param {unknown} error */
  function refuse(error) {
    form.dataset['state'] = 'refused';
    fields.hidden = true;
    saves.hidden = use.hidden = true;
    say(cancel, () => t('Close'));
    say(answer, '');
    answer.setAttribute('aria-busy', 'false');
    sayTrouble(() => t('This file cannot be used.'), error);
  }

  /** @param {() => string} what @param {unknown} error */
  function sayTrouble(what, error) {
    say(trouble, () => [make('p', {}, make('b', {}, what())), ...troubleOf(error)]);
  }

  function askSoon() {
    clearTimeout(timer);
    preview.stop();
    busy();
    timer = setTimeout(ask, REST);
  }

  function busy() {
    form.dataset['state'] = 'working';
    answer.setAttribute('aria-busy', 'true');
    use.disabled = saves.disabled = true;
  }

  /** What the choices come to; undefined while one of them cannot be used. @returns {ConversionOptions | undefined} */
  function choices() {
    const normalised = known ? input.get() : 'zero-to-one';
    const sides = size.get();
    if (!normalised || (size.isOpen() && !sides)) return undefined;
    return { input: normalised, ...(sides && { size: sides }) };
  }

  function ask() {
    const options = choices();
    if (!options) {
      // What stands there is of other choices.
      top = [];
      say(answer, '');
      answer.setAttribute('aria-busy', 'false');
      form.dataset['state'] = 'ready';
      return;
    }
    busy();
    if (top.length === 0) sayWaiting();
    const imagenet = names.get() === 'imagenet';
    preview.ask(file, { ...options, ...(imagenet && { classes: 'imagenet' }) }, picture?.blob, {
      onConverted({ description, notes: said }) {
        say(trouble, '');
        input.setChannels(description.input.shape[0]);
        names.setOutputs(description.classes.length);
        say(notes, () => notesList(said, description));
        if (!known) {
          known = true;
          ask();
          return;
        }
        allowUse();
        if (!picture) say(answer, () => t('Choose a picture above, and the network’s answer appears here.'));
      },
      onAnswer(scores) {
        top = scores;
        showAnswer();
        answer.setAttribute('aria-busy', 'false');
      },
      onError(error, converted) {
        // Of what it says without a choice, only the size can be mended by one.
        if (!known && (!size.isOpen() || /** @type {{ code?: string }} */ (error).code !== 'invalid-option')) {
          refuse(error);
          return;
        }
        top = [];
        say(answer, '');
        answer.setAttribute('aria-busy', 'false');
        sayTrouble(() => (converted ? t('The network cannot be run.') : t('With these choices the file cannot be used.')), error);
        if (!converted) form.dataset['state'] = 'ready';
      },
    });
  }

  function allowUse() {
    form.dataset['state'] = 'ready';
    use.disabled = saves.disabled = false;
  }

  function sayWaiting() {
    say(answer, () => t('Asking the network…'));
  }

  function showAnswer() {
    if (top.length === 0 || !picture) return;
    const [shown, list] = [picture, names.get()];
    say(answer, () => answerList(top, shown.title, Array.isArray(list) ? list : undefined));
  }

  /** Makes the model file of all choices. @param {(made: import('../pkg/convert.js').Conversion) => Promise<void>} then */
  async function finish(then) {
    const options = choices();
    const classes = names.get();
    if (!options || !names.check()) {
      /** @type {HTMLElement | null} */ (
        form.querySelector('[aria-invalid="true"]') ??
          form.querySelector('#form-classes .form-list:not([hidden]) textarea, #form-classes input:checked')
      )?.focus();
      return;
    }
    const all = { ...options, title: title.value.trim() || base, ...(classes && { classes }) };
    const of = JSON.stringify(all);
    use.disabled = saves.disabled = true;
    form.setAttribute('aria-busy', 'true');
    try {
      if (last?.of !== of) last = { of, made: convertChosen(file, { ...all, signal: ending.signal }) };
      const made = await last.made;
      if (ending.signal.aborted) return;
      await then(made);
      say(trouble, '');
    } catch (error) {
      last = undefined;
      if (!ending.signal.aborted) sayTrouble(() => t('That did not work; everything is as it was.'), error);
    } finally {
      form.setAttribute('aria-busy', 'false');
      use.disabled = saves.disabled = false;
    }
  }

  function close() {
    if (ending.signal.aborted) return;
    clearTimeout(timer);
    ending.abort();
    preview.close();
    onClose();
  }

  return {
    element: form,
    close,
    focus: () => heading.focus({ preventScroll: true }),
    /** The picture on show has changed. @param {Picture} next */
    setPicture(next) {
      if (next.blob === picture?.blob) return;
      picture = next;
      top = [];
      if (known) askSoon();
    },
  };
}
