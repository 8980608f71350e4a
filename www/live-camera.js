// The camera as a moving picture: for each frame that there is time for, the network's answer and the maps that were chosen. Nothing
// is recorded, and nothing leaves the machine.

import { FIRST_CAMERA, cameraTrouble, closeCamera, openCamera, withoutCamera } from './camera-stream.js';
import { announcer, byId, watchNear } from './dom.js';
import { explainFrame, explainLive } from './live-explainer.js';
import { say } from './live-text.js';
import { decimals, percent } from './numbers.js';
import { shortClass, shortClassText } from './predictions.js';
import { RULES, byRule } from './rules.js';
import { codeOf, messageOf } from './status.js';
import { t, textOf, words } from './translate.js';

/** @import { LiveFrame } from './live-explainer.js' */
/** @import { Content } from './translate.js' */
/** @import { PageState } from './state.js' */
/** @import { Model, Picture } from './types.js' */

/** How much of the past the frame rate is counted over, how often it is said, and how long a camera may send nothing. */
const COUNTED_MILLISECONDS = 2000;
const SAID_EACH_MILLISECONDS = 500;
const SILENT_MILLISECONDS = 3000;

/**
 * @param {{ state: PageState, model: () => Model | undefined, onKept: (picture: Picture) => void, onTrouble: (saying: () => Content) => void,
 *   onRunning: () => void }} options `onKept`: gets the frame that was kept
 */
