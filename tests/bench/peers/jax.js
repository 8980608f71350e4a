// jax-js with its WebAssembly backend, in the page itself. It has JAX's reverse mode, but no way to define one's own derivative (`custom_vjp`). So the
// way back calls `vjp` for each layer and applies the guided rule in between. A run is one function, compiled by `jit`.

import { foldedBatchNorm } from './fold-batch-norm.js';
import { forward, guided } from './passes.js';
import { Unsupported } from './unsupported.js';

/** @typedef {import('./page.js').Engine} Engine */
/** @typedef {import('./network.js').Common} Common */
/** @typedef {import('./network.js').Convolution} Convolution */
/** @typedef {import('./network.js').Pool} Pool */
/** @typedef {import('./network.js').Relu} Relu */
/** An array of jax-js. An operation frees the arrays that it is given; `ref` keeps one for further use. @typedef {any} Value */
/** For each step its arrays, by their names. @typedef {Record<string, Record<string, Value>>} Parameters */

const FOLDER = '/tests/bench/peers/node_modules/@jax-js/jax/';

/**
 * @param {import('./network.js').Network} given
 * @param {number} threads
 * @param {Float32Array} input
 * @param {import('./page.js').Work[]} works
 * @returns {Promise<Engine>}
 */
export async function startJax(given, threads, input, works) {
  // It takes as many threads as the browser names cores.
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads });
  const jax = await import(`${FOLDER}dist/index.js`);
  if (!(await jax.init('wasm')).includes('wasm')) throw new Error('the wasm backend of jax-js did not start');
  jax.defaultDevice('wasm');
  const network = foldedBatchNorm(given);
  const parameters = parametersOf(jax, network);
  const { version } = await (await fetch(`${FOLDER}package.json`)).json();
  /** @param {typeof forward<Value>} pass @returns {() => Promise<Float32Array>} */
  const runs = (pass) => {
    const compiled = jax.jit((/** @type {Parameters} */ own, /** @type {Value} */ x) => pass(network, operators(jax, own), x));
    return () => compiled(referenced(parameters), jax.numpy.array(input).reshape([1, ...network.input.shape])).data();
  };
  return { version, forward: runs(forward), ...(works.includes('guided') && { guided: runs(guided) }) };
}

/** @param {any} jax @param {import('./network.js').Network} network @returns {Parameters} */
function parametersOf({ numpy: np }, { steps }) {
  /** @param {Float32Array} values @param {number[]} shape */
  const array = (values, shape) => np.array(values).reshape(shape);
  /** @type {Parameters} */
  const found = {};
  for (const step of steps) {
    const across = [1, step.shape[0], 1, 1];
    if (step.kind === 'max_pool2d' || step.kind === 'avg_pool2d') {
      if (step.dilation.some((by) => by !== 1)) throw new Unsupported(`${step.name}: it has no dilated pooling`);
      const counts = step.kind === 'max_pool2d' || step.countsPadding || step.padding.every((by) => by === 0);
      if (!counts) throw new Unsupported(`${step.name}: its average counts padding`);
    } else if (step.kind === 'conv2d') {
      const weight = array(step.weight, [step.shape[0], step.from[0] / step.groups, ...step.kernel]);
      found[step.name] = { weight, bias: array(step.bias, across) };
    } else if (step.kind === 'linear') {
      found[step.name] = { weight: array(step.weight, [step.shape[0], step.from[0]]), bias: array(step.bias, across) };
    } else if (step.kind === 'batch_norm') {
      const { weight, bias, mean, variance, epsilon } = step;
      const scale = weight.map((value, i) => value / Math.sqrt((variance[i] ?? NaN) + epsilon));
      const offset = bias.map((value, i) => value - (mean[i] ?? NaN) * (scale[i] ?? NaN));
      found[step.name] = { scale: array(scale, across), offset: array(offset, across) };
    }
  }
  return found;
}

/** The same arrays with one more reference each, because a call frees its arguments. @param {Parameters} parameters @returns {Parameters} */
function referenced(parameters) {
  const each = (/** @type {Record<string, Value>} */ values) => mapped(values, (value) => value.ref);
  return mapped(parameters, each);
}

