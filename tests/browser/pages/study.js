// A study's page: it shows a frame from another origin and logs what that tells, as docs/embedding.md says.

/** @type {unknown[]} */
const log = [];
/** @param {string} address */
function begin(address) {
  const frame = document.createElement('iframe');
  Object.assign(frame, { src: address, title: 'A figure', width: '900', height: '1200' });
  const { origin } = new URL(address);
  addEventListener('message', ({ data, origin: from, source }) => {
    if (from === origin && source === frame.contentWindow && data?.source === 'relume') log.push(data);
  });
  document.body.replaceChildren(frame);
}
Object.assign(globalThis, { log, begin });
