// A worker: it hands each message to the engine of its thread, one after the other, and answers it.

import { RelumeError, isCode, reasonOf } from '../engine/error.js';
import { nothingToLayOver } from '../engine/draw-options.js';
import { holdLifetimeLock } from './lifetime-lock.js';
import { isMessage } from './message.js';
import { startEngine } from './start-engine.js';
import { warmUp } from './warm-up.js';

/** @typedef {import('../low-level.js').Engine} Engine */
/** @typedef {import('../low-level.js').Model} Model */
/** @typedef {import('../low-level.js').Trace} Trace */
/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Reply} Reply */
/** @typedef {import('./protocol.js').Operation} Operation */
/** @template {Operation} K @typedef {import('./protocol.js').Request<K>} Request */
/** @template {Operation} K @typedef {import('./protocol.js').Answer<K>} Answer */

const port = /** @type {{ postMessage(reply: Reply, transfer?: Transferable[]): void }} */ (/** @type {unknown} */ (self));

/** @type {Engine | undefined} */
let engine;
/** With the size of its input, so that not all of its description has to be read again. @type {Map<number, { model: Model, height: number, width: number }>} */
const models = new Map();
/** @type {Map<number, { trace: Trace, model: number, view: Uint8Array | undefined }>} */
const traces = new Map();
let crashed = false;
/** What is left of it. @type {Iterator<void> | undefined} */
let warmingUp;

/** @type {{ [K in Operation]: (request: Request<K>) => Promise<Answer<K>> | Answer<K> }} */
const operations = {
  async start(request) {
    const started = await startEngine(request);
    engine = started.engine;
    // Burn's own operations, which NdArray's build runs, are many and slow: nothing would be gained.
    if (engine.build !== 'ndarray') {
      warmingUp = warmUp(engine);
      setTimeout(goOnWarmingUp);
    }
    return { build: engine.build, module: started.module };
  },

  async load({ handle, file, randomised, limits }) {
    const reading = started().loadFile(file, { ...(randomised && { randomised }), ...(limits && { limits }) });
    // It is waited for below, and refused there.
    reading.catch(() => undefined);
    // What is compiled in the rest of it is needed at once.
    while (warmingUp) stepOfWarmUp();
    const began = performance.now();
    const model = await reading;
    const milliseconds = performance.now() - began;
    return kept(model, () => {
      const info = model.info();
      const [, height, width] = info.input.shape;
      models.set(handle, { model, height, width });
      return { info, milliseconds };
    });
  },

  forward({ handle, model, input }) {
    const { model: network, height, width } = found(models.get(model));
    const [trace, milliseconds] = timed(() =>
      'tensor' in input ? network.forward(input.tensor) : network.forwardPicture(input.rgba, input.width, input.height),
    );
    return kept(trace, () => {
      const logits = trace.logits();
      const { tensor, view } = 'tensor' in input ? input : { tensor: trace.input(), view: trace.view() };
      // What is answered moves away.
      traces.set(handle, { trace, model, view: view?.slice() });
      return { logits, milliseconds, tensor, ...(view && { view: { rgba: view, width, height } }) };
    });
  },

  activation({ trace, layer }) {
    return found(traces.get(trace)).trace.activation(layer);
  },

  explain({ trace: handle, method, target, signals, draw }) {
    const { trace, view } = found(traces.get(handle));
    const over = draw?.over ? view : undefined;
    if (draw?.over && !over) throw nothingToLayOver();
    const [map, milliseconds] = timed(() => trace.explain(flat(method), target, signals));
    return { ...map, milliseconds, ...(draw && { rgba: started().draw(map, { ...draw.drawing, over }) }) };
  },

  explainPart({ trace, method, target, from, to }) {
    const [part, milliseconds] = timed(() => found(traces.get(trace)).trace.explainPart(flat(method), target, from, to));
    return { ...part, milliseconds };
  },

  curve({ trace, target, ...wanted }) {
    const [pairs, milliseconds] = timed(() => found(traces.get(trace)).trace.curve(wanted, target));
    return { pairs, milliseconds };
  },

  visualise({ model, target, options, after, to }) {
    const [picture, milliseconds] = timed(() => found(models.get(model)).model.visualise({ target, ...options }, { after, to }));
    return { ...picture, milliseconds };
  },

  locate({ data, shape, quantile, within }) {
    return { located: started().locate({ data, shape }, { quantile, within }) };
  },

  edges({ trace }) {
    return { data: found(traces.get(trace)).trace.edges() };
  },

  randomImportance({ pixels, seed }) {
    return { data: started().randomImportance(pixels, seed) };
  },

  compareMaps({ a, b, shape }) {
    return { similarity: started().compareMaps(a, b, shape) };
  },

  draw({ data, shape, drawing, over }) {
    return { rgba: started().draw({ data, shape }, { ...drawing, over }) };
  },

  sharedScale({ maps, drawing }) {
    return { scale: started().sharedScale(maps, drawing) };
  },

  // Few bring such a file, so what reads it is fetched when one comes.
  async convert(request) {
    return (await converter()).convertFile(request);
  },

  async pictureSize(request) {
    return { size: await (await converter()).pictureSizeOf(request) };
  },

  reluBackward({ rule, f, r }) {
    return { data: started().reluBackward(rule, f, r) };
  },
};

