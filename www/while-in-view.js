// Work for a part of a figure that goes on only while the part is in view: whoever leaves ends it, whoever comes back has it go on.
// What is worked on may change at any time.

import { watchView } from './dom.js';

/**
 * @template T what is worked on
 * @param {HTMLElement} element the part; `aria-busy` while there is work, `data-state` whether all of it was done: `empty`, `ready` or `failed`
 * @param {{
 *   work: (subject: T, signal: AbortSignal) => Promise<void>,
 *   onTrouble: (error: unknown) => void,
 *   onChange?: () => void,
 * }} options `work`: does what is still to be done; `onChange`: it runs now, or does not any more
 */
export function whileInView(element, { work, onTrouble, onChange = () => {} }) {
  /** @type {T | undefined} */
  let subject;
  let inView = false;
  /** Until somebody asks for it again. */
  let stopped = false;
  let running = new AbortController();
  running.abort();

  async function go() {
    running.abort();
    if (inView && !stopped && subject !== undefined) {
      running = new AbortController();
      const { signal } = running;
      tell();
      try {
        await work(subject, signal);
        if (!signal.aborted) element.dataset['state'] = 'ready';
      } catch (error) {
        if (signal.aborted) return;
        element.dataset['state'] = 'failed';
        onTrouble(error);
      }
      if (signal.aborted) return;
      running.abort();
    }
    tell();
  }

  function tell() {
    element.setAttribute('aria-busy', String(isRunning()));
    onChange();
  }

  function isRunning() {
    return !running.signal.aborted;
  }

  watchView(element, (now) => {
    if (now === inView) return;
    inView = now;
    go();
  });

  return {
    isRunning,
    /** Begins anew with this, or ends. @param {T | undefined} next */
    set(next) {
      subject = next;
      stopped = false;
      element.dataset['state'] = 'empty';
      go();
    },
    /** What runs goes on, and will find what is to be done now; if nothing runs, it begins. */
    ensure() {
      stopped = false;
      if (!isRunning()) go();
    },
    /** Ends what runs, and begins again with what is to be done now. */
    restart() {
      stopped = false;
      element.dataset['state'] = 'empty';
      go();
    },
    stop() {
      stopped = true;
      go();
    },
  };
}
