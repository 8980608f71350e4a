// A graph being written as an ONNX file. The numbers of the fields are those of ONNX's own onnx.proto.

import { bytes, float, integer, message, text, written } from './protobuf.js';

/** @typedef {import('./protobuf.js').Message} Message */

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;

export class Graph {
  /** @type {Message[]} */
  #nodes = [];
  /** @type {Map<string, Message>} */
  #constants = new Map();

  /**
   * @param {string} operator
   * @param {string[]} inputs
   * @param {Record<string, number | number[] | string>} [attributes]
   * @returns {string} the name of its result
   */
  node(operator, inputs, attributes = {}) {
    const result = `value${this.#nodes.length}`;
    this.#nodes.push(
      message(
        1,
        ...inputs.map((input) => text(1, input)),
        text(2, result),
        text(3, `node${this.#nodes.length}`),
        text(4, operator),
        ...Object.entries(attributes).map(([name, value]) => message(5, text(1, name), ...attribute(value))),
      ),
    );
    return result;
  }

  /**
   * A tensor of constants; the same name twice is the same tensor.
   * @param {string} name
   * @param {number[]} shape
   * @param {() => Float32Array} values
   */
  floats(name, shape, values) {
    return this.#constant(name, shape, FLOAT, values);
  }

  /** A list of whole numbers, or one alone. @param {number[] | number} values */
  integers(values) {
    const list = [values].flat();
    return this.#constant(
      `integers ${values}${Array.isArray(values) ? ' listed' : ''}`,
      Array.isArray(values) ? [list.length] : [],
      INT64,
      () => BigInt64Array.from(list, BigInt),
    );
  }

  /** One number. @param {number} value */
  scalar(value) {
    return this.floats(`scalar ${value}`, [], () => Float32Array.of(value));
  }

  /** @param {string} name @param {number[]} shape @param {number} type @param {() => Float32Array | BigInt64Array} values */
  #constant(name, shape, type, values) {
    if (!this.#constants.has(name)) {
      const { buffer, byteOffset, byteLength } = values();
      this.#constants.set(
        name,
        message(
          5,
          ...shape.map((size) => integer(1, size)),
          integer(2, type),
          text(8, name),
          bytes(9, new Uint8Array(buffer, byteOffset, byteLength)),
        ),
      ); // little-endian, as every browser's machine is
    }
    return name;
  }

  /**
   * @param {{ name: string, shape: number[] }} input
   * @param {{ name: string, shape: number[] }} output
   */
  file(input, output) {
    return written(
      integer(1, IR_VERSION),
      text(2, 'relume bench'),
      message(8, text(1, ''), integer(2, OPSET)),
      message(7, ...this.#nodes, text(2, 'network'), ...this.#constants.values(), described(11, input), described(12, output)),
    );
  }
}

/** @param {number | number[] | string} value @returns {Message[]} */
function attribute(value) {
  if (Array.isArray(value)) return [...value.map((each) => integer(8, each)), integer(20, 7)];
  if (typeof value === 'string') return [text(4, value), integer(20, 3)];
  return Number.isInteger(value) ? [integer(3, value), integer(20, 2)] : [float(2, value), integer(20, 1)];
}

/** @param {number} field @param {{ name: string, shape: number[] }} value */
function described(field, { name, shape }) {
  const dimensions = shape.map((size) => message(1, integer(1, size)));
  return message(field, text(1, name), message(2, message(1, integer(1, FLOAT), message(2, ...dimensions))));
}
