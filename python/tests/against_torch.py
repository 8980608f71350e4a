"""relume's logits and maps of a model file beside PyTorch's in 64 bits."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path

import relume
import torch
from safetensors.torch import load_file, save_file
from torch import nn

REPOSITORY = Path(__file__).resolve().parents[2]
RELUME = os.environ.get("RELUME", str(REPOSITORY / "target" / "debug" / "relume"))
sys.path.insert(0, str(REPOSITORY / "tests" / "models"))

from rules import RULES, answer, difference  # noqa: E402


def errors(
    network: nn.Module,
    model: Path,
    picture: torch.Tensor,
    known: tuple[torch.Tensor, dict[str, torch.Tensor]] | None = None,
) -> dict[str, float]:
    """The largest error of the logits and of each rule's map, relative to the largest number; `known`: PyTorch's, if they are."""
    logits, maps = known or in_64_bits(network, picture)
    tensor, raw = model.with_name("tensor.safetensors"), model.with_name("raw.safetensors")
    save_file({"input": picture}, str(tensor))
    found = {}
    for rule in RULES:
        command = [
            RELUME,
            "explain",
            str(model),
            "--tensor",
            str(tensor),
            "--method",
            rule,
            "--target",
            str(int(logits.argmax())),
            "--raw",
            str(raw),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        ours = load_file(str(raw))
        found["logits"] = difference(ours["logits"].flatten(), logits.flatten())
        found[rule] = difference(ours["map"], maps[rule])
    return found


def compared(report: relume.ExportReport) -> float:
    """How far the logits were; a report of a file that was not compared has no answer."""
    assert report.largest_difference is not None, report
    return report.largest_difference


def in_64_bits(network: nn.Module, picture: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The logits and the maps of the top class."""
    exact = nn.Sequential(copy.deepcopy(network).double(), _First())
    # The rules take the place of PyTorch's ReLUs, which then do not write over their input.
    logits = exact(picture.double())[0]
    _, maps = answer(exact, picture.double(), int(logits.argmax()))
    return logits, maps


class _First(nn.Module):
    """The answer of a network that gives a tuple of one."""

    def forward(self, answer: torch.Tensor | tuple[torch.Tensor]) -> torch.Tensor:
        return (answer[0] if isinstance(answer, tuple) else answer).flatten(1)
