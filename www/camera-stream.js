// A stream of the visitor's camera: opened, turned to another camera, closed; and why it could not be, in words.

import { messageOf } from './status.js';
import { key, t, translationOf, words } from './translate.js';

/** @import { Content } from './translate.js' */

/** How large its pictures and how many there should be; a camera gives what comes nearest. @type {MediaTrackConstraints} */
const USUAL = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 60 } };

/** Reasons of `getUserMedia`. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: key('The camera is blocked for this page. It can be allowed in the site settings, beside the address.'),
  SecurityError: key('The camera is blocked for this page. It can be allowed in the site settings, beside the address.'),
  NotFoundError: key('No camera was found.'),
  NotReadableError: key('The camera is in use elsewhere.'),
  AbortError: key('The camera did not start. It may be in use elsewhere; unplugging it and plugging it in again may help.'),
};

/** Which camera: by the side it is on, or by its name among the machine's. @typedef {Pick<MediaTrackConstraints, 'facingMode' | 'deviceId'>} Camera */
/** @typedef {{ stream: MediaStream, camera: Camera, next: Camera | undefined }} OpenedCamera `next`: the one to turn to, where there are several */

/** Away from whoever holds it, where it is a phone. @type {Camera} */
export const FIRST_CAMERA = { facingMode: 'environment' };

/** Why there is no camera at all, if so. */
export function withoutCamera() {
  if (!navigator.mediaDevices?.getUserMedia)
    return () => t('Browsers allow the camera only on pages served by https or from your own machine.');
  return undefined;
}

/** @param {Camera} camera @returns {Promise<OpenedCamera>} */
export async function openCamera(camera) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...USUAL, ...camera } });
  try {
    return { stream, camera, next: await nextCamera(stream) };
  } catch (error) {
    closeCamera(stream);
    throw error;
  }
}

/** @param {MediaStream} stream */
export function closeCamera(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Why a camera could not be opened, as a sentence. @param {unknown} error @returns {Content} */
export function cameraTrouble(error) {
  const known = REASONS[error instanceof Error ? error.name : ''];
  return known ? translationOf(known) : words('The camera could not be started. {reason}', { reason: messageOf(error) });
}

/**
 * A phone has several cameras on one side, so there it is the other side; elsewhere cameras have no side, and it is the next in the list.
 * @param {MediaStream} stream
 * @returns {Promise<Camera | undefined>}
 */
async function nextCamera(stream) {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  if (cameras.length < 2) return undefined;
  const { facingMode, deviceId } = stream.getVideoTracks()[0]?.getSettings() ?? {};
  if (facingMode === 'environment') return { facingMode: 'user' };
  if (facingMode === 'user') return { facingMode: 'environment' };
  const at = cameras.findIndex((each) => each.deviceId === deviceId);
  const next = cameras[(at + 1) % cameras.length];
  return next && { deviceId: { exact: next.deviceId } };
}
