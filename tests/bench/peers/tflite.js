// A graph being written as a TensorFlow Lite file. The numbers of fields and operators are those of its own schema.fbs.

/** @typedef {any} Builder of the library flatbuffers, which may not be installed where this is only type-checked */
const VERSION = 3;
const TYPES = { float32: 0, int32: 2 };
/** For each operator its number, that of its options, and where those say what is applied to the result. */
const OPERATORS = {
  ADD: { code: 0, options: 11, activation: 0 },
  AVERAGE_POOL_2D: { code: 1, options: 5, activation: 5 },
  CONCATENATION: { code: 2, options: 10, activation: 1 },
  CONV_2D: { code: 3, options: 1, activation: 3 },
  DEPTHWISE_CONV_2D: { code: 4, options: 2, activation: 4 },
  FULLY_CONNECTED: { code: 9, options: 8, activation: 0 },
  MAX_POOL_2D: { code: 17, options: 5, activation: 5 },
  RELU: { code: 19, options: 0, activation: undefined },
  RELU6: { code: 21, options: 0, activation: undefined },
  RESHAPE: { code: 22, options: 17, activation: undefined },
  PAD: { code: 34, options: 22, activation: undefined },
  TRANSPOSE: { code: 39, options: 26, activation: undefined },
  MEAN: { code: 40, options: 27, activation: undefined },
};
/** @type {Partial<Record<keyof typeof OPERATORS, number>>} */
const ACTIVATIONS = { RELU: 1, RELU6: 3 };

/** @typedef {keyof typeof OPERATORS} Operator */
/** @typedef {{ byte: number } | { int: number } | { flag: boolean } | { offset: number }} Field */
/** @typedef {{ operator: Operator, inputs: number[], output: number, options: Record<number, Field> }} Node */

/** A field of one byte, as the schema's enumerations are. @param {number} byte @returns {Field} */
export const byte = (byte) => ({ byte });
/** @param {number} int @returns {Field} */
export const int = (int) => ({ int });
/** @param {boolean} flag @returns {Field} */
export const flag = (flag) => ({ flag });

export class Graph {
  /** @type {{ shape: number[], type: number, values: Float32Array | Int32Array | undefined }[]} */
  #tensors = [];
  /** @type {Node[]} */
  #nodes = [];

  /** @param {number[]} shape @param {Float32Array | Int32Array} [values] where they are constants @returns {number} which tensor it is */
  tensor(shape, values) {
    return this.#tensors.push({ shape, type: values instanceof Int32Array ? TYPES.int32 : TYPES.float32, values }) - 1;
  }

  /** @param {number} tensor */
  shape(tensor) {
    return this.#tensors[tensor]?.shape ?? [];
  }

  /**
   * @param {Operator} operator
   * @param {number[]} inputs tensors
   * @param {number[]} shape of its result
   * @param {Record<number, Field>} [options]
   * @returns {number} the tensor of its result
   */
  node(operator, inputs, shape, options = {}) {
    const output = this.tensor(shape);
    this.#nodes.push({ operator, inputs, output, options });
    return output;
  }

  /** A ReLU becomes part of the operator before it where no other reads that one, as the converter of TensorFlow Lite has it. */
  #fused() {
    /** @type {Node[]} */
    const kept = [];
    for (const node of this.#nodes) {
      const activation = ACTIVATIONS[node.operator];
      const before = kept.find(({ output }) => output === node.inputs[0]);
      const field = before && OPERATORS[before.operator].activation;
      const readers = this.#nodes.filter(({ inputs }) => inputs.includes(node.inputs[0] ?? -1)).length;
      if (activation !== undefined && before && field !== undefined && !(field in before.options) && readers === 1) {
        kept[kept.indexOf(before)] = { ...before, output: node.output, options: { ...before.options, [field]: byte(activation) } };
      } else kept.push(node);
    }
    return kept;
  }

  /**
   * @param {number} input
   * @param {number} output
   * @param {new (bytes: number) => Builder} Builder
   * @returns {Uint8Array}
   */
  file(input, output, Builder) {
    const nodes = this.#fused();
    const weights = this.#tensors.reduce((sum, { values }) => sum + (values?.byteLength ?? 0) + 32, 0);
    const builder = new Builder(weights + (1 << 20));
    const operators = [...new Set(nodes.map(({ operator }) => operator))];
    const codes = operators.map((operator) => {
      const { code } = OPERATORS[operator];
      return table(builder, { 0: byte(code), 2: int(1), 3: int(code) });
    });
    // Buffer 0 is the empty one, for all that is not constant.
    const buffers = [table(builder, {})];
    const tensors = this.#tensors.map(({ shape, type, values }, at) => {
      const name = builder.createString(`tensor${at}`);
      const buffer = values ? buffers.push(table(builder, { 0: { offset: bytes(builder, values) } })) - 1 : 0;
      return table(builder, { 0: { offset: integers(builder, shape) }, 1: byte(type), 2: int(buffer), 3: { offset: name } });
    });
    const steps = nodes.map(({ operator, inputs, output, options }) => {
      const described = table(builder, options);
      const [from, to] = [integers(builder, inputs), integers(builder, [output])];
      const kind = OPERATORS[operator].options;
      /** @type {Record<number, Field>} */
      const fields = { 0: int(operators.indexOf(operator)), 1: { offset: from }, 2: { offset: to } };
      return table(builder, kind > 0 ? { ...fields, 3: byte(kind), 4: { offset: described } } : fields);
    });
    const subgraph = table(builder, {
      0: { offset: offsets(builder, tensors) },
      1: { offset: integers(builder, [input]) },
      2: { offset: integers(builder, [output]) },
      3: { offset: offsets(builder, steps) },
    });
    const model = table(builder, {
      0: int(VERSION),
      1: { offset: offsets(builder, codes) },
      2: { offset: offsets(builder, [subgraph]) },
      4: { offset: offsets(builder, buffers) },
    });
    builder.finish(model, 'TFL3');
    return builder.asUint8Array();
  }
}

/** @param {Builder} builder @param {Record<number, Field>} fields by their number */
function table(builder, fields) {
  const numbered = Object.entries(fields).map(([number, field]) => /** @type {const} */ ([Number(number), field]));
  builder.startObject(Math.max(-1, ...numbered.map(([number]) => number)) + 1);
  for (const [number, field] of numbered) {
    if ('byte' in field) builder.addFieldInt8(number, field.byte, 0);
    else if ('flag' in field) builder.addFieldInt8(number, Number(field.flag), 0);
    else if ('int' in field) builder.addFieldInt32(number, field.int, 0);
    else builder.addFieldOffset(number, field.offset, 0);
  }
  return builder.endObject();
}

/** @param {Builder} builder @param {number[]} values */
function integers(builder, values) {
  builder.startVector(4, values.length, 4);
  for (const value of [...values].reverse()) builder.addInt32(value);
  return builder.endVector();
}

/** @param {Builder} builder @param {number[]} values */
function offsets(builder, values) {
  builder.startVector(4, values.length, 4);
  for (const value of [...values].reverse()) builder.addOffset(value);
  return builder.endVector();
}

/** Numbers as the bytes they are, aligned to 16. @param {Builder} builder @param {Float32Array | Int32Array} values */
function bytes(builder, values) {
  builder.startVector(1, values.byteLength, 16);
  builder.bb.setPosition((builder.space -= values.byteLength));
  builder.bb.bytes().set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), builder.space);
  return builder.endVector();
}
