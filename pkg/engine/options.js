import { RelumeError, asText } from './error.js';

/**
 * A misspelt option would be left out without a word.
 * @param {object} unknown what is left of the options once those there are have been taken out
 * @param {string} call as in "load()"
 * @param {readonly string[]} known the options it takes
 */
export function refuseUnknown(unknown, call, known) {
  const [key] = Object.keys(unknown);
  if (key !== undefined) throw new RelumeError('invalid-option', `${call} has no option "${key}"; it takes ${listed(known)}.`);
}

/** As in "one, two and three". @param {readonly string[]} words */
function listed(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : words.join();
}

/**
 * The options as they can be taken apart: none at all are fine, what is no plain object is not.
 * @template {object} T
 * @param {T | null | undefined} options
 * @param {string} call as in "load()"
 * @returns {Partial<T>}
 */
export function optionsOf(options, call) {
  if (options === null || options === undefined) return {};
  // A canvas or a signal in the place of the options would pass for an object without any.
  if (typeof options !== 'object' || options instanceof EventTarget || Array.isArray(options)) {
    const given = Array.isArray(options) ? 'an array' : asText(options);
    throw new RelumeError('invalid-option', `${call} takes its options as an object, such as { name: value }, not ${given}.`);
  }
  // One that throws when it is read is refused here, as any other value that cannot be used.
  converted(() => ({ ...options }), `The options of ${call} cannot be read.`);
  return options;
}

/**
 * The signal, of a call that takes no other option.
 * @param {{ signal?: AbortSignal } | null | undefined} options
 * @param {string} call as in "forward()"
 * @returns {AbortSignal | undefined}
 */
export function signalOf(options, call) {
  const { signal, ...unknown } = optionsOf(options, call);
  refuseUnknown(unknown, call, ['signal']);
  return checkSignal(signal, call);
}

/**
 * By what it can do, not by its class: it may come from another frame.
 * @param {AbortSignal | null | undefined} signal
 * @param {string} call as in "load()"
 * @returns {AbortSignal | undefined}
 */
export function checkSignal(signal, call) {
  if (signal === null || signal === undefined) return undefined;
  const message = `${call} takes as its signal that of an AbortController, not ${asText(signal)}.`;
  const fits = converted(
    () =>
      typeof signal.aborted === 'boolean' &&
      typeof signal.addEventListener === 'function' &&
      typeof signal.removeEventListener === 'function',
    message,
  );
  if (!fits) throw new RelumeError('invalid-option', message);
  return signal;
}

/**
 * @template {(at: any) => void} F
 * @param {F | null | undefined} callback
 * @param {string} call as in "load()"
 * @returns {F | undefined}
 */
export function checkProgress(callback, call) {
  if (callback === null || callback === undefined) return undefined;
  if (typeof callback !== 'function') {
    throw new RelumeError('invalid-option', `${call} takes a function as onProgress, not ${asText(callback)}.`);
  }
  return callback;
}

/**
 * The layers of `signals`, as they are now.
 * @param {string[] | null | undefined} layers
 * @param {string} call as in "explain()"
 * @returns {string[] | undefined}
 */
export function layerNames(layers, call) {
  if (layers === null || layers === undefined) return undefined;
  // Copied first: a hole becomes something that can be checked.
  const names = Array.isArray(layers) ? Array.from(layers) : [undefined];
  if (!names.every((layer) => typeof layer === 'string')) {
    throw new RelumeError('invalid-option', `${call} takes as its signals an array of layers' names, such as ['relu2'].`);
  }
  return names;
}

/** JavaScript throws an error of its own for what is no number at all, such as a BigInt. @template T @param {() => T} conversion @param {string} message */
export function converted(conversion, message) {
  try {
    return conversion();
  } catch (cause) {
    throw new RelumeError('invalid-option', message, { cause });
  }
}
