import { RelumeError } from '../engine/error.js';
import { isCrossOrigin, openCrossOrigin } from './cross-origin-worker.js';

// Not the way bundlers look for: they would pack the worker a second time.
const here = import.meta.url;
const ALLOW = "allow worker-src 'self' (or blob:, where the package comes from another origin)";

/** Whether this module lies where the package has it, so that its worker does too. A bundler puts it elsewhere. */
const isUnbundled = /^https?:.*\/pool\/open-worker\.js$/.test(here);

/** What a page that requires Trusted Types takes as the address of a script; made once. @type {((url: string) => string) | undefined} */
let trusted;
/** Whether a page has refused an address that was none of that kind. */
let isRefused = false;

/** Starts a worker of the engine. Should its script not load, that is told by its `error` event. */
export function openWorker() {
  if (typeof Worker === 'undefined') {
    throw new RelumeError(
      'unsupported-browser',
      'Relume needs web workers, which are not available here. ' + 'In Node, use relume/low-level.',
    );
  }
  try {
    return open();
  } catch (cause) {
    throw new RelumeError(
      'engine-crashed',
      `The engine's worker cannot be started (${cause}). Does the page's Content-Security-Policy ${ALLOW}?` +
        `${requiresTrustedTypes(cause) ? ' The page requires Trusted Types: add relume to its directive, trusted-types relume.' : ''}`,
      { cause },
    );
  }
}

/** For when nothing was heard of a worker. @param {string | undefined} why */
export function didNotStart(why) {
  return (
    `The engine's worker did not start${why ? ` (${why})` : ''}. Are all files of the package served, and does the page's ` +
    `Content-Security-Policy ${ALLOW}?${isRefused ? ' The page requires Trusted Types: if the package was bundled, the page needs a default policy.' : ''}`
  );
}

function open() {
  try {
    // Before the browser refuses a plain address: that is a violation, of which the page's owner is told.
    if (isUnbundled && 'trustedTypes' in globalThis) trusted ??= allowedPolicy();
    if (trusted) return openTrusted(trusted);
    if (isCrossOrigin()) return openCrossOrigin((url) => url);
    // Written out in one piece: bundlers look for exactly this.
    return new Worker(new URL('../worker/worker.js', import.meta.url), { type: 'module' });
  } catch (error) {
    if (trusted || !requiresTrustedTypes(error)) throw error;
    isRefused = true;
    trusted = policy();
    return openTrusted(trusted);
  }
}

/** @param {(url: string) => string} address */
function openTrusted(address) {
  return isCrossOrigin() ? openCrossOrigin(address) : new Worker(address(new URL('../worker/worker.js', here).href), { type: 'module' });
}

/** Undefined where the page's list of policies lacks ours: it may still require none. */
function allowedPolicy() {
  try {
    return policy();
  } catch {
    return undefined;
  }
}

/** @param {unknown} error */
function requiresTrustedTypes(error) {
  return 'trustedTypes' in globalThis && error instanceof TypeError;
}

/** @returns {(url: string) => string} */
function policy() {
  const made = /** @type {any} */ (globalThis).trustedTypes.createPolicy('relume', { createScriptURL: (/** @type {string} */ url) => url });
  return (url) => made.createScriptURL(url);
}
