import { RelumeError } from '../engine/error.js';
import { whenWorkerIsGone } from '../worker/lifetime-lock.js';
import { isReply } from '../worker/message.js';
import { didNotStart, openWorker } from './open-worker.js';

/** @typedef {import('./engine-start.js').EngineStart} EngineStart */
/** @typedef {import('../worker/protocol.js').Operation} Operation */
/** @typedef {import('../worker/protocol.js').Message} Message */
/** @typedef {import('../worker/protocol.js').Reply} Reply */
/** @template {Operation} K @typedef {import('../worker/protocol.js').Request<K>} Request */
/** @template {Operation} K @typedef {import('../worker/protocol.js').Answer<K>} Answer */

/** @typedef {{ operation: Operation, resolve(answer: any): void, reject(error: RelumeError): void }} Call */

/** One worker from its start to its end, and the calls it has not answered. It ends once and is not used again. */
export class Session {
  /** Bytes of wasm memory, as of the last answer. */
  memory = 0;
  /** @type {import('../engine/types.js').Build | undefined} */
  build;
  #worker;
  #onEnd;
  #hasEngine;
  /** @type {Map<number, Call>} */
  #calls = new Map();
  #lastId = 0;
  #heard = false;
  /** What is waited for only while the worker lives. */
  #lifetime = new AbortController();
  /** @type {RelumeError | undefined} */
  #ended;

  /**
   * @param {EngineStart | undefined} start undefined for a worker without an engine, which reads files of other tools
   * @param {(session: Session) => void} onEnd
   */
  constructor(start, onEnd) {
    this.#onEnd = onEnd;
    this.#hasEngine = start !== undefined;
    this.#worker = openWorker();
    // Scripts of a page, or of a browser's extension, can dispatch events in the worker's name: those are not trusted.
    this.#worker.addEventListener('message', ({ isTrusted, data }) => isTrusted && isReply(data) && this.#hear(data));
    this.#worker.addEventListener('messageerror', ({ isTrusted }) => isTrusted && this.#crash('an answer could not be read'));
    this.#worker.addEventListener('error', ({ isTrusted, message }) => isTrusted && this.#crash(message));
    if (!start) return;
    // Whatever else was asked in the meantime has no engine to run on either.
    this.call('start', start.request).then(
      ({ build, module }) => {
        this.build = build;
        start.keep(module);
      },
      (error) => this.end(error),
    );
  }

  get ended() {
    return this.#ended !== undefined;
  }

  /**
   * @template {Operation} K
   * @param {K} operation
   * @param {Request<K>} request
   * @param {Transferable[]} [transfer]
   * @returns {Promise<Answer<K>>}
   */
  call(operation, request, transfer = []) {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      const id = ++this.#lastId;
      try {
        this.#post({ id, operation, request }, transfer);
      } catch (cause) {
        throw new RelumeError('invalid-option', `An argument cannot be sent to the engine's worker: ${cause}`, { cause });
      }
      this.#calls.set(id, { operation, resolve, reject });
    });
  }

  /** Frees what this handle stands for, after everything already asked. @param {number} handle */
  free(handle) {
    if (!this.#ended) this.#post({ free: handle });
  }

  /** Ends the worker, at once, whatever it is doing. @param {RelumeError} reason what its open calls reject with */
  end(reason) {
    if (this.#ended) return;
    this.#ended = reason;
    this.#worker.terminate();
    this.#lifetime.abort();
    for (const call of this.#calls.values()) call.reject(reason);
    this.#calls.clear();
    this.#onEnd(this);
  }

  /**
   * @param {Message} message
   * @param {Transferable[]} [transfer]
   */
  #post(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /** @param {Reply} reply */
  #hear(reply) {
    this.#heard = true;
    if (this.#ended) return;
    if ('crash' in reply) {
      this.#crash(reply.crash);
      return;
    }
    if ('lock' in reply) {
      whenWorkerIsGone(reply.lock, this.#lifetime.signal, () => this.#crash('it was ended from outside'));
      return;
    }
    this.memory = reply.memory;
    const call = this.#calls.get(reply.id);
    if (call === undefined) return;
    this.#calls.delete(reply.id);
    if ('code' in reply) call.reject(new RelumeError(reply.code, reply.message));
    else call.resolve(reply.answer);
  }

  /** @param {string | undefined} why */
  #crash(why) {
    const [call] = this.#calls.values();
    const during = call ? ` during "${call.operation}"` : '';
    const lost = this.#hasEngine
      ? 'This call is lost, nothing else is: the next one starts a fresh engine, with the models loaded again.'
      : 'Nothing else is lost. The file may need more memory than there is.';
    const message = this.#heard
      ? `${this.#hasEngine ? 'The engine' : 'The file reader'} stopped${during} (${why || 'no reason given'}). ${lost}`
      : didNotStart(why);
    this.end(new RelumeError('engine-crashed', message));
  }
}
