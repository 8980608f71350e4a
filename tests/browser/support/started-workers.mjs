// The workers of a page, so that a test can end one as the browser may.

/** Keeps the workers that the page starts within its reach, as `started`. @param {import('playwright-core').BrowserContext} context */
export const withReach = (context) =>
  context.addInitScript(() => {
    /** @type {Worker[]} */
    const started = [];
    Object.assign(globalThis, {
      started,
      Worker: class extends Worker {
        /** @param {[string | URL, WorkerOptions?]} how */
        constructor(...how) {
          super(...how);
          started.push(this);
        }
      },
    });
  });
