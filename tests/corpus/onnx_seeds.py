"""ONNX files, field by field."""

import struct

from seed_file import ROOT, put

def varint(number):
    data, number = b"", number & (1 << 64) - 1
    while number >= 128:
        data, number = data + bytes([number & 127 | 128]), number >> 7
    return data + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    if isinstance(value, list):
        return field(5, field(1, name) + b"".join(field(8, each) for each in value) + field(20, 7))
    number, kind = {int: (3, 2), float: (2, 1), str: (4, 3)}[type(value)]
    return field(5, field(1, name) + field(number, value) + field(20, kind))


def node(operator, inputs, output, name=None, **attributes):
    parts = b"".join(field(1, each) for each in inputs) + field(2, output) + field(3, name or output.upper()) + field(4, operator)
    return field(1, parts + b"".join(attribute(*each) for each in attributes.items()))


def constant(name, dims, numbers, element=1):
    kind = {1: "f", 7: "q", 3: "b"}[element]
    raw = struct.pack(f"<{len(numbers)}{kind}", *numbers)
    return field(5, b"".join(field(1, side) for side in dims) + field(2, element) + field(8, name) + field(9, raw))


def declared(number, name, dims):
    shape = b"".join(field(1, field(1, side) if side >= 0 else field(2, "any")) for side in dims)
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))


def onnx_file(nodes, constants=b"", sides=(1, 3, 6, 6), output="out", opset=17):
    graph = nodes + constants + declared(11, "in", sides) + declared(12, output, (1, 2))
    return field(1, 8) + field(8, field(1, "") + field(2, opset)) + field(7, graph)


