"""Model files."""

import json
import struct

from seed_file import put

def model_file(graph, tensors, **changes):
    """A model file over pictures of 3 × 6 × 6."""
    description = {
        "format": 1, "name": "seed", "title": "Seed", "licence": "CC0", "source": "tests/corpus/make.py",
        "input": {"shape": [3, 6, 6], "range": [0, 1], "mean": [0, 0, 0], "std": [1, 1, 1], "crop": 1.0},
        "classes": ["class 0", "class 1"], "layers": graph,
    } | changes
    header, data = {"__metadata__": {"relume": json.dumps(description)}}, b""
    for name, shape in sorted(tensors.items()):
        count = 1
        for side in shape:
            count *= side
        numbers = struct.pack(f"<{count}f", *(((7 * index) % 11 - 5) / 8 for index in range(count)))
        if name.endswith(".running_var"):
            numbers = struct.pack(f"<{count}f", *([1.0] * count))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(numbers)]}
        data += numbers
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def network(middle, channels=4, tensors=None):
    """A convolution, the layers of `middle`, and a mean over all positions for two classes."""
    layers = [
        {"name": "conv", "kind": "conv2d", "inputs": ["input"], "out_channels": 4, "kernel": [3, 3], "padding": [1, 1, 1, 1]},
        *middle,
        {"name": "last", "kind": "conv2d", "inputs": [middle[-1]["name"] if middle else "conv"], "out_channels": 2, "kernel": [1, 1]},
        {"name": "mean", "kind": "global_avg_pool", "inputs": ["last"]},
    ]
    own = {"conv.weight": [4, 3, 3, 3], "conv.bias": [4], "last.weight": [2, channels, 1, 1], "last.bias": [2]}
    return layers, own | (tensors or {})


def one(kind, **settings):
    return [{"name": "x", "kind": kind, "inputs": ["conv"], **settings}]


def models():
    middles = {
        "plain": network([]),
        "relu": network(one("relu")),
        "relu6": network(one("relu", max=6.0)),
        "leaky-relu": network(one("leaky_relu", slope=0.1)),
        "prelu": network(one("prelu"), tensors={"x.weight": [4]}),
        "max-pool": network(one("max_pool2d", kernel=[2, 2], stride=[2, 2])),
        "max-pool-ceil": network(one("max_pool2d", kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1], ceil_mode=True)),
        "avg-pool": network(one("avg_pool2d", kernel=[2, 2], stride=[2, 2])),
        "batch-norm": network(one("batch_norm"), tensors={f"x.{part}": [4] for part in ("weight", "bias", "running_mean", "running_var")}),
        "local-response-norm": network(one("local_response_norm", size=3)),
        "channel-shuffle": network(one("channel_shuffle", groups=2)),
        "slice": network(one("slice", start=1, end=3), channels=2),
        "dropout": network(one("dropout", rate=0.5)),
        "elu": network(one("elu", alpha=0.5)),
        "softplus": network(one("softplus", beta=2.0)),
        "grouped": network(
            one("conv2d", out_channels=4, kernel=[3, 3], groups=2, padding=[1, 1, 1, 1]),
            tensors={"x.weight": [4, 2, 3, 3], "x.bias": [4]},
        ),
        "dilated": network(
            one("conv2d", out_channels=4, kernel=[2, 2], dilation=[3, 2], stride=[2, 1], bias=False), tensors={"x.weight": [4, 4, 2, 2]}
        ),
    }
    for kind in ("sigmoid", "tanh", "silu", "gelu", "selu", "mish", "hard_sigmoid", "hard_swish"):
        middles[kind.replace("_", "-")] = network(one(kind))
    for kind, channels in (("add", 4), ("mul", 4), ("concat", 8)):
        both = [*one("relu"), {"name": "y", "kind": kind, "inputs": ["conv", "x"]}]
        middles[kind] = network(both, channels=channels)
    for name, (layers, tensors) in middles.items():
        put("model", name, model_file(layers, tensors))
    layers, tensors = middles["relu"]
    flat = [{"name": "flatten", "kind": "flatten", "inputs": ["input"]}, {"name": "fc", "kind": "linear", "inputs": ["flatten"], "out_features": 2}]
    put("model", "linear", model_file(flat, {"fc.weight": [2, 108], "fc.bias": [2]}))
    put("model", "softmax", model_file([*layers, {"name": "p", "kind": "softmax", "inputs": ["mean"]}], tensors))
    # What is not sound.
    broken = {
        "title-turns": {"title": "safe\u202egpj"}, "name-commands": {"name": "\x1b[2J"}, "class-of-two-lines": {"classes": ["a\u2028b", "c"]},
        "format-2": {"format": 2}, "classes-many": {"classes": [""] * 5000}, "input-large": {"input": {"shape": [3, 4096, 4096], "range": [0, 1],
        "mean": [0, 0, 0], "std": [1, 1, 1], "crop": 1.0}}, "crop-negative": {"input": {"shape": [3, 6, 6], "range": [0, 1], "mean": [0, 0, 0],
        "std": [1, 1, 1], "crop": -1}}, "layers-none": {"layers": []}, "unknown-field": {"code": "import os"},
    }
    for name, changes in broken.items():
        put("model", name, model_file(layers, tensors, **changes))
    for name, settings in {
        "pool-huge": {"kind": "max_pool2d", "kernel": [1024, 1024], "stride": [1, 1], "padding": [512, 512, 512, 512]},
        "groups-zero": {"kind": "conv2d", "out_channels": 4, "kernel": [1, 1], "groups": 0},
        "kernel-zero": {"kind": "conv2d", "out_channels": 4, "kernel": [0, 1]},
        "inputs-many": {"kind": "concat", "inputs": ["conv"] * 300},
        "name-turns": {"kind": "relu", "name": "x\u202e"},
        "nested": {"kind": "relu", "max": [[[[[[[[]]]]]]]]},
    }.items():
        put("model", name, model_file(network([{"name": "x", "inputs": ["conv"], **settings}])[0], tensors))
    whole = model_file(layers, tensors)
    for name, data in {
        "empty": b"", "eight-zeros": bytes(8), "length-huge": b"\xff" * 8 + whole[8:], "cut-in-header": whole[:200], "cut-in-data": whole[:-5],
        "bytes-after": whole + b"more", "axes-many": struct.pack("<Q", 4070) + b'{"a":{"dtype":"F32","shape":[' + b"0," * 2000 + b'0],"data_offsets":[0,0]}}',
    }.items():
        put("model", name, data)
