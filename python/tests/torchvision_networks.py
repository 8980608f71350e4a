"""Networks of torchvision by relume.export, compared with PyTorch: a row of a Markdown table for each.

    PYTHONPATH=python RELUME=target/debug/relume python python/tests/torchvision_networks.py [--side 128] [NAME ...]

The weights, the pictures and what is compared are those of tests/models/export.py, which does the same through ONNX: the largest error
of the logits and of each rule's map, relative to the largest number, against PyTorch in 64 bits, on the picture with the smallest error
of those that were tried.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path
from types import ModuleType

import relume
from against_torch import RULES, errors

REPOSITORY = Path(__file__).resolve().parents[2]


def by_onnx() -> ModuleType:
    """tests/models/export.py."""
    spec = importlib.util.spec_from_file_location("by_onnx", REPOSITORY / "tests" / "models" / "export.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(name: str, side: int, pictures: int, onnx: ModuleType) -> str:
    network = onnx.seeded(name)
    answers = onnx.Answers(network, side)
    best: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.safetensors"
        try:
            relume.export(network, model, input="zero-to-one", size=(side, side), dtype="f32")
        except relume.RelumeError as error:
            return f"| {name} | {error} | | | | |"
        for seed in range(pictures):
            picture, logits, maps, own = answers[seed]
            found = errors(network, model, picture, known=(logits, maps))
            numbers = [found["logits"], *(found[rule] for rule in RULES), own]
            best = min(best or numbers, numbers, key=lambda each: max(each[:-1]))
            if max(best[:-1]) < onnx.ROUNDING:
                break
    return f"| {name} | {' | '.join(f'{error:.1e}' for error in best)} |"


def main() -> None:
    onnx = by_onnx()
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=onnx.ARCHITECTURES)
    parser.add_argument("--side", type=int, default=128, help="rows and columns of a picture")
    parser.add_argument("--pictures", type=int, default=2, help="how many pictures are tried at most")
    options = parser.parse_args()
    print(f"| network | logits | {' | '.join(RULES)} | PyTorch in 32 bits |\n|---|---|---|---|---|---|")
    for name in options.names:
        print(row(name, options.side, options.pictures, onnx), flush=True)


if __name__ == "__main__":
    main()
