"""Faults of the file: its header, its tensors, its bytes. Each function spoils a sound model and returns the bytes."""

import json
import math
import struct

FAULTS = {}


def fault(mentions, name=None):
    """Registers a fault; the error's message must hold the word `mentions`."""

    def register(function):
        FAULTS[(name or function.__name__).replace("_", "-")] = (mentions, function)
        return function

    return register


@fault("safetensors")
def empty(model):
    return b""


@fault("safetensors")
def shorter_than_the_length(model):
    return model.file()[:7]


@fault("safetensors")
def a_picture(model):
    return bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(64)


@fault("safetensors")
def a_web_page(model):
    return b"<!doctype html><title>404</title><p>Not found, though the status said 200.</p>"


@fault("safetensors")
def plain_json(model):
    return model.header().encode()


@fault("header")
def header_of_no_bytes(model):
    return model.file(header=b"", data=b"")


@fault("header")
def truncated_header(model):
    return model.file()[:200]


@fault("header")
def header_length_2_to_63(model):
    return model.file(length=2**63)


@fault("header")
def header_length_all_ones(model):
    return model.file(length=2**64 - 1)


@fault("header")
def header_length_beyond_the_file(model):
    return model.file(length=len(model.file()) + 1)


@fault("header")
def header_not_utf8(model):
    return model.file(header=model.header().encode().replace(b"Small", b"Sm\xff\xfel"))


@fault("header")
def header_is_a_list(model):
    return model.file(header="[" + model.header() + "]")


@fault("header")
def header_cut_inside_json(model):
    return model.file(header=model.header()[:-5])


@fault("header")
def header_with_a_second_object(model):
    return model.file(header=model.header() + "{}")


@fault("header")
def header_nested_deeply(model):
    return model.file(header='{"a":' * 1500 + "1" + "}" * 1500)


@fault("twice")
def tensor_named_twice(model):
    entry = json.dumps({"conv1.bias": model.entries["conv1.bias"]})[1:-1]
    return model.file(header=model.header()[:-1] + "," + entry + "}")


@fault("twice")
def metadata_twice(model):
    return model.file(header=model.header()[:-1] + ',"__metadata__":{"relume":"{}"}}')


@fault("metadata")
def metadata_missing(model):
    return model.file(header=json.dumps(model.entries))


@fault("metadata")
def metadata_without_relume(model):
    return model.file(header=json.dumps({"__metadata__": {"format": "pt"}, **model.entries}))


@fault("header")
def metadata_not_text(model):
    return model.file(header=json.dumps({"__metadata__": {"relume": model.description}, **model.entries}))


@fault("fc.bias")
def truncated_data(model):
    return model.file()[:-4]


@fault("tensor")
def no_data_at_all(model):
    return model.file(data=b"")


@fault("follow the last tensor")
def trailing_bytes(model):
    return model.file() + b"more"


@fault("gap")
def gap_between_tensors(model):
    begin, end = model.entries["fc.bias"]["data_offsets"]
    model.entries["fc.bias"]["data_offsets"] = [begin + 4, end + 4]
    return model.file(data=model.data + bytes(4))


@fault("overlap")
def overlapping_tensors(model):
    model.entries["conv2.bias"]["data_offsets"] = list(model.entries["conv1.bias"]["data_offsets"])
    return model.file()


@fault("conv1.bias")
def offsets_backwards(model):
    model.entries["conv1.bias"]["data_offsets"].reverse()
    return model.file()


@fault("conv1.bias")
def offsets_near_2_to_64(model):
    model.entries["conv1.bias"]["data_offsets"] = [2**64 - 8, 2**64 - 1]
    return model.file()


@fault("conv1.bias")
def offsets_negative(model):
    model.entries["conv1.bias"]["data_offsets"] = [-8, 0]
    return model.file()


@fault("conv1.weight")
def shape_whose_product_overflows(model):
    model.entries["conv1.weight"]["shape"] = [2**32, 2**32, 2**32, 2**32]
    return model.file()


@fault("conv1.weight")
def shape_overflows_to_the_right_size(model):
    # 4 * (2^62 + 6) bytes are 24 in 64-bit arithmetic that wraps.
    model.entries["conv1.weight"]["shape"] = [2**62 + 6, 1, 1, 1]
    return model.file()


@fault("conv1.bias")
def shape_not_of_its_bytes(model):
    model.entries["conv1.bias"]["shape"] = [3]
    return model.file()


def retype(model, tensor, dtype, code, value):
    """Gives the last tensor, `tensor`, another type and data to match."""
    entry = model.entries[tensor]
    begin = entry["data_offsets"][0]
    count = entry["shape"][0]
    data = model.data[:begin] + struct.pack(f"<{count}{code}", *[value] * count)
    entry["dtype"], entry["data_offsets"] = dtype, [begin, len(data)]
    return model.file(data=data)


@fault("I64")
def dtype_i64(model):
    return retype(model, "fc.bias", "I64", "q", 1)


@fault("fc.bias")
def dtype_unknown(model):
    model.entries["fc.bias"]["dtype"] = "F31"
    return model.file()


@fault("fc.bias")
def f16_infinite(model):
    return retype(model, "fc.bias", "F16", "H", 0x7C00)


@fault("conv1.weight")
def weight_nan(model):
    model.set_value("conv1.weight", 3, math.nan)
    return model.file()


@fault("fc.weight")
def weight_infinite(model):
    model.set_value("fc.weight", 0, -math.inf)
    return model.file()


@fault("norm1")
def variance_negative(model):
    model.set_value("norm1.running_var", 1, -1.0)
    return model.file()


@fault("conv2.weight")
def tensor_missing(model):
    model.entries["conv9.weight"] = model.entries.pop("conv2.weight")
    return model.file()


@fault("conv9.weight")
def tensor_of_no_layer(model):
    begin = len(model.data)
    model.entries["conv9.weight"] = {"dtype": "F32", "shape": [1], "data_offsets": [begin, begin + 4]}
    return model.file(data=model.data + bytes(4))


@fault("fc.weight")
def tensor_transposed(model):
    model.entries["fc.weight"]["shape"].reverse()
    return model.file()


@fault("fc.weight")
def tensor_with_an_axis_more(model):
    model.entries["fc.weight"]["shape"] = [3, 2, 1]
    return model.file()