async function converter() {
  try {
    return await import('./convert-file.js');
  } catch (cause) {
    throw new RelumeError('unreadable', `The part of the package that converts files cannot be loaded (${reasonOf(cause)}).`, { cause });
  }
}

function stepOfWarmUp() {
  try {
    if (warmingUp?.next().done) warmingUp = undefined;
  } catch (error) {
    warmingUp = undefined;
    // A refusal of the made-up network is nobody's trouble; after a trap the engine cannot be used.
    if (/** @type {RelumeError} */ (error).code === 'engine-crashed') throw /** @type {RelumeError} */ (error).cause ?? error;
  }
}

/** Between the messages. */
function goOnWarmingUp() {
  last = last.then(stepOfWarmUp).catch(crash);
  last.then(() => {
    if (warmingUp && !crashed) setTimeout(goOnWarmingUp);
  });
}

/** As relume/low-level takes a method: numbers are the baseline's or the noise. @param {import('../engine/types.js').CheckedMethod} method */
function flat({ options, numbers }) {
  if (!numbers) return options;
  return options.method === 'smoothgrad' ? { ...options, noise: numbers } : { ...options, baseline: numbers };
}

function started() {
  if (engine === undefined) throw new RelumeError('internal', 'The worker received a request before its engine had started.');
  return engine;
}

/** @template T @param {() => T} work @returns {[result: T, milliseconds: number]} */
function timed(work) {
  const began = performance.now();
  return [work(), performance.now() - began];
}

/** Has `answer` read an object that was just made, which is freed should that fail. @template A @param {Model | Trace} object @param {() => A} answer */
function kept(object, answer) {
  try {
    return answer();
  } catch (error) {
    object.free();
    throw error;
  }
}

/** @template T @param {T | undefined} object */
function found(object) {
  if (object === undefined) throw new RelumeError('closed', 'The model or trace that this call uses has been closed.');
  return object;
}

/** @param {number} handle */
function free(handle) {
  models.get(handle)?.model.free();
  models.delete(handle);
  for (const [key, { trace, model }] of traces) {
    if (key === handle || model === handle) {
      trace.free();
      traces.delete(key);
    }
  }
}

/**
 * Every buffer of an answer moves: what the engine hands out is a copy, never a view of its memory.
 * @param {object} answer
 * @returns {Transferable[]}
 */
function buffers(answer) {
  return Object.values(answer).flatMap((value) => {
    if (ArrayBuffer.isView(value)) return [/** @type {ArrayBuffer} */ (value.buffer)];
    return value !== null && typeof value === 'object' ? buffers(value) : [];
  });
}

/** @param {Message} message */
async function answer(message) {
  if (crashed) return;
  if ('free' in message) {
    free(message.free);
    return;
  }
  const { id, operation, request } = message;
  try {
    if (!Object.hasOwn(operations, operation)) throw new RelumeError('internal', `The worker knows no operation "${operation}".`);
    const result = await operations[operation](/** @type {any} */ (request));
    port.postMessage({ id, answer: result, memory: memory() }, buffers(result));
  } catch (error) {
    const { code, message: reason, cause } = /** @type {RelumeError} */ (error);
    // After a trap the engine may be in any state, and an error without a code is one of ours.
    if (code === 'engine-crashed' || !isCode(code)) crash(cause ?? error);
    else port.postMessage({ id, code, message: reason, memory: memory() });
  }
}

function memory() {
  return engine?.memory() ?? 0;
}

/** @param {unknown} error */
function crash(error) {
  crashed = true;
  port.postMessage({ crash: reasonOf(error) });
}

let last = Promise.resolve();
addEventListener('message', ({ data }) => {
  if (!isMessage(data)) return;
  last = last.then(() => answer(data)).catch(crash);
});
holdLifetimeLock((lock) => port.postMessage({ lock }));
