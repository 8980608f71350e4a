// The newest frame of a video, for several who take turns: each frame goes to one of them, and those that nobody is free for are dropped.

export class NewestFrame {
  #video;
  #open = true;
  /** Whether the frame on show has not been taken yet. */
  #fresh = false;
  /** Those who wait for a frame. @type {((isThere: boolean) => void)[]} */
  #waiting = [];
  /** Which frame is on show. */
  #shown = -1;
  /** When it came, in the time of `performance.now()`. */
  arrived = performance.now();

  /** @param {HTMLVideoElement} video playing */
  constructor(video) {
    this.#video = video;
    this.#watch();
  }

  /** Resolves to true when the video shows a frame that nobody has taken, at once if it does already; to false when it is over. @returns {Promise<boolean>} */
  next() {
    if (!this.#open) return Promise.resolve(false);
    if (this.#fresh) {
      this.#fresh = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  close() {
    this.#open = false;
    for (const waiting of this.#waiting.splice(0)) waiting(false);
  }

  #watch() {
    /** @param {number} frame */
    const see = (frame) => {
      if (!this.#open) return;
      if (frame !== this.#shown) this.#come(frame);
      this.#watch();
    };
    const video = this.#video;
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback((_, { presentedFrames }) => see(presentedFrames));
    else requestAnimationFrame(() => see(/** @type {HTMLVideoElement} */ (video).currentTime));
  }

  /** @param {number} frame */
  #come(frame) {
    this.#shown = frame;
    this.arrived = performance.now();
    const waiting = this.#waiting.shift();
    if (waiting) waiting(true);
    else this.#fresh = true;
  }
}

/**
 * What a video shows, no side longer than this.
 * @param {HTMLVideoElement} video
 * @param {HTMLCanvasElement} canvas to draw it on: one for all, so that no frame has to make its own
 * @param {number} longest in pixels
 */
export function pixelsOf(video, canvas, longest) {
  const { videoWidth, videoHeight } = video;
  const scale = Math.min(1, longest / Math.max(videoWidth, videoHeight));
  const [width, height] = [videoWidth, videoHeight].map((side) => Math.max(1, Math.round(side * scale)));
  // Setting the size clears a canvas, even to the size it has.
  if (canvas.width !== width) canvas.width = width ?? 1;
  if (canvas.height !== height) canvas.height = height ?? 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error(`The browser has no canvas of ${width}×${height} pixels.`);
  context.imageSmoothingQuality = 'high';
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
