"""Networks of torchvision through ONNX into relume, compared with PyTorch.

    python export.py --relume ../../target/debug/relume [--work FOLDER] [NAME ...]

`make test-models PYTHON=…` does so, with requirements.txt installed.

Each network gets seeded weights, is written as ONNX by both exporters of PyTorch, converted by `relume convert`, and asked for
its logits and its three maps by `relume explain`. Printed is a row of a Markdown table: the largest error, relative to the largest
number. A network that is refused has the reason in its row, and fails the run, as an error above 1e-4 does. All files are deleted once
they were compared.

The numbers that are compared with are PyTorch's in 64 bits. In 32 bits every program rounds, so a unit near 0, or two near each
other in a max-pooling, can fall out otherwise: the map of that picture differs visibly though nothing is wrong, while a fault of
the conversion spoils the maps of every picture. So up to --pictures are tried, the row is that of the smallest error, and the last
column has the largest error of PyTorch's own maps in 32 bits on the same picture. Small pictures have fewer units to fall out
otherwise, so each network gets the smallest that it works on.
"""

import argparse
import copy
import logging
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import nn

from rules import RULES, answer, difference

ARCHITECTURES = [
    "alexnet", "vgg11", "vgg11_bn", "squeezenet1_1", "resnet18", "resnet50", "resnext50_32x4d", "googlenet", "inception_v3",
    "densenet121", "mobilenet_v2", "mobilenet_v3_small", "mnasnet1_0", "shufflenet_v2_x1_0", "efficientnet_b0", "regnet_y_400mf",
]
# Only at 224 is the adaptive pooling before the fully connected layers an ordinary pooling.
SIDES = {"alexnet": 224, "vgg11": 224, "vgg11_bn": 224, "inception_v3": 96}
SIDE = 64
# Beyond it a conversion counts as wrong.
BOUND = 1e-4
SEED = 1
# The classes are cut to a few, so that a large last layer does not hide what matters.
CLASSES = 10
# An error that needs no other picture.
ROUNDING = 1e-5


def seeded(name):
    """The network in evaluation, float32, with weights that let a signal through, and statistics unlike those of a new network."""
    torch.manual_seed(SEED)
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if name in ("googlenet", "inception_v3"):
        options["aux_logits"] = False
    network = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **options)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.uniform_(module.bias, -0.1, 0.1)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.uniform_(module.bias, -0.2, 0.2)
    # The statistics of a few random pictures, as training would have left them.
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    if norms:
        for module in norms:
            module.momentum = None
            module.reset_running_stats()
        network.train()
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.eval()
        with torch.no_grad():
            network(torch.randn(4, 3, 128, 128))
    return network.eval().requires_grad_(False)


def export(network, picture, path, dynamo):
    more = {"external_data": False, "verbose": False} if dynamo else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (picture,), str(path), dynamo=dynamo, **more)


def run(*command):
    """What the command prints, or the last line of its error."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(re.sub(r"^relume: \S+\.onnx: ", "", done.stderr.strip().splitlines()[-1]))
    return done.stdout


class Answers:
    """What PyTorch says of the pictures, in 64 bits; each is computed once for both exporters."""

    def __init__(self, network, size):
        self.network, self.exact, self.size, self.known = network, copy.deepcopy(network).double(), size, {}

    def __getitem__(self, seed):
        if seed not in self.known:
            picture = torch.randn(1, 3, self.size, self.size, generator=torch.Generator().manual_seed(seed))
            logits, maps = answer(self.exact, picture.double())
            _, rounded = answer(self.network, picture, int(logits.argmax()))
            own = max(difference(rounded[rule], maps[rule]) for rule in RULES)
            self.known[seed] = picture, logits, maps, own
        return self.known[seed]


def compare(relume, answers, folder, dynamo, pictures):
    """The largest relative error of the logits and of each map; last, that of PyTorch's maps in 32 bits."""
    onnx, model, tensor, raw = (folder / part for part in ("n.onnx", "n.safetensors", "x.safetensors", "raw.safetensors"))
    export(answers.network, torch.zeros(1, 3, answers.size, answers.size), onnx, dynamo)
    run(relume, "convert", str(onnx), str(model), "--preset", "zero-to-one", "--dtype", "f32")
    onnx.unlink()
    best = None
    for seed in range(pictures):
        picture, logits, maps, own = answers[seed]
        save_file({"input": picture}, tensor)
        errors = []
        for rule in RULES:
            run(relume, "explain", str(model), "--tensor", str(tensor), "--method", rule, "--raw", str(raw))
            ours = load_file(raw)
            if not errors:
                errors.append(difference(ours["logits"].flatten(), logits))
            errors.append(difference(ours["map"], maps[rule]))
        best = min(best or [*errors, own], [*errors, own], key=lambda errors: max(errors[:-1]))
        if max(best[:-1]) < ROUNDING:
            break
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=ARCHITECTURES)
    parser.add_argument("--relume", required=True)
    parser.add_argument("--work", default=None, help="where the files go while they are compared")
    parser.add_argument("--side", type=int, default=None, help="rows and columns of a picture, if not the smallest that fits")
    parser.add_argument("--pictures", type=int, default=40, help="how many pictures are tried at most")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    wrong = []
    print("| network | exporter | logits | backprop | deconvnet | guided | PyTorch in 32 bits |\n|---|---|---|---|---|---|---|")
    for name in options.names:
        side = options.side or SIDES.get(name, SIDE)
        answers = Answers(seeded(name), side)
        for dynamo in (True, False):
            with tempfile.TemporaryDirectory(dir=options.work) as folder:
                exporter = "dynamo" if dynamo else "TorchScript"
                try:
                    errors = compare(options.relume, answers, Path(folder), dynamo, options.pictures)
                    row = " | ".join(f"{error:.1e}" for error in errors)
                    fits = max(errors[:-1]) <= BOUND
                except RuntimeError as error:
                    row, fits = f"{error} | | | |", False
                print(f"| {name}, {side} × {side} | {exporter} | {row} |", flush=True)
                if not fits:
                    wrong.append(f"{name} ({exporter})")
    if wrong:
        print(f"not within {BOUND}: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
