// The run forward and the guided way back, once for all libraries: each brings its own operators. What an operator takes
// and gives is up to the library: a tensor with numbers in it, or the name of a value in a graph to be written.

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./network.js').Step} Step */
/** @typedef {import('./network.js').Common} Common */
/** @typedef {import('./network.js').Convolution} Convolution */
/** @typedef {import('./network.js').Linear} Linear */
/** @typedef {import('./network.js').Pool} Pool */
/** @typedef {import('./network.js').BatchNorm} BatchNorm */
/** @typedef {import('./network.js').Relu} Relu */

/**
 * Forward operators apply `step.relu` too, where there is one. The way back of a convolution gives max(0, signal) when
 * it is asked to `clamp`: half of the rule of the ReLU before it, which costs nothing inside a convolution. The way back is
 * written for the layers of those networks that it is measured on.
 * @template T
 * @typedef {object} Operators
 * @property {(x: T, step: Convolution) => T} conv2d
 * @property {(r: T, step: Convolution, clamp: boolean) => T} conv2dBack
 * @property {(x: T, step: Linear) => T} linear
 * @property {(r: T, step: Linear) => T} linearBack
 * @property {(x: T, relu: Relu) => T} relu
 * @property {(y: T, r: T, relu: Relu, clamped: boolean) => T} reluBack r where 0 < y < max and r > 0, else 0; `y` is what
 *   came out of the ReLU, which lies between the two exactly where what went in does; `clamped`: r has no negative values
 * @property {(x: T, step: Pool) => T} maxPool
 * @property {(x: T, step: Pool) => T} avgPool
 * @property {(x: T, step: Common) => T} globalAvgPool
 * @property {(r: T, step: Common) => T} globalAvgPoolBack
 * @property {(x: T, step: BatchNorm) => T} batchNorm
 * @property {(xs: T[]) => T} concat along the channels
 * @property {(x: T, step: Common) => T} flatten
 * @property {(r: T, step: Common) => T} flattenBack
 * @property {(a: T, b: T) => T} add
 * @property {(logits: T, classes: number) => T} top one for the largest logit, zero for all others
 */

/**
 * @template T
 * @param {Network} network
 * @param {Operators<T>} on
 * @param {T} input
 * @returns {Map<string, T>} what each step put out
 */
function values({ steps }, on, input) {
  const found = new Map([['input', input]]);
  for (const step of steps)
    found.set(
      step.name,
      result(
        step,
        on,
        step.inputs.map((name) => of(found, name)),
      ),
    );
  return found;
}

/** @template T @param {Step} step @param {Operators<T>} on @param {T[]} inputs @returns {T} */
function result(step, on, inputs) {
  const x = /** @type {T} */ (inputs[0]);
  switch (step.kind) {
    case 'conv2d':
      return on.conv2d(x, step);
    case 'linear':
      return on.linear(x, step);
    case 'relu':
      return rectified(x, step, on);
    case 'add':
      return rectified(
        inputs.slice(1).reduce((sum, each) => on.add(sum, each), x),
        step,
        on,
      );
    case 'concat':
      return rectified(on.concat(inputs), step, on);
    case 'max_pool2d':
      return rectified(on.maxPool(x, step), step, on);
    case 'avg_pool2d':
      return rectified(on.avgPool(x, step), step, on);
    case 'batch_norm':
      return rectified(on.batchNorm(x, step), step, on);
    case 'global_avg_pool':
      return rectified(on.globalAvgPool(x, step), step, on);
    case 'flatten':
      return rectified(on.flatten(x, step), step, on);
  }
}

/** @template T @param {T} x @param {Common} step @param {Operators<T>} on */
function rectified(x, { relu }, on) {
  return relu ? on.relu(x, relu) : x;
}

/** @template T @param {Network} network @param {Operators<T>} on @param {T} input @returns {T} the logits */
export function forward(network, on, input) {
  return of(values(network, on, input), network.output);
}

/**
 * Forward, and the top class's logit back to the input by guided backpropagation.
 * @template T
 * @param {Network} network
 * @param {Operators<T>} on
 * @param {T} input
 * @returns {T} the map
 */
export function guided(network, on, input) {
  const { steps, output } = network;
  const found = values(network, on, input);
  /** The steps that end in a ReLU and are read by one convolution alone. */
  const clampable = new Set(
    steps
      .filter(({ name, relu }) => {
        const readers = steps.filter(({ inputs }) => inputs.includes(name));
        return relu && readers.length === 1 && readers[0]?.kind === 'conv2d';
      })
      .map(({ name }) => name),
  );

  const logits = steps.find(({ name }) => name === output)?.shape[0] ?? 0;
  const signals = new Map([[output, on.top(of(found, output), logits)]]);
  for (const step of [...steps].reverse()) {
    let signal = of(signals, step.name);
    if (step.relu) signal = on.reluBack(of(found, step.name), signal, step.relu, clampable.has(step.name));
    for (const name of step.inputs) {
      const back = signalBefore(step, on, signal, clampable.has(name));
      const other = signals.get(name);
      signals.set(name, other === undefined ? back : on.add(other, back));
    }
  }
  return of(signals, 'input');
}

/** @template T @param {Step} step @param {Operators<T>} on @param {T} signal @param {boolean} clamp @returns {T} */
function signalBefore(step, on, signal, clamp) {
  switch (step.kind) {
    case 'conv2d':
      return on.conv2dBack(signal, step, clamp);
    case 'linear':
      return on.linearBack(signal, step);
    case 'global_avg_pool':
      return on.globalAvgPoolBack(signal, step);
    case 'flatten':
      return on.flattenBack(signal, step);
    case 'relu':
    case 'add':
      return signal;
    default:
      throw new Error(`${step.name}: the way back through a ${step.kind} is not written for the peers`);
  }
}

/** @template T @param {Map<string, T>} map @param {string} name */
function of(map, name) {
  if (!map.has(name)) throw new Error(`no value for ${name}`);
  return /** @type {T} */ (map.get(name));
}
