// Runs in the page before anything of it does, and notes when what happens.

/** Milliseconds since navigation started; 0: not yet. `blocked`: of tasks what exceeds 50 ms, before the first map. */
export function watchLoad() {
  const seen = { firstPaint: 0, largestPaint: 0, largest: '', parsed: 0, loaded: 0, shifted: 0, blocked: 0, guidedMap: 0, allMaps: 0 };
  Object.assign(globalThis, { coldLoad: seen });

  /** @param {string} type @param {(entry: any) => void} note */
  function observe(type, note) {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) note(entry);
    }).observe({ type, buffered: true });
  }
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') seen.firstPaint = startTime;
  });
  observe('largest-contentful-paint', ({ startTime, element }) => {
    seen.largestPaint = startTime;
    seen.largest = element ? element.tagName.toLowerCase() + (element.className && `.${element.className}`) : '';
  });
  // All of them, with no window: never less than what is called CLS.
  observe('layout-shift', ({ value, hadRecentInput }) => {
    if (!hadRecentInput) seen.shifted += value;
  });
  observe('longtask', ({ startTime, duration }) => {
    if (!seen.guidedMap || startTime < seen.guidedMap) seen.blocked += duration - 50;
  });
  addEventListener('DOMContentLoaded', () => {
    seen.parsed = performance.now();
  });
  addEventListener('load', () => {
    seen.loaded = performance.now();
  });

  new MutationObserver(() => {
    const drawn = document.querySelector('#map-guided[data-blank=false]');
    if (drawn) seen.guidedMap ||= performance.now();
    const ready = drawn && document.querySelector('#status[data-kind=ready]') && document.querySelector('#pictures[aria-busy=false]');
    if (ready) seen.allMaps ||= performance.now();
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-blank', 'data-kind', 'aria-busy'] });
  return seen;
}
