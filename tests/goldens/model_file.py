"""Reads and writes a model file: safetensors, with the graph as JSON under the metadata key `relume`."""

import json

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


def read(path):
    """The description (a dict) and the tensors, as f32 arrays by name."""
    with safe_open(path, framework="numpy") as file:
        model = json.loads(file.metadata()["relume"])
        tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}
    return model, tensors


def write(path, model, tensors):
    """Writes `tensors` in the dtype they come in."""
    text = json.dumps(model, separators=(",", ":"), ensure_ascii=False)
    save_file({name: np.ascontiguousarray(t) for name, t in tensors.items()}, path, metadata={"relume": text})


def layer(name, kind, *inputs, **fields):
    """One layer of a description."""
    return {"name": name, "kind": kind, "inputs": list(inputs), **fields}


def parameter_shapes(layers, channels_in):
    """The shape of every parameter tensor, following the channels through the graph (no spatial sizes are needed)."""
    channels = {"input": channels_in}
    shapes = {}
    for layer in layers:
        name, kind = layer["name"], layer["kind"]
        inputs = [channels[i] for i in layer["inputs"]]
        out = sum(inputs) if kind == "concat" else inputs[0]
        if kind == "conv2d":
            out = layer["out_channels"]
            shapes[f"{name}.weight"] = [out, inputs[0] // layer.get("groups", 1), *layer["kernel"]]
        elif kind == "linear":
            out = layer["out_features"]
            shapes[f"{name}.weight"] = [out, inputs[0]]
        elif kind == "mul":
            out = max(inputs)
        elif kind == "slice":
            out = layer["end"] - layer["start"]
        elif kind == "flatten":
            out = layer.get("features", out)
        elif kind == "prelu":
            shapes[f"{name}.weight"] = [1 if layer.get("shared") else out]
        elif kind == "batch_norm":
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.{part}"] = [out]
        if kind in ("conv2d", "linear") and layer.get("bias", True):
            shapes[f"{name}.bias"] = [out]
        channels[name] = out
    return shapes
