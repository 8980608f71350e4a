// How the maps are drawn: the form, the options it stands for, and the caption that says them.

import { byId } from './page.js';

/** @typedef {import('./rules.js').Display} Display */

/** @type {Readonly<Display>} */
export const USUAL = { fold: 'rgb', sign: 'both', clip: 0.02, colors: 'grey', over: false };

const CHOICES = /** @type {const} */ ({
  fold: ['rgb', 'max', 'sum'],
  sign: ['both', 'positive', 'negative', 'magnitude'],
  colors: ['grey', 'diverging', 'heat'],
});

/** @param {(display: Display) => void} onChange */
export function createDisplayOptions(onChange) {
  const form = byId('display', HTMLFormElement);
  const colors = byId('colors', HTMLFieldSetElement);
  const clip = byId('clip', HTMLInputElement);
  const clipValue = byId('clip-value', HTMLOutputElement);
  const over = byId('over', HTMLInputElement);
  const words = byId('display-caption', HTMLElement);

  /** @template {keyof typeof CHOICES} K @param {K} name @returns {Display[K]} */
  function chosen(name) {
    const value = new FormData(form).get(name);
    const known = CHOICES[name].find((choice) => choice === value);
    return /** @type {Display[K]} */ (known ?? USUAL[name]);
  }

  /** @returns {Display} */
  function read() {
    return { fold: chosen('fold'), sign: chosen('sign'), colors: chosen('colors'),
      clip: Number(clip.value) / 100, over: over.checked };
  }

  function show() {
    const display = read();
    colors.disabled = display.fold === 'rgb';
    clipValue.textContent = display.clip === 0 ? 'none' : `${Number(clip.value)} %`;
    clip.setAttribute('aria-valuetext', clipValue.textContent);
    words.textContent = caption(display);
  }

  form.addEventListener('input', () => { show(); onChange(read()); });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    write(USUAL);
    onChange(read());
  });

  /** @param {Display} display */
  function write(display) {
    colors.disabled = false;
    for (const name of /** @type {(keyof typeof CHOICES)[]} */ (Object.keys(CHOICES))) {
      for (const radio of form.querySelectorAll(`input[name="${name}"]`)) {
        if (radio instanceof HTMLInputElement) radio.checked = radio.value === display[name];
      }
    }
    clip.value = String(display.clip * 100);
    over.checked = display.over;
    show();
  }

  show();
  return { read, write };
}

/** @param {Display} display */
export function caption({ fold, sign, clip, colors, over }) {
  const planes = {
    rgb: 'The three colour channels as they are',
    max: 'One value a pixel, that of the channel where it is largest in size',
    sum: 'One value a pixel, the sum over the three channels',
  }[fold];
  const signs = {
    both: fold !== 'rgb' && colors === 'diverging' ? 'negative blue, positive red, white at zero'
      : fold !== 'rgb' && colors === 'heat' ? 'both signs, from dark to bright' : 'both signs, grey at zero',
    positive: 'positive values only',
    negative: 'negative values only',
    magnitude: 'sizes without their sign',
  }[sign];
  const ends = clip === 0
    ? 'scaled to the largest value, nothing clipped'
    : `clipped so that values holding ${+(100 - clip * 100).toFixed(1)} % of the total stay in range`;
  return `${planes}; ${signs}; ${ends}; each map on a scale of its own${over ? '; laid over the picture in grey' : ''}.`;
}
