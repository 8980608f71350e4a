// Tells the page around a frame what the frame shows, for a study's log. It only sends: no message is ever listened to. Nothing
// of a picture is in it, and nothing that the address of the frame and its reader's choices do not say.

/** @typedef {'view' | 'rule' | 'scheme' | 'signal'} Reporter which of the frame's figures */
/**
 * `detail`: of `relume-changed` what changed, who changed it, and what is shown now; of `relume-error` a stable code and a message.
 * @typedef {{ source: 'relume', version: 1, type: 'relume-changed' | 'relume-error', figure: Reporter, detail: unknown }} FrameMessage
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
