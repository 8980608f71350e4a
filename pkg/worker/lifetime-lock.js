// A worker that is ended from outside tells nobody: no event comes, and a call would wait for its answer for ever. So each
// worker holds a lock of its own for as long as it lives. Whoever waits for that lock gets it when the worker is gone.

/**
 * Takes the lock, in the worker. Where there are no locks, as in a sandboxed frame, it does nothing.
 * @param {(name: string) => void} tell is given the lock's name as soon as it is held
 */
export function holdLifetimeLock(tell) {
  const name = `relume-worker-${globalThis.crypto?.randomUUID?.()}`;
  globalThis.navigator?.locks
    ?.request(name, () => {
      tell(name);
      return new Promise(() => {});
    })
    .catch(() => undefined);
}

/**
 * Calls back when the worker that holds the lock is gone.
 * @param {string} name as `holdLifetimeLock` told it
 * @param {AbortSignal} signal ends the waiting
 * @param {() => void} gone
 */
export function whenWorkerIsGone(name, signal, gone) {
  // It is refused when the signal ends it.
  navigator.locks.request(name, { signal }, gone).catch(() => undefined);
}
