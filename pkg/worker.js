// The engine's side. It runs in a worker, asks the wasm one thing after the other and answers each.

import { buildFor } from './builds.js';
import { RelumeError, isCode, reasonOf } from './error.js';
import { start } from './glue.js';

/** @typedef {import('./glue.js').Glue} Glue */
/** @typedef {import('./wasm/flex/relume_wasm.js').Model} Model */
/** @typedef {import('./wasm/flex/relume_wasm.js').Trace} Trace */
/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Reply} Reply */
/** @typedef {import('./protocol.js').Operation} Operation */
/** @typedef {import('./protocol.js').Shape} Shape */
/** @template {Operation} K @typedef {import('./protocol.js').Request<K>} Request */
/** @template {Operation} K @typedef {import('./protocol.js').Answer<K>} Answer */

const port = /** @type {{ postMessage(reply: Reply, transfer?: Transferable[]): void }} */ (/** @type {unknown} */ (self));

/** @type {Glue | undefined} */
let glue;
/** @type {WebAssembly.Memory | undefined} */
let memory;
/** @type {Map<number, { network: Model, shape: Shape }>} with the input's shape: all that is known of a model takes long to say */
const models = new Map();
/** @type {Map<number, { trace: Trace, model: number }>} */
const traces = new Map();
let crashed = false;

/** @type {{ [K in Operation]: (request: Request<K>) => Promise<Answer<K>> | Answer<K> }} */
const operations = {
  async start({ backend, relaxed }) {
    const build = buildFor(backend, relaxed);
    ({ glue, memory } = await start(build));
    return { build };
  },

  load({ handle, bytes }) {
    const began = performance.now();
    const model = engine().Model.load(bytes);
    const milliseconds = performance.now() - began;
    try {
      const info = model.info();
      models.set(handle, { network: model, shape: info.input.shape });
      return { info, milliseconds };
    } catch (error) {
      if (isCode(codeOf(error))) model.free();
      throw error;
    }
  },

  forward({ handle, model, input }) {
    const { network, shape: [, height, width] } = found(models.get(model));
    const began = performance.now();
    const trace = 'tensor' in input ? network.forward(input.tensor) : network.forwardPicture(input.rgba, input.width, input.height);
    try {
      const logits = trace.logits();
      const milliseconds = performance.now() - began;
      const rgba = trace.view();
      traces.set(handle, { trace, model });
      const tensor = 'tensor' in input ? input.tensor : trace.input();
      return { logits, milliseconds, tensor, ...(rgba && { view: { rgba, width, height } }) };
    } catch (error) {
      // After a trap there is nothing left to be tidy about.
      if (isCode(codeOf(error))) trace.free();
      throw error;
    }
  },

  activation({ trace, layer }) {
    return found(traces.get(trace)).trace.activation(layer);
  },

  explain({ trace: handle, method, target }) {
    const { trace } = found(traces.get(handle));
    const began = performance.now();
    const map = trace.explain(method, target);
    return { ...map, method, milliseconds: performance.now() - began };
  },

  draw({ data, shape, drawing, over }) {
    // An option left undefined is one not given.
    const given = Object.fromEntries(Object.entries(drawing).filter(([, value]) => value !== undefined));
    return { rgba: engine().draw(data, new Uint32Array(shape), given, over && new Uint8Array(over.buffer, over.byteOffset, over.byteLength)) };
  },

  reluBackward({ rule, f, r }) {
    return { data: engine().reluBackward(rule, f, r) };
  },
};

function engine() {
  if (glue === undefined) throw new RelumeError('internal', 'The engine was asked before it had started.');
  return glue;
}

/** @template T @param {T | undefined} object */
function found(object) {
  if (object === undefined) throw new RelumeError('closed', 'What this call is about was closed.');
  return object;
}

/** @param {number} handle */
function free(handle) {
  models.get(handle)?.network.free();
  models.delete(handle);
  for (const [key, { trace, model }] of traces) {
    if (key === handle || model === handle) {
      trace.free();
      traces.delete(key);
    }
  }
}

/**
 * Every buffer of an answer moves: what the wasm hands out is a copy, never a view of its memory.
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
  try {
    if ('free' in message) {
      free(message.free);
      return;
    }
    const { id, operation, request } = message;
    try {
      const result = await operations[operation](/** @type {any} */ (request));
      port.postMessage({ id, answer: result, memory: bytesOfMemory() }, buffers(result));
    } catch (error) {
      const code = codeOf(error);
      if (!isCode(code)) throw error;
      port.postMessage({ id, code, message: /** @type {Error} */ (error).message, memory: bytesOfMemory() });
    }
  } catch (error) {
    crash(error);
  }
}

/** @param {any} error */
function codeOf(error) {
  return /** @type {unknown} */ (error?.code);
}

function bytesOfMemory() {
  return memory?.buffer.byteLength ?? 0;
}

/** What has no code of ours is a trap: the wasm may be in any state now. @param {unknown} error */
function crash(error) {
  crashed = true;
  port.postMessage({ crash: reasonOf(error) });
}

let last = Promise.resolve();
addEventListener('message', ({ data }) => {
  last = last.then(() => answer(data)).catch(() => port.postMessage({ crash: 'no reason given' }));
});
