/** @template {import('../worker/protocol.js').Operation} K @typedef {import('../worker/protocol.js').Request<K>} Request */

/**
 * What each worker of a pool is started with: the engine that is wanted and, once a worker has compiled it, the module. So
 * the engine is fetched and compiled once, and code that one worker's runs had optimised is shared by the others. It is the
 * module that the workers run, not a second copy of it.
 */
export class EngineStart {
  #wanted;
  /** @type {WebAssembly.Module | undefined} */
  #module;

  /** @param {Request<'start'>} wanted */
  constructor(wanted) {
    this.#wanted = wanted;
  }

  /** @returns {Request<'start'>} */
  get request() {
    return { ...this.#wanted, module: this.#module };
  }

  /** @param {WebAssembly.Module} module */
  keep(module) {
    this.#module = module;
  }
}
