"""Checkpoints, as torch.save writes them, and as no program does."""

import pickle
import struct
import zlib

from seed_file import ROOT, put

class Storage:
    """What torch.save writes in the place of a storage."""

    def __init__(self, key, kind="FloatStorage", count=4):
        self.id = ("storage", Named("torch", kind), key, "cpu", count)


class Named:
    """A function or class, written by its name alone."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    def __init__(self, module, name, *arguments):
        self.function, self.arguments = Named(module, name), arguments


def tensor(shape, stride, offset=0, key="0", kind="FloatStorage"):
    return Call("torch._utils", "_rebuild_tensor_v2", Storage(key, kind), offset, shape, stride, False, Call("collections", "OrderedDict"))


def pickled(value):
    """Protocol 2, by hand, so that nothing has to be imported to write it."""

    def write(value):
        if isinstance(value, Named):
            return f"c{value.module}\n{value.name}\n".encode()
        if isinstance(value, Call):
            return write(value.function) + write(value.arguments) + b"R"
        if isinstance(value, Storage):
            return write(value.id) + b"Q"
        if isinstance(value, tuple):
            return b"(" + b"".join(map(write, value)) + b"t"
        if isinstance(value, list):
            return b"](" + b"".join(map(write, value)) + b"e"
        if isinstance(value, dict):
            return b"}(" + b"".join(write(part) for pair in value.items() for part in pair) + b"u"
        return pickle.dumps(value, 2)[2:-1]

    return b"\x80\x02" + write(value) + b"."


def archive(files, tell=lambda name, size: size, method=0):
    """A ZIP archive; `tell` says what its list tells of a file's size."""
    data, listed = b"", b""
    for name, content in files:
        name, start = name.encode(), len(data)
        crc = zlib.crc32(content)
        told = tell(name.decode(), len(content))
        data += b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0, crc, len(content), len(content), len(name), 0) + name + content
        listed += b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, method, 0, 0, crc, told, told, len(name), 0, 0, 0, 0, 0, start) + name
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(listed), len(data), 0)
    return data + listed + b"PK\x05\x06" + end


def saved(value, storage=bytes(64), **how):
    program = value if isinstance(value, bytes) else pickled(value)
    return archive([("net/data.pkl", program), ("net/byteorder", b"little"), ("net/data/0", storage), ("net/version", b"3\n")], **how)


def alexnet(**more):
    """An AlexNet of one channel a layer, whose weights are all one stored number."""
    shapes = {"features.0": (1, 3, 11, 11), "features.3": (1, 1, 5, 5), "classifier.1": (4, 36), "classifier.4": (4, 4), "classifier.6": (2, 4)}
    shapes |= {f"features.{at}": (1, 1, 3, 3) for at in (6, 8, 10)}
    tensors = {}
    for name, shape in shapes.items():
        for part, shape in (("weight", shape), ("bias", shape[:1])):
            tensors[f"{name}.{part}"] = tensor(shape, (0,) * len(shape))
    return tensors | more


def legacy(value):
    """A file of PyTorch before 1.6: pickles, one after the other, and the numbers."""
    program = value if isinstance(value, bytes) else pickled(value)
    head = pickled(0x1950A86A20F9469CFC6C) + pickled(1001) + pickled({})
    return head + program + pickled(["0"]) + struct.pack("<Q", 4) + bytes(64)


def checkpoints():
    folder = ROOT / "crates/relume-checkpoint/tests/files"
    for name in ("squeezenet1_0", "densenet", "alexnet"):
        put("checkpoint", name, (folder / f"{name}.pth").read_bytes())
    plain, expanded = tensor((2, 2), (2, 1)), tensor((1 << 31,), (0,))
    first = "features.0.weight"
    for name, value in {
        "network": alexnet(), "network-nested": {"epoch": 3, "state_dict": alexnet(), "optimizer": {"step": plain}}, "one-tensor": {first: plain}, "expanded": {first: expanded}, "expanded-often": {f"optimizer.{at}": expanded for at in range(200)},
        "nested": {"state_dict": {"module": {first: plain}}}, "list": [plain, [plain]], "shape-and-strides": {first: tensor((2, 2), (1,))},
        "offset-beyond": {first: tensor((2,), (1,), offset=1 << 40)}, "offset-negative": {first: tensor((2,), (1,), offset=-1)},
        "strides-huge": {first: tensor((2, 2), (1 << 62, 1 << 62))}, "storage-missing": {first: tensor((1,), (1,), key="9")},
        "half": {first: tensor((2, 2), (2, 1), kind="HalfStorage")}, "bfloat": {first: tensor((3,), (1,), kind="BFloat16Storage")},
        "double": {first: tensor((2,), (1,), kind="DoubleStorage")}, "integers": {first: tensor((2,), (1,), kind="LongStorage")},
        "key-is-a-path": {first: tensor((1,), (1,), key="../../etc/passwd")}, "name-turns": {"features\u202e.weight": plain},
        "name-commands": {"\x1b]0;title\x07": plain}, "name-long": {"a" * 600: plain}, "no-tensor": {"epoch": 3}, "empty": {}, "a-number": 7,
        "command": Call("os", "system", "touch /tmp/owned"), "builtin": Call("builtins", "eval", "1"), "module": Named("torch.nn", "Linear"),
        "parameter": {first: Call("torch._utils", "_rebuild_parameter", plain, True, {})}, "call-without-tuple": b"\x80\x02cos\nsystem\nNR.",
    }.items():
        put("checkpoint", name, saved(value))
        # Without checksums, so that a mutant of the pickle is not refused before it is looked at.
        put("checkpoint", f"old-{name}", legacy(value))
    sound = {first: plain}
    put("checkpoint", "list-tells-more", saved(sound, tell=lambda name, size: size + (3 if name.endswith("/0") else 0)))
    put("checkpoint", "list-tells-less", saved(sound, tell=lambda name, size: size - (3 if name.endswith("/0") else 0)))
    put("checkpoint", "compressed", saved(sound, method=8))
    put("checkpoint", "twice", archive([("net/data.pkl", pickled(sound))] * 2))
    put("checkpoint", "other-zip", archive([("readme.txt", b"hello")]))
    put("checkpoint", "torchscript", archive([("net/data.pkl", pickled(sound)), ("net/constants.pkl", b""), ("net/code/x.py", b"")]))
    put("checkpoint", "big-endian", archive([("net/data.pkl", pickled(sound)), ("net/byteorder", b"big"), ("net/data/0", bytes(64))]))
    whole = saved(sound)
    for name, data in {
        "cut-in-list": whole[:-30], "cut-in-pickle": whole[:80], "only-end": whole[-22:], "comment": whole[:-2] + b"\x04\0PK\x05\x06",
        "marks": b"\x80\x02" + b"(" * 3000 + b".", "doubling": b"\x80\x02]" + b"2a" * 200 + b".", "itself": b"\x80\x02]q\0h\0a.",
        "memo-far": b"\x80\x02Nr\xff\xff\xff\x7f.", "long-int": b"\x80\x02\x8b\xff\xff\xff\x7f.", "text-huge": b"\x80\x02X\xff\xff\xff\x7fa.",
    }.items():
        put("checkpoint", name, data)
