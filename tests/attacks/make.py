"""Writes the attacks, and the list of what each tries: `python3 tests/attacks/make.py`."""

import json
import struct
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "corpus"))

from checkpoint_seeds import Call, alexnet, archive, pickled, saved, tensor  # noqa: E402
from model_seeds import model_file, network  # noqa: E402
from onnx_seeds import constant, field, node, onnx_file  # noqa: E402
from picture_seeds import chunk, png  # noqa: E402

LIST = []


def attack(target, name, data, code, tries):
    """Writes an attack; `code` is that of the refusal, or None for a file that is read all the same."""
    (HERE / name).write_bytes(data)
    LIST.append({"file": name, "target": target, "code": code, "tries": tries})


def checkpoints():
    huge = tensor((1 << 20, 1 << 11), (0, 0))
    bad = "invalid-model"
    attack("checkpoint", "expanded-tensor.pth", saved(alexnet(**{"classifier.6.weight": huge}), bytes(4)), bad,
           "a weight of 2^31 numbers that are one stored number: 8 GB of memory")
    tensors = alexnet(**{"features.0.weight": tensor((1 << 31, 3, 11, 11), (0,) * 4)})
    attack("checkpoint", "expanded-kernel.pth", saved(tensors, bytes(4)), bad, "the same in the first convolution")
    beside = {"model": alexnet(), "optimizer": {str(at): huge for at in range(200)}}
    attack("checkpoint", "expanded-beside.pth", saved(beside, bytes(4)), None,
           "200 such tensors that the network does not need: they are not read, and the network is")
    attack("checkpoint", "command.pth", saved(Call("os", "system", "touch /tmp/owned")), bad, "a command in the pickle")
    attack("checkpoint", "command-in-a-key.pth", saved({"a": Call("builtins", "exec", "raise SystemExit")}), bad, "a program in the pickle")
    attack("checkpoint", "list-of-lists.pth", saved(b"\x80\x02]" + b"2a" * 100000 + b"."), bad, "a list that holds itself a hundred thousand times")
    attack("checkpoint", "far-memo.pth", b"\x80\x02Nr\xff\xff\xff\x7f.", bad, "a value remembered at place 2^31: 50 GB of empty places")
    attack("checkpoint", "marks.pth", b"\x80\x02" + b"(" * 300000, bad, "300,000 open lists")
    sound = alexnet()
    for name, change in {"shorter": -4, "longer": 12}.items():
        def told(file, size, change=change):
            return size + change if file.endswith("/0") else size

        attack("checkpoint", f"list-tells-{name}.pth", saved(sound, bytes(8), tell=told), bad,
               f"a ZIP archive whose list tells a {name} file than the file itself: two programs read two networks")
    once = archive([("net/data.pkl", pickled(sound)), ("net/data/0", bytes(4))])
    end = once.rindex(b"PK\x05\x06")
    listed = once.index(b"PK\x01\x02")
    twice = once[:end] + once[listed:end].replace(b"data/0", b"data/1") + once[end:]
    attack("checkpoint", "files-over-each-other.pth", twice, bad, "a file that the list names twice, under two names")


def models():
    pool = [{"name": "x", "kind": "max_pool2d", "inputs": ["input"], "kernel": [1000, 1000], "stride": [1, 1]},
            {"name": "mean", "kind": "global_avg_pool", "inputs": ["x"]}]
    picture = {"shape": [3, 1040, 1040], "range": [0, 1], "mean": [0, 0, 0], "std": [1, 1, 1], "crop": 1.0}
    classes = {"classes": ["a", "b", "c"]}
    attack("model", "slow-pooling.safetensors", model_file(pool, {}, input=picture, **classes), "too-large",
           "one max-pooling of a million comparisons for each of its outputs: minutes of work")
    relus = [{"name": f"r{at}", "kind": "relu", "inputs": [f"r{at - 1}" if at else "input"]} for at in range(4000)]
    relus.append({"name": "mean", "kind": "global_avg_pool", "inputs": ["r3999"]})
    picture = picture | {"shape": [3, 205, 205]}
    attack("model", "many-activations.safetensors", model_file(relus, {}, input=picture, **classes), "too-large",
           "4000 layers in 300 kB whose activations are 2 GB")
    layers, tensors = network([])
    bad = "invalid-model"
    attack("model", "many-classes.safetensors", model_file(layers, tensors, classes=[""] * 100000), bad, "100,000 classes without a name")
    deep = layers[:-1] + [layers[-1] | {"x": [[]] * 100000}]
    attack("model", "many-values.safetensors", model_file(deep, tensors), bad, "a layer with 100,000 empty lists, ten times as large in memory")
    attack("model", "nested.safetensors", model_file(layers, tensors).replace(b"CC0", b"CC0" + b"[" * 10000), bad, "lists within lists, for the stack")
    axes = b'{"a":{"dtype":"F32","shape":[' + b"0," * 50000 + b'0],"data_offsets":[0,0]}}'
    attack("model", "many-axes.safetensors", struct.pack("<Q", len(axes)) + axes, bad, "a tensor of 50,001 axes")
    attack("model", "title-turns.safetensors", model_file(layers, tensors, title="cat\u202egpj.exe"), bad, "a title that reads otherwise than it is")
    attack("model", "class-of-two-lines.safetensors", model_file(layers, tensors, classes=["a\u2028b", "c"]), bad, "a class that forges a line")
    attack("model", "title-commands.safetensors", model_file(layers, tensors, title="\x1b]0;owned\x07"), bad, "a title that commands the terminal")


