// The form's question what the numbers of the network's input mean: how pictures were normalised when it was trained.

import { make } from './dom.js';
import { say } from './live-text.js';
import { key, t, translationOf } from './translate.js';

/** @import { InputPreset, Normalisation } from '../pkg/convert.js' */

/** With what torchvision and most others do. @type {readonly { preset: InputPreset, title: string, line: string }[]} */
const PRESETS = [
  {
    preset: 'imagenet',
    title: key('ImageNet’s normalisation'),
    line: key('each colour less its mean, divided by its standard deviation over ImageNet: torchvision, timm and most others'),
  },
  {
    preset: 'zero-to-one',
    title: key('from 0 to 1'),
    line: key('black is 0, white is 1; also for a network that begins with its own normalisation'),
  },
  { preset: 'minus-one-to-one', title: key('from −1 to 1'), line: key('black is −1, white is 1: TensorFlow’s Inception and MobileNet') },
  { preset: 'caffe', title: key('Caffe'), line: key('blue, green, red, from 0 to 255 less a mean: the older VGG and ResNet') },
];
/** These have a number for each of three colours. @type {readonly InputPreset[]} */
const FOR_COLOURS = ['imagenet', 'caffe'];
const COLOURS = [key('red'), key('green'), key('blue')];
const GREY = [key('grey')];
/** ImageNet's. */
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** @param {() => void} onChange */
export function createInputField(onChange) {
  const options = PRESETS.map(({ preset, title, line }) => ({
    preset,
    ...choice(
      preset,
      () => translationOf(title),
      () => translationOf(line),
    ),
  }));
  const other = choice(
    'other',
    () => t('something else'),
    () => t('its range, mean and standard deviation as numbers'),
  );
  const radios = [...options.map(({ input }) => input), other.input];
  const rows = make('div', { class: 'form-numbers', hidden: '' });
  const line = make('p', { class: 'hint', id: 'form-input-line', role: 'status' });
  const element = make(
    'fieldset',
    { id: 'form-input' },
    make('legend', {}, () => t('What do the numbers of its input mean?')),
    ...options.map(({ label }) => label),
    other.label,
    rows,
    line,
  );
  /** @type {number | undefined} */
  let channels;
  /** @type {{ range: HTMLInputElement[], mean: HTMLInputElement[], std: HTMLInputElement[] }} */
  let fields = { range: [], mean: [], std: [] };

  for (const input of radios) {
    input.addEventListener('change', () => {
      rows.hidden = input !== other.input;
      changed();
    });
  }
  rows.addEventListener('input', changed);

  function changed() {
    check();
    onChange();
  }

  /** @param {string} id @param {number} value @param {() => string} what */
  function number(id, value, what) {
    return make('input', { type: 'text', inputmode: 'decimal', id, value: String(value), autocomplete: 'off', 'aria-label': what });
  }

  function makeRows() {
    const names = channels === 1 ? GREY : COLOURS;
    const name = (/** @type {number} */ i) => translationOf(names[i] ?? '');
    fields = {
      range: [number('form-low', 0, () => t('black')), number('form-high', 1, () => t('white'))],
      mean: names.map((_, i) => number(`form-mean-${i}`, MEAN[i] ?? 0, () => t('mean, {channel}', { channel: name(i) }))),
      std: names.map((_, i) => number(`form-std-${i}`, STD[i] ?? 1, () => t('standard deviation, {channel}', { channel: name(i) }))),
    };
    const heads = [make('span', {}), ...names.map((_, i) => make('span', { class: 'head' }, () => name(i)))];
    rows.style.setProperty('--channels', String(names.length));
    rows.replaceChildren(
      make(
        'div',
        { class: 'form-range' },
        make('span', {}, () => t('black is')),
        ...fields.range.slice(0, 1),
        make('span', {}, () => t('white is')),
        ...fields.range.slice(1),
      ),
      make(
        'div',
        { class: 'form-channels' },
        ...heads,
        make('span', {}, () => t('mean')),
        ...fields.mean,
        make('span', {}, () => t('standard deviation')),
        ...fields.std,
      ),
    );
  }

  /** Says which number is none; whether all can be used. */
  function check() {
    const wrong = !other.input.checked ? [] : [...fields.range, ...fields.mean, ...fields.std].filter((field) => Number.isNaN(read(field)));
    const flat = fields.std.filter((field) => read(field) <= 0);
    const [low, high] = fields.range.map(read);
    for (const field of [...fields.range, ...fields.mean, ...fields.std]) {
      field.setAttribute('aria-invalid', String(wrong.includes(field) || (other.input.checked && flat.includes(field))));
    }
    /** @type {(() => string) | undefined} */
    const trouble = !other.input.checked
      ? undefined
      : wrong.length > 0
        ? () => t('Each field takes one number, such as 0.485.')
        : flat.length > 0
          ? () => t('A standard deviation is above 0.')
          : low === high
            ? () => t('Black and white cannot be the same number.')
            : undefined;
    line.dataset['kind'] = trouble ? 'error' : 'info';
    say(line, trouble ?? '');
    return trouble === undefined;
  }

  return {
    element,
    check,
    /** Until this is called there is no choice yet. @param {number} count of the network's input: 3, or 1 for grey */
    setChannels(count) {
      if (count === channels) return;
      channels = count;
      makeRows();
      for (const { preset, input } of options) {
        input.disabled = count === 1 && FOR_COLOURS.includes(preset);
        if (preset === (count === 1 ? 'zero-to-one' : 'imagenet')) input.checked = true;
      }
      rows.hidden = true;
      check();
    },
    /** Undefined before there is a choice, or while it cannot be used. @returns {InputPreset | Normalisation | undefined} */
    get() {
      if (other.input.checked) {
        if (!check()) return undefined;
        const [low = NaN, high = NaN] = fields.range.map(read);
        return { range: [low, high], mean: fields.mean.map(read), std: fields.std.map(read) };
      }
      return options.find(({ input }) => input.checked)?.preset;
    },
  };
}

/** A decimal comma is read as a point, a true minus sign as a hyphen. @param {HTMLInputElement} field */
function read({ value }) {
  const text = value.trim().replace(',', '.').replace('−', '-');
  const number = text === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : NaN;
}

/** @param {string} value @param {() => string} title @param {() => string} line */
function choice(value, title, line) {
  const input = make('input', { type: 'radio', name: 'form-input', value, autocomplete: 'off' });
  const label = make('label', { class: 'choice' }, input, make('span', {}, make('b', {}, title), ' ', make('small', {}, line)));
  return { input, label };
}
