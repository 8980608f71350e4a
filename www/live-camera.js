// The camera as a moving picture: for each frame that there is time for, the network's answer and its guided map. Always the newest
// frame; those that come meanwhile are dropped. Nothing is recorded, and nothing leaves the machine.

import { byId } from './dom.js';
import { displayOf, sideOf } from './display-options.js';
import { percent } from './numbers.js';
import { drawOptions, putPixels } from './painter.js';
import { shortLabel } from './predictions.js';
import { messageOf } from './status.js';

/** @import { PageState } from './state.js' */
/** @import { Model, Picture } from './types.js' */

/** Frames in work at once: while one goes back through the network, the next can go forward in another worker. */
const AT_ONCE = 2;
/** How much of the past the frame rate is counted over. */
const COUNTED_MILLISECONDS = 2000;
/** Reasons of `getUserMedia` in words. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: 'The camera is blocked for this page. It can be allowed in the site settings, beside the address.',
  NotFoundError: 'No camera was found.',
  NotReadableError: 'The camera is in use elsewhere.',
};

/**
 * @param {{ state: PageState, model: () => Model | undefined, onKept: (picture: Picture) => void, onTrouble: (words: string) => void }} options
 *   `onKept`: gets the frame that was kept
 */
export function createLiveCamera({ state, model, onKept, onTrouble }) {
  const panel = byId('live', HTMLElement);
  const begin = byId('live-begin', HTMLButtonElement);
  const keepIt = byId('live-keep', HTMLButtonElement);
  const turn = byId('live-turn', HTMLButtonElement);
  const line = byId('live-line', HTMLElement);
  const view = byId('live-view', HTMLCanvasElement);
  const guided = byId('live-guided', HTMLCanvasElement);
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  /** @type {MediaStream | undefined} */
  let stream;
  /** Which camera: away from the user, or towards. @type {'environment' | 'user'} */
  let facing = 'environment';
  /** Counts up with every start and stop, so that what is still under way then is dropped. */
  let generation = 0;
  /** When the frames of late were shown. @type {number[]} */
  let shown = [];
  /** When the work on the frame on show began: an older one must not replace it. */
  let newest = 0;
  /** The camera's last frame that went into the network: each goes in once. */
  let taken = -1;

  begin.addEventListener('click', start);
  turn.addEventListener('click', () => {
    facing = facing === 'user' ? 'environment' : 'user';
    start();
  });
  keepIt.addEventListener('click', keep);
  byId('live-end', HTMLButtonElement).addEventListener('click', () => {
    stop();
    begin.focus();
  });
  // A camera that nobody sees should not run.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) stop();
  });

  async function start() {
    stop();
    const mine = generation;
    if (!model()) {
      onTrouble('Wait until the network has loaded, then start the camera.');
      return;
    }
    if (!navigator.mediaDevices?.getUserMedia) {
      onTrouble('Browsers allow the camera only on pages served by https or from your own machine.');
      return;
    }
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: facing, width: { ideal: 640 }, height: { ideal: 480 } },
      });
      if (mine !== generation) {
        close(opened);
        return;
      }
      stream = opened;
      // It may be unplugged, or taken away in the browser's settings.
      opened.getVideoTracks()[0]?.addEventListener('ended', () => {
        if (stream !== opened) return;
        stop();
        onTrouble('The camera stopped. It may have been unplugged, or switched off in the browser.');
      });
      video.srcObject = opened;
      await video.play();
    } catch (error) {
      if (mine !== generation) return;
      stop();
      onTrouble(REASONS[error instanceof Error ? error.name : ''] ?? `The camera could not be started. ${messageOf(error)}`);
      return;
    }
    if (mine !== generation) return;
    panel.hidden = false;
    begin.hidden = true;
    line.textContent = 'Computing the first frame…';
    keepIt.focus();
    for (let lane = 0; lane < AT_ONCE; lane++) follow(mine);
  }

  /** One frame after the other, until this start is over. @param {number} mine */
  async function follow(mine) {
    while (mine === generation) {
      await nextFrame();
      const network = model();
      if (mine !== generation || !network) return;
      try {
        const began = performance.now();
        const trace = await network.forward(frameOf(video, 2 * sideOf(network)));
        try {
          const look = drawOptions(displayOf(state, sideOf(network)));
          const [top, map] = await Promise.all([trace.top(1), trace.explain({ method: 'guided', draw: look })]);
          const pixels = await map.pixels(look);
          if (mine !== generation || began < newest) continue;
          newest = began;
          if (trace.view) putPixels(view, trace.view);
          putPixels(guided, pixels);
          say(top[0]);
        } finally {
          trace.close();
        }
      } catch (error) {
        if (mine !== generation) return;
        // Another network is taking over, and this one is closed: the next frame is for that.
        if (/** @type {{ code?: string }} */ (error).code === 'closed' && model() !== network) continue;
        stop();
        onTrouble(`The camera’s picture could not be explained. ${messageOf(error)}`);
      }
    }
  }

  /** Resolves when the camera has a frame that has not been taken yet. */
  async function nextFrame() {
    /** @type {number} */
    let frame;
    do {
      frame = await new Promise((resolve) => {
        if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback((_, { presentedFrames }) => resolve(presentedFrames));
        else requestAnimationFrame(resolve);
      });
    } while (frame === taken);
    taken = frame;
  }

  /** @param {import('./types.js').ClassScore | undefined} first */
  function say(first) {
    const now = performance.now();
    shown = [...shown.filter((time) => now - time < COUNTED_MILLISECONDS), now];
    const [earliest = now] = shown;
    const rate = shown.length > 1 ? ((shown.length - 1) * 1000) / (now - earliest) : 0;
    const answer = first ? `${shortLabel(first.label)}, ${percent(first.probability)}. ` : '';
    line.textContent = `${answer}${rate.toFixed(rate < 10 ? 1 : 0)} frames a second.`;
    panel.dataset['frames'] = String(Number(panel.dataset['frames'] ?? 0) + 1);
  }

  /** Keeps the frame as the picture of figure 2. */
  function keep() {
    if (!stream || video.videoWidth === 0) return;
    const canvas = frameOf(video, Math.max(video.videoWidth, video.videoHeight));
    stop();
    canvas.toBlob((blob) => {
      if (blob) onKept({ name: '', title: 'Your camera’s picture', blob });
      else onTrouble('The frame could not be kept.');
    }, 'image/png');
  }

  function stop() {
    generation++;
    if (stream) close(stream);
    stream = undefined;
    video.srcObject = null;
    shown = [];
    newest = 0;
    taken = -1;
    panel.hidden = true;
    panel.dataset['frames'] = '0';
    begin.hidden = false;
  }
}

/** The video's frame, no side longer than this. @param {HTMLVideoElement} video @param {number} longest */
function frameOf(video, longest) {
  const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
  canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
  canvas.getContext('2d', { willReadFrequently: true })?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {MediaStream} stream */
function close(stream) {
  for (const track of stream.getTracks()) track.stop();
}
