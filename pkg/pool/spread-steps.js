// Work of many steps, each of which needs nothing of the others: done piece by piece, in as many workers as there are.

/** The longest that a piece should take, in milliseconds, estimated from the piece before: other calls, and cancelling, wait no longer than this. */
export const PIECE = 75;

/**
 * Does the steps and says how far it is as pieces arrive. Should one piece fail, or the signal end it, the others are asked for no more.
 * @template P
 * @param {object} work
 * @param {(from: number, to: number, signal: AbortSignal) => Promise<P>} work.piece does steps `from` up to `to`
 * @param {(piece: P) => { steps: number, milliseconds: number }} work.about how many steps there are in all, and how long this piece took
 * @param {number | undefined} [work.steps] how many steps there are, if that is known beforehand: no worker then begins with a step that does not exist
 * @param {number} work.workers how many pieces are under way at once
 * @param {AbortSignal | undefined} work.signal
 * @returns {AsyncGenerator<{ pieces: { piece: P, from: number, to: number }[], done: number, total: number }, void, void>} the pieces that came since the last time
 */
export async function* spreadSteps({ piece, about, steps: known, workers, signal }) {
  const ending = new AbortController();
  const end = () => ending.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  try {
    // Where it is unknown until a piece has told it, there may be fewer steps than workers: each begins with one step.
    let total = known ?? Infinity;
    let each = PIECE;
    let [next, done] = [0, 0];
    /** @type {{ piece: P, from: number, to: number }[]} */
    let arrived = [];
    /** @type {(value?: undefined) => void} */
    let firstStepEnded = () => {};
    const firstStep = new Promise((resolve) => (firstStepEnded = resolve));
    /** @type {unknown} */
    let failure;
    let failed = false;
    let wake = () => {};
    /** Workers that wait for somebody to look. @type {(() => void)[]} */
    const resting = [];
    const goOn = () => {
      for (const resume of resting.splice(0)) resume();
    };
    ending.signal.addEventListener('abort', goOn, { once: true });
    const work = async () => {
      // Where it was aborted, the next piece says so.
      while (next < total && !failed) {
        // What nobody takes would fill the memory.
        if (arrived.length >= 2 * workers) {
          await new Promise((resolve) => resting.push(() => resolve(undefined)));
          continue;
        }
        // One step until the total is known, so that a first map comes soon. Towards the end smaller pieces, so that all workers end together.
        const left = Math.ceil((total - next) / workers);
        const count = total === Infinity ? 1 : Math.max(1, Math.min(Math.floor(PIECE / Math.max(each, 0.01)), left));
        const [from, to] = [next, Math.min(next + count, total)];
        next = to;
        try {
          const found = await piece(from, to, ending.signal);
          const { steps, milliseconds } = about(found);
          total = steps;
          each = milliseconds / (to - from);
          arrived.push({ piece: found, from, to });
          done += to - from;
        } catch (error) {
          // It may have failed because there is no such step.
          if (from > 0 && total === Infinity) await firstStep;
          if (from < total && !failed) [failed, failure] = [true, error];
        }
        if (from === 0 || failed) firstStepEnded();
        wake();
      }
    };
    // The workers go on while the caller looks at the first piece.
    for (let worker = 0; worker < workers; worker++) work();
    // Nothing is given before the first step has arrived: by integrated gradients only that one knows the `difference`.
    if (next > 0) await firstStep;
    // The caller's work takes processor time from the workers: it gets the pieces of all workers together, if they come soon after each other.
    let given = -Infinity;
    const isEarly = () => arrived.length < workers && done < total && performance.now() - given < 2 * PIECE;
    while (done < total || arrived.length > 0) {
      if (failed) throw failure;
      if (arrived.length === 0 || isEarly()) {
        await new Promise((resolve) => (wake = () => resolve(undefined)));
        continue;
      }
      const pieces = arrived;
      arrived = [];
      given = performance.now();
      goOn();
      yield { pieces, done, total };
    }
  } finally {
    signal?.removeEventListener('abort', end);
    // Whoever stops looking wants no more of it.
    ending.abort();
  }
}
