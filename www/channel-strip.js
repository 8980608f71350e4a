// The channels of one layer as small pictures of their activations, strongest first.

import { drawChannel } from './activations.js';
import { byId, make } from './dom.js';
import { say } from './live-text.js';
import { threeDigits } from './numbers.js';
import { createThumbnails } from './thumbnails.js';
import { t } from './translate.js';

/** @import { Tensor } from '../pkg/index.js' */
/** @import { Peak } from './activations.js' */
/** @typedef {{ signed: boolean, most: number }} Scale */
/** A channel's number, and its class where it has one. @typedef {(channel: number) => string} Words */

const FIRST = 24;
const MORE = 72;

/** @param {(channel: number) => void} onChoose */
export function createChannelStrip(onChoose) {
  const place = byId('channels', HTMLElement);
  const more = byId('more-channels', HTMLButtonElement);
  const count = byId('channel-count', HTMLElement);
  const thumbnails = createThumbnails(place, (name) => onChoose(Number(name)));
  /** @type {{ layer: string, activation: Tensor, peaks: Peak[], scale: Scale, words: Words } | undefined} */
  let shown;
  let drawn = 0;
  /** @type {number | undefined} */
  let chosen;

  more.addEventListener('click', () => {
    const first = drawn;
    draw(drawn + MORE);
    // The button may be hidden now, so the focus moves to the first new channel.
    const next = place.children[first];
    if (next instanceof HTMLElement) next.focus();
  });

  /** @param {number} wanted how many channels to show */
  function draw(wanted) {
    if (!shown) return;
    const { activation, peaks, scale, words: inWords } = shown;
    for (const { channel, value } of peaks.slice(drawn, wanted)) {
      const canvas = make('canvas', {});
      drawChannel(canvas, activation, channel, scale);
      const title = () => t('{channel}, at most {value}', { channel: inWords(channel), value: threeDigits(value) });
      thumbnails.add(
        place,
        String(channel),
        { title, 'aria-label': title },
        canvas,
        make('span', { class: 'number', 'aria-hidden': 'true' }, String(channel)),
      );
    }
    drawn = Math.min(Math.max(wanted, drawn), peaks.length);
    const left = peaks.length - drawn;
    more.hidden = left === 0;
    say(more, () => t('Show {count} more', { count: Math.min(left, MORE) }));
    const said = { shown: drawn, count: peaks.length, layer: shown.layer };
    say(count, () =>
      left === 0
        ? t('All {count} channels of {layer}, strongest first.', said)
        : t('The {shown} strongest of {count} channels of {layer}, strongest first.', said),
    );
  }

  return {
    /** @param {string} layer @param {Tensor} activation @param {{ peaks: Peak[], scale: Scale }} strengths @param {Words} words */
    set(layer, activation, { peaks, scale }, words) {
      const focused = place.contains(document.activeElement) ? chosen : undefined;
      thumbnails.clear();
      shown = { layer, activation, peaks, scale, words };
      drawn = 0;
      draw(FIRST);
      if (focused !== undefined) thumbnails.focus(String(focused));
    },
    /** @param {number} channel */
    mark(channel) {
      chosen = channel;
      const rank = shown?.peaks.findIndex((peak) => peak.channel === channel) ?? -1;
      if (rank >= drawn) draw(rank + 1);
      thumbnails.mark(String(channel));
    },
    clear() {
      shown = undefined;
      thumbnails.clear();
      more.hidden = true;
      say(count, '');
    },
  };
}