export function createLiveCamera({ state, model, onKept, onTrouble, onRunning }) {
  const panel = byId('live', HTMLElement);
  const begin = byId('live-begin', HTMLButtonElement);
  const keepIt = byId('live-keep', HTMLButtonElement);
  const turn = byId('live-turn', HTMLButtonElement);
  const answer = byId('live-line', HTMLElement);
  const rate = byId('live-rate', HTMLElement);
  const view = byId('live-view', HTMLCanvasElement);
  const canvases = byRule((rule) => byId(`live-${rule}`, HTMLCanvasElement));
  const boxes = byRule((rule) => byId(`live-with-${rule}`, HTMLInputElement));
  const notes = byRule((rule) => byId(`live-note-${rule}`, HTMLElement));
  const announce = announcer(byId('live-said', HTMLElement));
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;

  /** `waiting`: the page is not to be seen, and goes on when it is. @type {'off' | 'starting' | 'live' | 'waiting' | 'paused'} */
  let phase = 'off';
  /** Counts up with every start and stop, and whenever maps of a paused frame are computed, so that what is still under way then is dropped. */
  let generation = 0;
  /** @type {MediaStream | undefined} */
  let stream;
  let camera = FIRST_CAMERA;
  /** @type {import('./camera-stream.js').Camera | undefined} */
  let otherCamera;
  /** @type {ReturnType<typeof explainLive> | undefined} */
  let explaining;
  /** The frame on show. @type {LiveFrame | undefined} */
  let shown;
  /** When the frames of late were shown. @type {number[]} */
  let times = [];
  let isNear = true;
  let lastAnnounced = '';
  /** The answer to the frame on show. @type {() => Content} */
  let answered = () => '';

  begin.addEventListener('click', () => start(camera));
  turn.addEventListener('click', () => {
    if (otherCamera) start(otherCamera);
  });
  keepIt.addEventListener('click', () => (phase === 'paused' ? start(camera) : pause()));
  byId('live-end', HTMLButtonElement).addEventListener('click', stop);
  for (const rule of RULES) boxes[rule].addEventListener('change', () => rulesChanged());
  // A camera that nobody sees should not run.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden && (phase === 'live' || phase === 'starting')) wait();
    else if (!document.hidden && phase === 'waiting') start(camera);
  });
  watchNear(panel, (near) => (isNear = near));
  setInterval(sayRate, SAID_EACH_MILLISECONDS);
  showChosen();

  /** @param {import('./camera-stream.js').Camera} wanted */
  async function start(wanted) {
    const hindrance = withoutCamera() ?? (model() ? undefined : () => t('Wait until the network has loaded, then start the camera.'));
    if (hindrance !== undefined) {
      fail(hindrance, true);
      return;
    }
    end('starting');
    const mine = generation;
    say(answer, () => t('Waiting for the camera. Your browser may ask whether this page may use it.'));
    begin.hidden = true;
    if (panel.hidden) {
      panel.hidden = false;
      keepIt.focus({ preventScroll: true });
      // Its buttons are at its end; `nearest` may show only its beginning, because it leaves room for the strip of small maps.
      panel.scrollIntoView({ block: panel.getBoundingClientRect().bottom > innerHeight ? 'end' : 'nearest' });
    }
    try {
      const opened = await openCamera(wanted);
      if (mine !== generation) {
        closeCamera(opened.stream);
        return;
      }
      stream = opened.stream;
      // It may be unplugged, or taken away in the browser's settings.
      stream.getVideoTracks()[0]?.addEventListener('ended', () => {
        if (mine === generation) fail(() => t('The camera stopped. It may have been unplugged, or switched off in the browser.'));
      });
      camera = wanted;
      otherCamera = opened.next;
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      if (mine !== generation) return;
      camera = FIRST_CAMERA;
      fail(() => cameraTrouble(error));
      return;
    }
    if (mine !== generation) return;
    setPhase('live');
    say(answer, () => t('Computing the first frame…'));
    if (!otherCamera && document.activeElement === turn) keepIt.focus();
    turn.dataset['other'] = String(Boolean(otherCamera));
    onRunning();
    explaining = explainLive({
      video,
      state,
      model,
      rules: chosen,
      isSeen: () => isNear,
      onFrame: show,
      onTrouble: (error) => fail(() => notExplained(error)),
    });
  }

  /** @param {LiveFrame} frame */
  function show(frame) {
    draw(frame);
    const now = performance.now();
    times = [...times.filter((time) => now - time < COUNTED_MILLISECONDS), now];
    if (times.length === 2) sayRate();
    panel.dataset['frames'] = String(Number(panel.dataset['frames'] ?? 0) + 1);
  }

  /** @param {LiveFrame} frame */
  function draw(frame) {
    shown = frame;
    if (frame.view) {
      const aspect = `${frame.view.width} / ${frame.view.height}`;
      if (panel.style.getPropertyValue('--aspect') !== aspect) panel.style.setProperty('--aspect', aspect);
      put(view, frame.view);
    }
    for (const { rule, pixels, warning } of frame.maps) {
      // It may have been unchosen meanwhile.
      if (!boxes[rule].checked) continue;
      put(canvases[rule], pixels);
      sayIn(notes[rule], warning?.code === 'zero-gradient' ? t('nothing to draw') : '');
    }
    if (frame.top) {
      const { label, probability } = frame.top;
      answered = () => words('{class}, {share}', { class: shortClass(label), share: percent(probability) });
      sayIn(answer, answered());
      if (label !== lastAnnounced) announce(shortClassText(label));
      lastAnnounced = label;
    }
  }

  /** The frame rate, not with each frame: nobody could read it. */
  function sayRate() {
    if (phase !== 'live' || !explaining) return;
    const now = performance.now();
    if (now - explaining.arrived() > SILENT_MILLISECONDS) {
      say(rate, () => t('The camera sends no pictures at the moment.'));
      return;
    }
    const counted = times.filter((time) => now - time < COUNTED_MILLISECONDS);
    const [first = now, last = now] = [counted[0], counted.at(-1)];
    if (counted.length < 2) return;
    const perSecond = ((counted.length - 1) * 1000) / (last - first);
    say(rate, () => t('{frames} frames a second', { frames: decimals(perSecond, perSecond < 10 ? 1 : 0) }));
  }

  function showChosen() {
    for (const rule of RULES) {
      const frame = /** @type {HTMLElement} */ (canvases[rule].parentElement);
      frame.dataset['off'] = String(!boxes[rule].checked);
      if (!boxes[rule].checked) canvases[rule].dataset['blank'] = 'true';
    }
  }

  /** The rules whose maps the visitor wants. */
  function chosen() {
    return RULES.filter((rule) => boxes[rule].checked);
  }

  function rulesChanged() {
    showChosen();
    addMissingMaps();
  }

  /** Ends with the frame on show, which becomes the picture of figure 2. */
  function pause() {
    if (phase !== 'live' || !shown) return;
    const [frame, said] = [shown, lastAnnounced];
    const { picture } = frame;
    end('paused');
    // It stays on show, and its class is not announced again.
    [shown, lastAnnounced] = [frame, said];
    followLanguage();
    say(rate, () => t('Paused: this frame is now the picture below.'));
    addMissingMaps();
    const canvas = document.createElement('canvas');
    put(canvas, picture);
    canvas.toBlob((blob) => {
      if (blob) onKept(pictureOf(blob));
      else onTrouble(() => t('The frame could not be kept.'));
    }, 'image/png');
  }

  /** No further frame writes these texts, so they must follow the language themselves. */
  function followLanguage() {
    say(answer, answered);
    for (const note of Object.values(notes)) if (note.textContent !== '') say(note, () => t('nothing to draw'));
  }

  /** Computes the chosen maps that the paused frame lacks: no further frame will bring them. */
  async function addMissingMaps() {
    const network = model();
    if (phase !== 'paused' || !shown || !network) return;
    const rules = chosen();
    const { maps, picture } = shown;
    if (rules.every((rule) => canvases[rule].dataset['blank'] === 'false' && maps.some((map) => map.rule === rule))) return;
    const mine = ++generation;
    try {
      const frame = await explainFrame(network, picture, rules, state);
      if (mine !== generation) return;
      draw(frame);
      followLanguage();
    } catch (error) {
      if (mine !== generation) return;
      // Another network has taken over meanwhile: it draws them.
      if (codeOf(error) === 'closed' && model() !== network) addMissingMaps();
      else onTrouble(() => notExplained(error));
    }
  }

  /** Until the page is seen again. */
  function wait() {
    end('waiting');
    say(rate, () => t('Waiting until this page is seen again.'));
  }

  function stop() {
    end('off');
    blank();
    panel.hidden = true;
    begin.hidden = false;
    begin.focus();
  }

  /** @param {() => Content} saying @param {boolean} [justPressed] whether the button was pressed only now */
  function fail(saying, justPressed = false) {
    const hadFocus = panel.contains(document.activeElement);
    end('off');
    blank();
    panel.hidden = true;
    begin.hidden = false;
    if (hadFocus) begin.focus({ preventScroll: true });
    onTrouble(saying);
    if (!hadFocus && !justPressed) return;
    // What is said stands further down than the button, on a phone out of view. At once, because a second smooth scroll ends the first.
    for (const seen of [begin, byId('status', HTMLElement)]) seen.scrollIntoView({ block: 'nearest', behavior: 'instant' });
  }

  /** Ends what is under way. @param {typeof phase} next */
  function end(next) {
    generation++;
    explaining?.end();
    explaining = undefined;
    if (stream) closeCamera(stream);
    stream = undefined;
    video.srcObject = null;
    shown = undefined;
    times = [];
    lastAnnounced = '';
    say(rate, '');
    panel.dataset['frames'] = '0';
    setPhase(next);
  }

  function blank() {
    for (const canvas of [view, ...Object.values(canvases)]) canvas.dataset['blank'] = 'true';
  }

  /** @param {typeof phase} next */
  function setPhase(next) {
    phase = next;
    panel.dataset['phase'] = next;
    document.documentElement.dataset['live'] = String(next === 'live');
    // “Go on” is shorter. The button keeps its width, so that nothing below it moves.
    if (next === 'paused') keepIt.style.minInlineSize = `min(100%, ${keepIt.offsetWidth}px)`;
    else if (next === 'off') keepIt.style.minInlineSize = '';
    say(keepIt, () => (next === 'paused' ? t('Go on') : t('Pause, and use this frame')));
  }
}

