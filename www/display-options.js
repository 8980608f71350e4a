// How the maps are drawn: the form, its choices as options, and the caption that describes them.

import { byId } from './dom.js';

/** @typedef {import('./types.js').Display} Display */

/** Networks with a larger input than this are for photographs. */
const SMALL_SIDE = 64;

/**
 * The default look. In a photograph's map a few pixels hold much of the sum, so more of them are clipped: otherwise the
 * rest would be nearly empty.
 * @param {number} side of the network's input, in pixels
 * @returns {Readonly<Display>}
 */
export function usual(side) {
  return { fold: 'rgb', sign: 'both', clip: side > SMALL_SIDE ? 0.1 : 0.02, colors: 'grey', over: false };
}

const CHOICES = /** @type {const} */ ({
  fold: ['rgb', 'max', 'sum'],
  sign: ['both', 'positive', 'negative', 'magnitude'],
  colors: ['grey', 'diverging', 'heat'],
});

/**
 * @param {number} firstSide of the network that the page opens with
 * @param {() => void} onChange
 */
export function createDisplayOptions(firstSide, onChange) {
  const form = byId('display', HTMLFormElement);
  const colors = byId('colors', HTMLFieldSetElement);
  const clip = byId('clip', HTMLInputElement);
  const clipValue = byId('clip-value', HTMLOutputElement);
  const over = byId('over', HTMLInputElement);
  const words = byId('display-caption', HTMLElement);
  let side = firstSide;
  /** Whether the clip was chosen, by hand or by the address. If not, it depends on the network. */
  let clipChosen = false;

  /** @template {keyof typeof CHOICES} K @param {K} name @returns {Display[K]} */
  function chosen(name) {
    const value = new FormData(form).get(name);
    const known = CHOICES[name].find((choice) => choice === value);
    return /** @type {Display[K]} */ (known ?? usual(side)[name]);
  }

  /** @param {number} [forSide] the input side of another network, whose default clip is used unless one was chosen @returns {Display} */
  function read(forSide = side) {
    return { fold: chosen('fold'), sign: chosen('sign'), colors: chosen('colors'),
      clip: clipChosen ? Number(clip.value) / 100 : usual(forSide).clip, over: over.checked };
  }

  function show() {
    const display = read();
    colors.disabled = display.fold === 'rgb';
    clipValue.textContent = display.clip === 0 ? 'none' : `${Number(clip.value)} %`;
    clip.setAttribute('aria-valuetext', clipValue.textContent);
    words.textContent = caption(display);
  }

  form.addEventListener('input', ({ target }) => {
    if (target === clip) clipChosen = true;
    show();
    onChange();
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    write({});
    onChange();
  });

  /** @param {Partial<Display>} choices defaults apply to what is left out */
  function write(choices) {
    const display = { ...usual(side), ...choices };
    clipChosen = choices.clip !== undefined;
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

  write({});
  return {
    read,
    write,
    /** What differs from the default look. @returns {Partial<Display>} */
    choices() {
      const look = usual(side);
      return Object.fromEntries(Object.entries(read()).filter(([key, value]) => value !== look[/** @type {keyof Display} */ (key)]));
    },
    /** Adapts to another network: its default clip applies, unless a clip was chosen. @param {number} nextSide */
    suit(nextSide) {
      side = nextSide;
      if (!clipChosen) clip.value = String(usual(side).clip * 100);
      show();
    },
  };
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
