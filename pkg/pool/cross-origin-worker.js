// A worker where the package comes from another origin than the page, from where browsers start none.

// Not the way bundlers look for: they would pack the worker a second time.
const here = import.meta.url;

/** So it is for a sandboxed frame, whatever it loads, and for a package that a content delivery network serves. */
export function isCrossOrigin() {
  const { protocol, origin } = new URL(here);
  // A bundler may have put a file's address there. Not location.origin: a sandboxed frame has an address, but no origin.
  return /^https?:$/.test(protocol) && origin !== globalThis.origin;
}

/**
 * A worker of the page's own origin that imports the other one, which that server has to allow by CORS. It is no module:
 * in a sandboxed frame Chromium starts none from a Blob.
 * @param {(url: string) => string} trusted makes an address one that may be started
 */
export function openCrossOrigin(trusted) {
  const script = `
    const early = [];
    const keep = ({ data }) => early.push(data);
    addEventListener('message', keep);
    import(${JSON.stringify(new URL('../worker/worker.js', here).href)}).then(() => {
      removeEventListener('message', keep);
      for (const data of early) dispatchEvent(new MessageEvent('message', { data }));
    }, (error) => postMessage({ crash: String(error) }));`;
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const revoke = () => URL.revokeObjectURL(url);
  try {
    const worker = new Worker(trusted(url));
    // Its first answer shows that it has been read.
    for (const event of ['message', 'error']) worker.addEventListener(event, revoke, { once: true });
    return worker;
  } catch (error) {
    revoke();
    throw error;
  }
}
