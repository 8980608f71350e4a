"""Makes signals.safetensors: the signal at layers on its way from a class to the picture, by hooks of PyTorch, in f64.

For each case and rule: `CASE/RULE/signal.LAYER`, what arrives at the layer's output, and `CASE/RULE/passed.LAYER`, what goes on to
its input, where it has one only.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

from cases import case
from rules import RULES, Own, RuledReLU

FOLDER = Path(__file__).resolve().parent
# The class, and the layers. Of `odd` one layer of each kind that a signal passes.
ASKED = {
    "odd": (3, [
        "pool1", "conv2", "norm2", "relu2", "conv3", "relu3", "add1", "average", "concat1", "relu4", "global", "flat1",
        "linear1", "relu5", "dropout", "linear2",
    ]),
    "all-cnn-c": (4, ["relu6", "relu8", "relu9"]),
}


def signals(network, x, class_index, layers):
    """What arrives at the output of each of these layers, and what goes on to its input."""
    found = {}

    def hook(name, inputs):
        def keep(_module, passed, arrived):
            found[f"signal.{name}"] = arrived[0]
            if inputs == 1:
                found[f"passed.{name}"] = passed[0]

        return keep

    inputs = {layer["name"]: len(layer["inputs"]) for layer in network.layers}
    handles = [network.steps[name].register_full_backward_hook(hook(name, inputs[name])) for name in layers]
    network(x)[0, class_index].backward()
    for handle in handles:
        handle.remove()
    return found


def main():
    tensors = {}
    for name, (class_index, layers) in ASKED.items():
        one = case(name, FOLDER, None)
        own = Own(one.model, one.tensors)
        for rule in RULES:
            for module in own.network.modules():
                if isinstance(module, RuledReLU):
                    module.rule = rule
            x = one.input.double().requires_grad_(True)
            for key, values in signals(own.network, x, class_index, layers).items():
                tensors[f"{name}/{rule}/{key}"] = values[0].float().contiguous()
    path = FOLDER / "signals.safetensors"
    classes = {name: str(class_index) for name, (class_index, _) in ASKED.items()}
    save_file(tensors, path, metadata=classes)
    path.chmod(0o644)
    print(f"{len(tensors)} tensors, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
