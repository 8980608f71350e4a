"""Checkpoints of torchvision's networks, read by relume and compared with PyTorch.

    python checkpoints.py --relume ../../target/debug/relume [--work FOLDER] [NAME ...]

Each network gets the seeded weights of export.py. Its state dict is saved by torch.save, converted by `relume convert` without a word
of which network it is, and asked for its logits and its three maps by `relume explain`. Printed is a row of a Markdown table: the
largest error, relative to the largest number, against PyTorch in 64 bits; see export.py for what the numbers mean.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from export import ROUNDING, Answers, run, seeded
from rules import RULES, difference

ARCHITECTURES = [
    "alexnet", "vgg11", "vgg11_bn", "vgg13", "vgg16", "vgg16_bn", "vgg19", "squeezenet1_0", "squeezenet1_1", "resnet18", "resnet34",
    "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2", "googlenet", "densenet121",
    "densenet161", "densenet169", "densenet201", "mobilenet_v2",
]
# Their adaptive pooling is an ordinary one at this size.
FIXED = {"alexnet": 224, "vgg": 224}


def compare(relume, answers, folder, pictures, legacy):
    """What the network was recognised as, and the largest relative errors."""
    weights, model, tensor, raw = (folder / part for part in ("n.pth", "n.safetensors", "x.safetensors", "raw.safetensors"))
    torch.save(answers.network.state_dict(), weights, _use_new_zipfile_serialization=not legacy)
    size = f"{answers.size},{answers.size}"
    said = run(relume, "convert", str(weights), str(model), "--preset", "zero-to-one", "--dtype", "f32", "--size", size)
    title = said.split(": ")[1].split(", ")[0]
    weights.unlink()
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
    return title, best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=ARCHITECTURES)
    parser.add_argument("--relume", required=True)
    parser.add_argument("--work", default=None, help="where the files go while they are compared")
    parser.add_argument("--side", type=int, default=128, help="rows and columns of a picture, where the network takes any")
    parser.add_argument("--pictures", type=int, default=2, help="how many pictures are tried at most")
    parser.add_argument("--legacy", action="store_true", help="save as PyTorch did before 1.6")
    options = parser.parse_args()
    print("| network | logits | backprop | deconvnet | guided | PyTorch in 32 bits |\n|---|---|---|---|---|---|")
    for name in options.names:
        side = next((side for start, side in FIXED.items() if name.startswith(start)), options.side)
        answers = Answers(seeded(name), side)
        with tempfile.TemporaryDirectory(dir=options.work) as folder:
            try:
                title, errors = compare(options.relume, answers, Path(folder), options.pictures, options.legacy)
                row = " | ".join([title, *(f"{error:.1e}" for error in errors)])
            except RuntimeError as error:
                row = f"{name} | {error} | | | |"
            print(f"| {row} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
