// Tells the page around a frame what the frame shows, for a study's log. It only sends: no message is ever listened to. Nothing
// of a picture is in it, and nothing that the address of the frame and its reader's choices do not say.

/** @typedef {'view' | 'rule' | 'scheme' | 'signal' | 'frame'} Reporter which of the frame's figures; `frame`: all of it */
/**
 * `detail`: of `relume-changed` what changed, who changed it, and what is shown now; of `relume-error` a stable code and a message; of
 * `relume-resized` the height in pixels.
 * @typedef {{ source: 'relume', version: 1, type: 'relume-changed' | 'relume-error' | 'relume-resized', figure: Reporter, detail: unknown }} FrameMessage
 */

/** @param {FrameMessage['type']} type @param {Reporter} figure @param {unknown} detail plain data */
export function tellParent(type, figure, detail) {
  if (parent === window) return;
  /** @type {FrameMessage} */
  const message = { source: 'relume', version: 1, type, figure, detail };
  // To whoever has put the frame there: which origin that is, a frame cannot always know.
  parent.postMessage(message, '*');
}

/** @param {Reporter} figure @param {unknown} error */
export function tellError(figure, error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
  tellParent('relume-error', figure, { code, message: error instanceof Error ? error.message : String(error) });
}

/** Tells how high the frame has to be for all of its content, now and whenever that changes. @param {HTMLElement} content all there is in the body */
export function tellHeight(content) {
  if (parent === window) return;
  let told = 0;
  new ResizeObserver(() => {
    const { paddingTop, paddingBottom } = getComputedStyle(document.body);
    const height = Math.ceil(content.getBoundingClientRect().height + parseFloat(paddingTop) + parseFloat(paddingBottom));
    if (height === told) return;
    told = height;
    tellParent('relume-resized', 'frame', { height });
  }).observe(content);
}
