// What a worker gets in place of pkg/engine/engine.js where a test counts: the same engine, as relume/low-level describes
// it, that tells of each call once it is done. support/operations.mjs serves it there, and the real one beside it.

/** @typedef {import('../../../pkg/low-level.js').Engine} Engine */
/** @typedef {import('../../../pkg/low-level.js').Model} Model */
/** @typedef {import('../../../pkg/low-level.js').Trace} Trace */

/** @type {typeof import('../../../pkg/engine/engine.js').engineFor} */
export async function engineFor(...options) {
  const real = await import(`${import.meta.url}?uncounted`);
  /** @type {Engine} */
  const engine = await real.engineFor(...options);
  return {
    ...engine,
    // `load` is left uncounted: by it the worker loads a network of its own, to warm up.
    async loadFile(...wanted) {
      return countedModel(told('load', await engine.loadFile(...wanted)));
    },
  };
}

/** @param {Model} model @returns {Model} */
function countedModel(model) {
  return {
    ...model,
    forward: (numbers) => countedTrace(told('forward', model.forward(numbers))),
    forwardPicture: (...picture) => countedTrace(told('forward', model.forwardPicture(...picture))),
    free: () => told('free model', model.free()),
  };
}

/** @param {Trace} trace @returns {Trace} */
function countedTrace(trace) {
  return {
    ...trace,
    explain(...wanted) {
      const [, target] = wanted;
      const unit = typeof target === 'object' && target !== null && 'layer' in target;
      return told(unit ? 'explain a unit' : 'explain', trace.explain(...wanted));
    },
    curve: (...wanted) => told('curve', trace.curve(...wanted)),
    free: () => told('free trace', trace.free()),
  };
}

/** Waits until the test has heard of it, which so knows of everything before the worker's answer. @template T @param {string} operation @param {T} result */
function told(operation, result) {
  const request = new XMLHttpRequest();
  request.open('GET', `/done/${encodeURIComponent(operation)}`, false);
  request.send();
  return result;
}
