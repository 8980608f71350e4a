// A small ONNX file: a convolution of one position, a ReLU, the mean of what it gives. Its first class is the picture's light, the
// second the opposite, so that the answer shows how the picture was normalised.

const FLOAT = 1;
const OPERATOR_SET = 17;

/**
 * @param {{ channels?: number, size?: [height: number, width: number] | 'open', outputs?: number, activation?: string, layer?: string }} [settings]
 *   `activation`: an operator of one input; `layer`: the convolution's name
 * @returns {Buffer}
 */
export function onnxNetwork({ channels = 3, size = [24, 24], outputs = 2, activation = 'Relu', layer = 'conv' } = {}) {
  const weights = Float32Array.from({ length: outputs * channels }, (_, i) => weightOf(Math.floor(i / channels)) / channels);
  const sides = size === 'open' ? [named('height'), named('width')] : size.map(sized);
  const graph = [
    message(1, node('Conv', ['picture', 'weights'], layer)),
    message(1, node(activation, [layer], 'active')),
    message(1, node('GlobalAveragePool', ['active'], 'mean')),
    message(1, node('Flatten', ['mean'], 'scores')),
    text(2, 'small'),
    message(5, [
      ...[outputs, channels, 1, 1].map((side) => number(1, side)),
      number(2, FLOAT),
      text(8, 'weights'),
      bytes(9, Buffer.from(weights.buffer)),
    ]),
    message(11, value('picture', [sized(1), sized(channels), ...sides])),
    message(12, value('scores', [sized(1), sized(outputs)])),
  ];
  return Buffer.concat([number(1, 8), text(2, 'test'), message(7, graph), message(8, [text(1, ''), number(2, OPERATOR_SET)])].flat());
}

/** @param {number} output */
function weightOf(output) {
  return output === 0 ? 8 : output === 1 ? -8 : 0;
}

/** @param {string} operator @param {string[]} inputs @param {string} output */
function node(operator, inputs, output) {
  return [...inputs.map((name) => text(1, name)), text(2, output), text(3, output), text(4, operator)];
}

/** @param {string} name @param {Buffer[]} dimensions */
function value(name, dimensions) {
  return [text(1, name), message(2, [message(1, [number(1, FLOAT), message(2, dimensions)])])];
}

/** @param {number} length */
function sized(length) {
  return message(1, [number(1, length)]);
}

/** @param {string} name */
function named(name) {
  return message(1, [text(2, name)]);
}

/** @param {number} field @param {Buffer[]} parts */
function message(field, parts) {
  return bytes(field, Buffer.concat(parts));
}

/** @param {number} field @param {string} words */
function text(field, words) {
  return bytes(field, Buffer.from(words));
}

/** @param {number} field @param {Buffer} content */
function bytes(field, content) {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

/** @param {number} field @param {number} content */
function number(field, content) {
  return Buffer.concat([varint(field * 8), varint(content)]);
}

/** @param {number} value */
function varint(value) {
  const parts = [];
  for (; value > 127; value = Math.floor(value / 128)) parts.push((value % 128) + 128);
  return Buffer.from([...parts, value]);
}
