// How the maps are drawn: what can be chosen, the form for it, and the caption that describes it.

import { DEFAULT_CLIP, DRAW_CHOICES } from '../pkg/engine/draw-options.js';
import { byId } from './dom.js';

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
  return { fold: 'rgb', sign: 'both', clip: side > SMALL_SIDE ? PHOTOGRAPH_CLIP : DEFAULT_CLIP, colors: 'grey', over: false };
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
    clipValue.textContent = display.clip === 0 ? 'none' : `${Number(clip.value)} %`;
    clip.setAttribute('aria-valuetext', clipValue.textContent);
    clipUsual.textContent = `Unless you choose, ${percentOf(usual(side).clip)} here: ${percentOf(DEFAULT_CLIP)} for inputs of up to ${SMALL_SIDE}\u00a0×\u00a0${SMALL_SIDE} pixels, ${percentOf(PHOTOGRAPH_CLIP)} for larger ones, whose maps would look nearly empty.`;
    over.checked = display.over;
    words.textContent = caption(display, channels);
    // Of one sign alone the words say enough, and over a picture the colours are mixed with it.
    for (const scale of scales) {
      scale.hidden = display.sign !== 'both' || display.over;
      scale.dataset['colors'] = display.fold === 'rgb' ? 'grey' : display.colors;
    }
  }

  form.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const chosen = target === clip ? Number(clip.value) / 100 : target === over ? over.checked : target.value;
    state.set({ display: { ...state.get().display, [target.name]: chosen } });
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
  return `${share * 100}\u00a0%`;
}

/** @param {Display} display @param {number} [channels] of the network's input */
export function caption({ fold, sign, clip, colors, over }, channels = 3) {
  const planes = {
    rgb: 'The three colour channels as they are',
    max: 'One value a pixel, that of the channel where it is strongest, whatever its sign',
    sum: 'One value a pixel, the sum over the three channels',
  };
  const folded = channels === 1 ? 'One value a pixel, because the network sees only grey' : planes[fold];
  const signs = {
    both:
      fold !== 'rgb' && colors === 'diverging'
        ? 'negative blue, positive orange, white at zero'
        : fold !== 'rgb' && colors === 'heat'
          ? 'both signs, from dark to bright'
          : 'both signs, grey at zero',
    positive: 'positive values only',
    negative: 'negative values only',
    magnitude: 'strength without sign',
  }[sign];
  const ends =
    clip === 0
      ? 'scaled to the largest value, nothing clipped'
      : `clipped so that values holding ${+(100 - clip * 100).toFixed(1)} % of the total stay in range`;
  return `${folded}; ${signs}; ${ends}; each map on a scale of its own${over ? '; laid over the picture in grey' : ''}.`;
}
