"""A small model that is in order, and the bytes of a safetensors file, with every knob a fault needs."""

import copy
import json
import struct


def layer(name, kind, *inputs, **fields):
    return {"name": name, "kind": kind, "inputs": list(inputs), **fields}


DESCRIPTION = {
    "format": 1, "name": "small", "title": "Small", "licence": "CC0-1.0", "source": "made by hand",
    "input": {"shape": [3, 8, 8], "range": [0, 1], "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "crop": 1},
    "classes": ["a", "b", "c"],
    "layers": [
        layer("conv1", "conv2d", "input", out_channels=2, kernel=[1, 1]),
        layer("relu1", "relu", "conv1"),
        layer("pool1", "max_pool2d", "relu1", kernel=[2, 2], stride=[2, 2]),
        layer("conv2", "conv2d", "pool1", out_channels=2, kernel=[1, 1]),
        layer("add1", "add", "pool1", "conv2"),
        layer("norm1", "batch_norm", "add1"),
        layer("global_pool", "global_avg_pool", "norm1"),
        layer("fc", "linear", "global_pool", out_features=3),
        layer("softmax", "softmax", "fc"),
    ],
}

SHAPES = {
    "conv1.weight": [2, 3, 1, 1], "conv1.bias": [2], "conv2.weight": [2, 2, 1, 1], "conv2.bias": [2],
    "norm1.weight": [2], "norm1.bias": [2], "norm1.running_mean": [2], "norm1.running_var": [2],
    "fc.weight": [3, 2], "fc.bias": [3],
}


class Model:
    """The sound model, taken apart, for a fault to spoil: description, tensor entries, data."""

    def __init__(self):
        self.description = copy.deepcopy(DESCRIPTION)
        self.entries, self.data = {}, b""
        for number, (name, shape) in enumerate(SHAPES.items()):
            count = 1
            for size in shape:
                count *= size
            begin = len(self.data)
            self.data += struct.pack(f"<{count}f", *[0.25 + 0.5 * ((number + i) % 3) for i in range(count)])
            self.entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(self.data)]}

    def layer(self, name):
        return next(each for each in self.description["layers"] if each["name"] == name)

    def set_value(self, tensor, index, value):
        """Writes one f32 of `tensor`."""
        at = self.entries[tensor]["data_offsets"][0] + 4 * index
        self.data = self.data[:at] + struct.pack("<f", value) + self.data[at + 4 :]

    def drop_layer(self, name):
        self.description["layers"].remove(self.layer(name))

    def described(self):
        return json.dumps(self.description, separators=(",", ":"))

    def header(self, description=None):
        """The header's text; `description` replaces the model's own, whatever it is."""
        text = self.described() if description is None else description
        return json.dumps({"__metadata__": {"relume": text}, **self.entries}, separators=(",", ":"))

    def file(self, header=None, data=None, length=None):
        """The file's bytes; header, data and the header's stated length can each be replaced."""
        header = self.header() if header is None else header
        header = header if isinstance(header, bytes) else header.encode()
        header += b" " * (-len(header) % 8)
        length = len(header) if length is None else length
        return struct.pack("<Q", length) + header + (self.data if data is None else data)