/** @param {unknown} error @returns {Content} */
function notExplained(error) {
  return words('The camera’s picture could not be explained. {reason}', { reason: messageOf(error) });
}

/** @param {Blob} blob @returns {Picture} */
function pictureOf(blob) {
  return {
    name: '',
    get title() {
      return t('Your camera’s picture');
    },
    blob,
  };
}

/** @param {HTMLElement} element @param {Content} content */
function sayIn(element, content) {
  const [text] = element.childNodes;
  const words = textOf(content);
  // A class's name that is marked as English.
  if (typeof content !== 'string' && content.some((piece) => typeof piece !== 'string')) {
    if (element.textContent !== words) element.replaceChildren(...content);
    return;
  }
  // A text in place of another would have the styles of the page looked through for what may depend on it.
  if (text?.nodeType !== Node.TEXT_NODE || element.childNodes.length > 1) element.textContent = words;
  else if (text.nodeValue !== words) text.nodeValue = words;
}

/** Unlike `putPixels`, it sets the size only where it differs: with every frame that would cost as much as the drawing. @param {HTMLCanvasElement} canvas @param {ImageData} pixels */
function put(canvas, pixels) {
  if (canvas.width !== pixels.width) canvas.width = pixels.width;
  if (canvas.height !== pixels.height) canvas.height = pixels.height;
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  if (canvas.dataset['blank'] !== 'false') canvas.dataset['blank'] = 'false';
}