def onnx():
    folder = ROOT / "crates/relume-onnx/tests/files"
    for path in sorted(folder.glob("*.onnx")):
        put("onnx", path.stem, path.read_bytes())
    numbers = [((5 * at) % 7 - 3) / 4 for at in range(500)]
    weights = constant("w", [2, 3, 3, 3], numbers[:54]) + constant("b", [2], [0.5, -0.5])
    conv = node("Conv", ["in", "w", "b"], "c", pads=[1, 1, 1, 1])
    end = node("GlobalAveragePool", ["x"], "g") + node("Flatten", ["g"], "out", axis=1)

    def with_middle(middle, constants=b"", **how):
        return onnx_file(conv + middle + end, weights + constants, **how)

    for operator, attributes in {
        "Relu": {}, "Sigmoid": {}, "Tanh": {}, "LeakyRelu": {"alpha": 0.1}, "Elu": {"alpha": 0.5}, "Selu": {}, "HardSigmoid": {"alpha": 0.2},
        "HardSwish": {}, "Softplus": {}, "Mish": {}, "Identity": {}, "Dropout": {}, "LRN": {"size": 3}, "Gelu": {},
        "MaxPool": {"kernel_shape": [2, 2], "strides": [2, 2]}, "AveragePool": {"kernel_shape": [2, 2]}, "Cast": {"to": 1},
        "Softmax": {"axis": 1}, "LogSoftmax": {"axis": 1}, "Loop": {}, "Erf": {}, "Clip": {}, "Celu": {"alpha": 1.0},
    }.items():
        put("onnx", operator.lower(), with_middle(node(operator, ["c"], "x", **attributes)))
    for operator, more in {
        "Add": [2, 1, 1], "Mul": [2, 1, 1], "Sub": [1], "Div": [1], "PRelu": [2, 1, 1],
    }.items():
        count = more[0]
        put("onnx", f"{operator.lower()}-constant", with_middle(node(operator, ["c", "k"], "x"), constant("k", more, [0.5] * count)))
    for operator in ("Add", "Mul", "Concat", "Sum"):
        put("onnx", f"{operator.lower()}-both", with_middle(node("Relu", ["c"], "r") + node(operator, ["c", "r"], "x", **({"axis": 1} if operator == "Concat" else {}))))
    put("onnx", "batch-norm", with_middle(node("BatchNormalization", ["c", "b2", "b2", "b2", "b2"], "x"), constant("b2", [2], [1.0, 1.0])))
    put("onnx", "pad", with_middle(node("Pad", ["c", "p"], "x"), constant("p", [8], [0, 0, 1, 1, 0, 0, 1, 1], 7)))
    put("onnx", "pad-negative", with_middle(node("Pad", ["c", "p"], "x"), constant("p", [8], [0, 0, -1, -9, 0, 0, 1, 1], 7)))
    put("onnx", "slice", with_middle(node("Slice", ["c", "z", "o", "o"], "x"), constant("z", [1], [0], 7) + constant("o", [1], [1], 7)))
    put("onnx", "gather", with_middle(node("Gather", ["c", "z"], "u", axis=1) + node("Unsqueeze", ["u", "o"], "x"), constant("z", [], [0], 7) + constant("o", [1], [1], 7)))
    put("onnx", "reshape", with_middle(node("Reshape", ["c", "s"], "r") + node("Reshape", ["r", "t"], "x"), constant("s", [5], [1, 2, 1, 6, 6], 7) + constant("t", [4], [1, 2, 6, 6], 7)))
    put("onnx", "reshape-negative", with_middle(node("Reshape", ["c", "s"], "x"), constant("s", [2], [-1, -1], 7)))
    put("onnx", "transpose", with_middle(node("Transpose", ["c"], "x", perm=[0, 1, 3, 2])))
    put("onnx", "squeeze", with_middle(node("Squeeze", ["c"], "x", axes=[0])))
    put("onnx", "reduce-mean", onnx_file(conv + node("ReduceMean", ["c"], "out", axes=[2, 3], keepdims=0), weights))
    put("onnx", "gemm", onnx_file(node("Flatten", ["in"], "f", axis=1) + node("Gemm", ["f", "m"], "out", transB=1), constant("m", [2, 108], numbers[:216])))
    put("onnx", "matmul", onnx_file(node("Flatten", ["in"], "f", axis=1) + node("MatMul", ["f", "m"], "out"), constant("m", [108, 2], numbers[:216])))
    ones = field(1, field(1, "sh") + field(2, "w2") + field(3, "MAKE") + field(4, "ConstantOfShape"))
    put("onnx", "computed-weights", onnx_file(ones + conv + end, weights + constant("sh", [2], [1 << 15, 1 << 15], 7)))
    put("onnx", "size-open", with_middle(node("Relu", ["c"], "x"), sides=(1, 3, -1, -1)))
    put("onnx", "size-huge", with_middle(node("Relu", ["c"], "x"), sides=(1, 3, 1 << 31, 1 << 31)))
    put("onnx", "opset-99", with_middle(node("Relu", ["c"], "x"), opset=99))
    put("onnx", "domain", with_middle(field(1, field(1, "c") + field(2, "x") + field(4, "Relu") + field(7, "com.example"))))
    put("onnx", "name-turns", with_middle(node("Relu", ["c"], "x", name="relu\u202e\x1b[31m")))
    put("onnx", "loop", with_middle(node("Relu", ["x"], "y") + node("Relu", ["y"], "x")))
    put("onnx", "weights-short", onnx_file(conv + end, constant("w", [2, 3, 3, 3], numbers[:7]) + constant("b", [2], [0.5, 0.5])))
    put("onnx", "shape-overflows", onnx_file(conv + end, constant("w", [1 << 33, 1 << 33], numbers[:1])))
    put("onnx", "external", onnx_file(conv, field(5, field(1, 2) + field(2, 1) + field(8, "w") + field(13, field(1, "location") + field(2, "/etc/passwd")) + field(14, 1))))
    put("onnx", "attributes-many", with_middle(node("Relu", ["c"], "x", **{f"a{at}": at for at in range(70)})))
    for name, data in {
        "empty": b"", "one-byte": b"\x08", "length-huge": b"\x3a\xff\xff\xff\xff\x7f", "two-graphs": field(7, b"") * 2, "nodes-empty": field(7, field(1, b"") * 3000),
        "group": b"\x0b\x0c", "cut": with_middle(node("Relu", ["c"], "x"))[:300],
    }.items():
        put("onnx", name, data)