def onnx():
    ones = field(1, field(1, "sh") + field(2, "w") + field(4, "ConstantOfShape"))
    shape = constant("sh", [4], [1 << 10, 3, 1 << 8, 1 << 8], 7)
    attack("onnx", "computed-weights.onnx", onnx_file(ones + node("Conv", ["in", "w"], "out"), shape), "invalid-model",
           "weights that the file does not hold but computes: 800 MB")
    name = field(5, field(1, "a"))
    many = b"".join(field(1, field(2, f"o{at}") + field(4, "Relu") + b"".join(field(5, field(1, chr(97 + each))) for each in range(26))) for at in range(5000))
    attack("onnx", "many-attributes.onnx", onnx_file(many + name), "invalid-model", "130,000 attributes of five bytes, forty times as large in memory")
    attack("onnx", "many-nodes.onnx", field(8, field(2, 17)) + field(7, field(1, b"") * 70000), "invalid-model", "70,000 nodes of two bytes")
    external = field(5, field(1, 1) + field(2, 1) + field(8, "w") + field(13, field(1, "location") + field(2, "/etc/passwd")) + field(14, 1))
    attack("onnx", "file-beside.onnx", onnx_file(node("Relu", ["in"], "out"), external), "invalid-model", "weights in another file of the machine")
    attack("onnx", "huge-picture.onnx", onnx_file(node("Relu", ["in"], "out"), sides=(1, 3, 1 << 31, 1 << 31)), "invalid-option", "a picture of 2^62 pixels")


def pictures():
    bad = "invalid-picture"
    attack("picture", "blank.png", png(8000, 8000, 1, 0), bad, "64 million pixels in 8 kB: seconds of work, 256 MB")
    profile = zlib.compressobj(9)
    data = b"".join(profile.compress(bytes(1 << 20)) for _ in range(256)) + profile.flush()
    attack("picture", "profile-inflates.png", png(2, 2, 8, 2, before=chunk(b"iCCP", b"p\0\0" + data)), None,
           "a colour profile of 256 MB in 260 kB: it is passed over, and the picture read without it")
    sides = png(1, 1, 8, 0)
    attack("picture", "huge-sides.png", sides[:16] + b"\x7f\xff\xff\xff" * 2 + sides[24:], bad, "2^62 pixels")
    jpeg = (HERE.parent / "pictures/progressive.jpg").read_bytes()
    scan = jpeg.rindex(b"\xff\xda")
    attack("picture", "many-scans.jpg", jpeg[:scan] + jpeg[scan:-2] * 100 + jpeg[-2:], bad, "a progressive JPEG of a hundred scans, each of which goes over all pixels")
    tags = [(256, 3, 1, 4), (257, 3, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8), (278, 3, 1, 2), (279, 4, 1, 1 << 31)]
    listed = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    attack("picture", "huge-strip.tiff", b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + listed + bytes(4), bad, "a strip of 2 GB in 110 bytes")


def texts():
    attack("draw-options", "nested.json", b"[" * 100000, "invalid-option", "lists within lists, for the stack")
    attack("target", "long.txt", b"a" * 100000 + b":x", "invalid-target", "a name of 100 kB, for the error message")
    survey = {"format": 1, "about": {"model": "m", "checksum": 1, "count": 9, "names": 2, "most": 3}, "done": 4, "skipped": [], "layers": []}
    attack("survey", "path-outside.json", json.dumps(survey | {"pictures": ["../../etc/passwd"]}).encode(), "invalid-option", "a picture outside of the folder")
    attack("survey", "path-absolute.json", json.dumps(survey | {"pictures": ["/etc/passwd"]}).encode(), "invalid-option", "a picture elsewhere on the machine")


if __name__ == "__main__":
    checkpoints()
    models()
    onnx()
    pictures()
    texts()
    (HERE / "attacks.json").write_text(json.dumps(LIST, indent=1) + "\n")
    print(len(LIST), "attacks")