/** @template A, B @param {Record<string, A>} values @param {(value: A) => B} work @returns {Record<string, B>} */
function mapped(values, work) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, work(value)]));
}

/** @param {[number, number, number, number]} padding @returns {[[number, number], [number, number]]} of rows and of columns */
function pairs([top, left, bottom, right]) {
  return [
    [top, bottom],
    [left, right],
  ];
}

/** @param {any} jax @param {Parameters} parameters @returns {import('./passes.js').Operators<Value>} */
function operators({ lax, nn, numpy: np, vjp }, parameters) {
  const of = (/** @type {Common} */ { name }, /** @type {string} */ part) => parameters[name]?.[part].ref;
  const rectified = (/** @type {Value} */ x, /** @type {Relu | undefined} */ relu) => {
    if (relu === undefined) return x;
    return relu.max === undefined ? nn.relu(x) : np.clip(x, 0, relu.max);
  };
  const convolved = (/** @type {Value} */ x, /** @type {Convolution} */ step) =>
    lax.convGeneralDilated(x, of(step, 'weight'), step.stride, pairs(step.padding), {
      rhsDilation: step.dilation,
      featureGroupCount: step.groups,
    });
  const multiplied = (/** @type {Value} */ x, /** @type {Common} */ step) =>
    np.matmul(of(step, 'weight'), x.reshape([step.from[0], 1])).reshape([1, step.shape[0], 1, 1]);
  const mean = (/** @type {Value} */ x) => np.mean(x, [2, 3], { keepdims: true });
  const flat = (/** @type {Value} */ x, /** @type {Common} */ step) => x.reshape([1, step.shape[0], 1, 1]);
  /** The way back through a linear layer. Its derivative is the same for every input, so zeros will do. @param {(x: Value) => Value} layer @param {Value} r @param {Common} step */
  const back = (layer, r, { from }) => vjp(layer, [np.zeros([1, ...from])])[1](r.ref)[0];
  /** @param {Value} x @param {Pool} step @param {(window: Value) => Value} reduced */
  const pooled = (x, step, reduced) => {
    // With zeros: in the measured networks pooling follows a ReLU, so a zero never changes a window's maximum.
    const padded = np.pad(x.ref, [[0, 0], [0, 0], ...pairs(step.padding)]);
    return lax.reduceWindow(padded, reduced, [1, 1, ...step.kernel], [1, 1, ...step.stride]);
  };
  return {
    conv2d: (x, step) => rectified(convolved(x.ref, step).add(of(step, 'bias')), step.relu),
    conv2dBack: (r, step) => back((x) => convolved(x, step), r, step),
    linear: (x, step) => rectified(multiplied(x.ref, step).add(of(step, 'bias')), step.relu),
    linearBack: (r, step) => back((x) => multiplied(x, step), r, step),
    relu: (x, relu) => rectified(x.ref, relu),
    reluBack(y, r, { max }) {
      const above = y.ref.greater(0);
      return np.where(max === undefined ? above : np.multiply(above, y.ref.less(max)), nn.relu(r.ref), 0);
    },
    maxPool: (x, step) => pooled(x, step, np.max),
    avgPool: (x, step) => pooled(x, step, np.mean),
    globalAvgPool: (x) => mean(x.ref),
    globalAvgPoolBack: (r, step) => back(mean, r, step),
    batchNorm: (x, step) => x.ref.mul(of(step, 'scale')).add(of(step, 'offset')),
    concat: (xs) =>
      np.concatenate(
        xs.map((x) => x.ref),
        1,
      ),
    flatten: (x, step) => flat(x.ref, step),
    flattenBack: (r, step) => back((x) => flat(x, step), r, step),
    add: (a, b) => a.ref.add(b.ref),
    top: (logits, classes) => nn.oneHot(np.argmax(logits.ref, 1).reshape([1]), classes).reshape([1, classes, 1, 1]),
  };
}
