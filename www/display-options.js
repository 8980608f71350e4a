// How the maps are drawn: what can be chosen, the form for it, and the caption that describes it.

import { DEFAULT_CLIP, DRAW_CHOICES } from '../pkg/engine/draw-options.js';
import { byId } from './dom.js';
import { label, say } from './live-text.js';
import { percentage } from './numbers.js';
import { t } from './translate.js';

/** @import { Display } from './types.js' */

/** Networks with a larger input than this are for photographs. */
const SMALL_SIDE = 64;
const PHOTOGRAPH_CLIP = 0.1;

/**
 * The default look. In a photograph's map a few pixels hold much of the sum, so more of them are clipped: otherwise the
 * rest would be nearly empty.
 * @param {number} side of the network's input, in pixels
 * @returns {Readonly<Display>}
 */
export function usual(side) {
  return { fold: 'rgb', sign: 'both', clip: side > SMALL_SIDE ? PHOTOGRAPH_CLIP : DEFAULT_CLIP, colors: 'grey', scale: 'own', over: false };
}

/** How maps are drawn on the page, by a network with an input of this side. @param {import('./state.js').PageState} state @param {number} side @returns {Display} */
export function displayOf(state, side) {
  return { ...usual(side), ...state.get().display };
}

/** The side of its input, in pixels. @param {import('./types.js').Model} model */
export function sideOf({ info }) {
  return info.input.shape[1];
}

/** @param {import('./state.js').PageState} state @param {number} firstSide of the network that the page opens with */
export function createDisplayOptions(state, firstSide) {
  const form = byId('display', HTMLFormElement);
  const colors = byId('colors', HTMLFieldSetElement);
  const clip = byId('clip', HTMLInputElement);
  const clipValue = byId('clip-value', HTMLOutputElement);
  const clipUsual = byId('clip-usual', HTMLElement);
  const over = byId('over', HTMLInputElement);
  const oneScale = byId('one-scale', HTMLInputElement);
  const words = byId('display-caption', HTMLElement);
  const scales = [...document.querySelectorAll('[data-scale="display"]')].filter((each) => each instanceof HTMLElement);
  const radios = [...form.querySelectorAll('input')].filter(({ type }) => type === 'radio');
  let side = firstSide;
  let channels = 3;

  function show() {
    const display = displayOf(state, side);
    for (const radio of radios) radio.checked = radio.value === display[/** @type {keyof typeof DRAW_CHOICES} */ (radio.name)];
    colors.disabled = display.fold === 'rgb';
    clip.value = String(display.clip * 100);
    const clipped = Number(clip.value);
    const value = () => (display.clip === 0 ? t('none') : percentage(clipped));
    say(clipValue, value);
    label(clip, 'aria-valuetext', value);
    const here = usual(side).clip;
    say(clipUsual, () =>
      t(
        'Unless you choose, {here} here: {small} for inputs of up to {side}\u00a0×\u00a0{side} pixels, {large} for larger ones, whose maps would look nearly empty.',
        { here: percentOf(here), small: percentOf(DEFAULT_CLIP), side: SMALL_SIDE, large: percentOf(PHOTOGRAPH_CLIP) },
      ),
    );
    over.checked = display.over;
    oneScale.checked = display.scale === 'shared';
    const planes = channels;
    say(words, () => caption(display, planes));
    // Of one sign alone the words say enough, and over a picture the colours are mixed with it.
    for (const scale of scales) {
      scale.hidden = display.sign !== 'both' || display.over;
      scale.dataset['colors'] = display.fold === 'rgb' ? 'grey' : display.colors;
    }
  }

  form.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const chosen = target === clip ? Number(clip.value) / 100 : target === over ? over.checked : target.value;
    const choice = target === oneScale ? (oneScale.checked ? 'shared' : 'own') : chosen;
    state.set({ display: { ...state.get().display, [target.name]: choice } });
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    state.set({ display: {} });
  });

  state.subscribe(['display'], show);
  show();
  return {
    /** Adapts to another network's input: its usual clip applies, unless a clip was chosen. @param {readonly number[]} shape */
    suit([nextChannels = channels, nextSide = side]) {
      [channels, side] = [nextChannels, nextSide];
      show();
    },
  };
}

/** @param {number} share */
function percentOf(share) {
  return percentage(share * 100).replace(' ', '\u00a0');
}

/** @param {Display} display @param {number} [channels] of the network's input */
export function caption({ fold, sign, clip, colors, scale, over }, channels = 3) {
  const planes = {
    rgb: () => t('The three colour channels as they are'),
    max: () => t('One value a pixel, that of the channel where it is strongest, whatever its sign'),
    sum: () => t('One value a pixel, the sum over the three channels'),
  };
  const folded = channels === 1 ? t('One value a pixel, because the network sees only grey') : planes[fold]();
  const signs = {
    both: () =>
      fold !== 'rgb' && colors === 'diverging'
        ? t('negative blue, positive orange, white at zero')
        : fold !== 'rgb' && colors === 'heat'
          ? t('both signs, from dark to bright')
          : t('both signs, grey at zero'),
    positive: () => t('positive values only'),
    negative: () => t('negative values only'),
    magnitude: () => t('strength without sign'),
  }[sign]();
  const ends =
    clip === 0
      ? t('scaled to the largest value, nothing clipped')
      : t('clipped so that values holding {share} of the total stay in range', { share: percentage(+(100 - clip * 100).toFixed(1)) });
  const parts = { channels: folded, signs, scale: ends };
  if (scale === 'shared') {
    return over
      ? t('{channels}; {signs}; {scale}; all maps of a row on one scale; laid over the picture in grey.', parts)
      : t('{channels}; {signs}; {scale}; all maps of a row on one scale.', parts);
  }
  return over
    ? t('{channels}; {signs}; {scale}; each map on a scale of its own; laid over the picture in grey.', parts)
    : t('{channels}; {signs}; {scale}; each map on a scale of its own.', parts);
}
