// One frame of a video after the other goes through the network, forward and back: always the newest, and the others are dropped.

import { displayOf, sideOf } from './display-options.js';
import { NewestFrame, pixelsOf } from './newest-frame.js';
import { drawOptions } from './painter.js';
import { codeOf } from './status.js';

/** @import { PageState } from './state.js' */
/** @import { AttributionMap, ClassScore, Model, Rule } from './types.js' */

/** @typedef {{ rule: Rule, pixels: ImageData, warning: AttributionMap['warning'] }} LiveMap */
/** One frame, explained. `picture`: as it was given to the network; `view`: as the network saw it. @typedef {{ picture: ImageData, view: ImageData | undefined, top: ClassScore | undefined, maps: LiveMap[] }} LiveFrame */

/**
 * Frames in work at once, as many as there are workers: each goes forward and back in one of them. One more than that where there
 * is but one, so that it need not wait for the page in between.
 */
const AT_ONCE = Math.max(2, Math.min(navigator.hardwareConcurrency || 1, 4));
/** A larger picture would have to be made smaller for every network there is. */
const LONGEST = 640;

/**
 * @param {{ video: HTMLVideoElement, state: PageState, model: () => Model | undefined, rules: () => Rule[], isSeen: () => boolean,
 *   onFrame: (frame: LiveFrame) => void, onTrouble: (error: unknown) => void }} options `isSeen`: whether anybody would see it;
 *   `onTrouble`: called once, and then it is over
 */
export function explainLive({ video, state, model, rules, isSeen, onFrame, onTrouble }) {
  const frames = new NewestFrame(video);
  const canvas = document.createElement('canvas');
  let isOver = false;
  /** When the frame on show was taken: an older one must not replace it. */
  let newest = 0;

  function end() {
    isOver = true;
    frames.close();
  }

  /** One frame after the other, until it is over. */
  async function follow() {
    while (await frames.next()) {
      const network = model();
      if (!network || !isSeen()) continue;
      try {
        await explain(network);
      } catch (error) {
        // Another network is taking over, and this one is closed: the next frame is for that.
        if (isOver || (codeOf(error) === 'closed' && model() !== network)) continue;
        end();
        onTrouble(error);
      }
    }
  }

  /** @param {Model} network */
  async function explain(network) {
    const taken = performance.now();
    const frame = await explainFrame(network, pixelsOf(video, canvas, LONGEST), rules(), state);
    if (isOver || taken < newest) return;
    newest = taken;
    onFrame(frame);
  }

  for (let lane = 0; lane < AT_ONCE; lane++) follow();
  return {
    end,
    /** When the camera's newest frame came, in the time of `performance.now()`. */
    arrived: () => frames.arrived,
  };
}

/**
 * The network's answer to one picture, and its maps as they are drawn at the moment.
 *
 * @param {Model} network @param {ImageData} picture @param {Rule[]} rules @param {PageState} state @returns {Promise<LiveFrame>}
 */
export async function explainFrame(network, picture, rules, state) {
  const look = drawOptions(displayOf(state, sideOf(network)));
  const trace = await network.forward(picture, { maps: rules.map((method) => ({ method, draw: look })) });
  try {
    const [[top], pixels] = await Promise.all([trace.top(1), Promise.all(trace.maps.map((map) => map.pixels(look)))]);
    const maps = trace.maps.flatMap(({ warning }, i) => {
      const [rule, drawn] = [rules[i], pixels[i]];
      return rule && drawn ? [{ rule, pixels: drawn, warning }] : [];
    });
    return { picture, view: trace.view, top, maps };
  } finally {
    trace.close();
  }
}
