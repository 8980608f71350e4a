// How the maps of a saved HTML file are drawn: its form, in step with the choices that it was saved with.

import { percentage } from './numbers.js';
import { t } from './translate.js';

/** @import { Drawing } from '../pkg/engine/types.js' */
/** @typedef {Omit<Drawing, 'scale'> & { scale?: 'own' | 'shared', over: boolean }} Display */

/** @param {Display} display changed in place by what is chosen @param {() => void} onChange */
export function createDrawingForm(display, onChange) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById('drawing'));
  const inputs = [...form.querySelectorAll('input')];
  const colors = /** @type {HTMLFieldSetElement} */ (document.getElementById('colors'));
  const clip = /** @type {HTMLInputElement} */ (document.getElementById('clip'));
  const oneScale = /** @type {HTMLInputElement} */ (document.getElementById('one-scale'));
  const clipValue = /** @type {HTMLOutputElement} */ (document.getElementById('clip-value'));

  function show() {
    const { fold = 'rgb', sign = 'both', colors: chosen = 'grey', clip: share = 0, scale, over } = display;
    const values = { fold, sign, colors: chosen };
    for (const input of inputs) {
      if (input.type === 'radio') input.checked = input.value === values[/** @type {keyof typeof values} */ (input.name)];
      if (input.type === 'checkbox') input.checked = input === oneScale ? scale === 'shared' : over;
    }
    colors.disabled = fold === 'rgb';
    clip.value = String(100 * share);
    clipValue.textContent = share === 0 ? t('none') : percentage(Number(clip.value));
    clip.setAttribute('aria-valuetext', clipValue.textContent);
  }

  /** @param {HTMLInputElement} input */
  function chosen(input) {
    if (input === clip) return Number(clip.value) / 100;
    if (input === oneScale) return oneScale.checked ? 'shared' : 'own';
    return input.type === 'checkbox' ? input.checked : input.value;
  }

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    Object.assign(display, { [target.name]: chosen(target) });
    show();
    onChange();
  });
  show();
}
