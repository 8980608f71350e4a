"""From a torch.nn.Module to a relume model file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import engine
from .class_names import class_names
from .comparison import largest_difference
from .error import MissingPackage, RelumeError, shortened
from .input_spec import input_spec
from .layers import Array
from .model_file import DTYPES, ModelFile, write

if TYPE_CHECKING:
    from torch import nn

    from .torch_graph import Converted

#: How far relume's logits may be from PyTorch's, relative to the largest; rounding in 32 bits comes to a hundredth of it.
TOLERANCE = 1e-3
SEED = 1
UNCHECKED = (
    "the file was not compared with PyTorch's answer: there is neither Node 20 or later nor the command line `relume` (on the PATH, or "
    "named by the environment variable RELUME)"
)


@dataclass(frozen=True)
class ExportReport:
    """What :func:`export` has written."""

    path: Path | None  #: the file; None where only its bytes were wanted
    layers: tuple[str, ...]  #: their names, in running order, as targets such as ``layer1.0.conv1:12`` use them
    classes: tuple[str, ...]
    notes: tuple[str, ...]  #: what the file says otherwise than the module, a sentence each
    checked_with: str | None  #: ``node`` or ``relume``, whose answer was compared with PyTorch's; None if it was not
    largest_difference: float | None  #: of the logits, relative to the largest; None if they were not compared

    def __str__(self) -> str:
        where = "a model" if self.path is None else str(self.path)
        checked = (
            "not compared with PyTorch"
            if self.checked_with is None
            else f"its logits differ from PyTorch's by {self.largest_difference:.1e} at most"
        )
        return "\n".join([f"{where}: {len(self.layers)} layers, {len(self.classes)} classes; {checked}", *self.notes])


def export(
    module: nn.Module,
    path: str | os.PathLike[str],
    *,
    input: str | Mapping[str, Any],
    size: Sequence[int],
    classes: Sequence[str] | str | os.PathLike[str] | None = None,
    channels: int = 3,
    name: str | None = None,
    title: str | None = None,
    source: str = "unknown",
    licence: str = "unknown",
    dtype: str = "f16",
    check: str | None = "auto",
) -> ExportReport:
    """Writes a network as a relume model file.

    The module is put into evaluation meanwhile, and back into the modes it had. One on a GPU, or in other than 32 bits, is copied.

    Args:
        module: takes pictures ``[1, channels, height, width]`` and gives ``[1, classes]``.
        path: of the model file, usually ``….safetensors``.
        input: how pictures were normalised in training: ``'imagenet'``, ``'zero-to-one'``, ``'minus-one-to-one'``, or a dict with
            ``range`` (what black and white are), ``mean`` and ``std``.
        size: height and width of a picture, in pixels.
        classes: the classes' names in the order of the outputs, or the path of a text file with one a line; ``class 0``,
            ``class 1``, … if left out.
        channels: 3, or 1 for grey pictures.
        name: short, usually in kebab-case; the file's if left out. ``title``: as people write it; the name if left out.
        source: where the weights come from. ``licence``: under which they may be used.
        dtype: ``'f16'`` stores 16 bits a weight, ``'f32'`` 32.
        check: what computes the answer that is compared with PyTorch's: ``'auto'``, ``'node'``, the path of the command line
            ``relume``, or None for no comparison. ``'auto'`` takes the command line that the environment variable RELUME names, else
            Node 20 or later with the engine that this package carries, else a ``relume`` on the PATH; where there is none of them,
            the report says so.

    Returns:
        What was written, and how far its logits were from PyTorch's on a picture of seeded random numbers, in 32 bits.

    Raises:
        RelumeError: ``unsupported-operator`` for what no layer of relume computes, with the module's name; ``invalid-option``,
            ``invalid-model``, ``not-finite``, ``unreadable``; ``internal`` where relume's answer is not PyTorch's. No file is
            written then, and one that is there stays.

    Example:
        >>> network = torchvision.models.resnet18(weights="DEFAULT")
        >>> relume.export(network, "resnet18.safetensors", input="imagenet", size=(224, 224))
    """
    target = Path(path)
    content, report = to_bytes(
        module,
        input=input,
        size=size,
        classes=classes,
        channels=channels,
        name=name or target.name.partition(".")[0] or "network",
        title=title,
        source=source,
        licence=licence,
        dtype=dtype,
        check=check,
    )
    write(target, content)
    return ExportReport(
        target, report.layers, report.classes, report.notes, report.checked_with, report.largest_difference
    )


def to_bytes(
    module: nn.Module,
    *,
    input: str | Mapping[str, Any],
    size: Sequence[int],
    classes: Sequence[str] | str | os.PathLike[str] | None = None,
    channels: int = 3,
    name: str = "network",
    title: str | None = None,
    source: str = "unknown",
    licence: str = "unknown",
    dtype: str = "f16",
    check: str | None = "auto",
) -> tuple[bytes, ExportReport]:
    """:func:`export`, without a file: its bytes."""
    if dtype not in DTYPES:
        raise RelumeError("invalid-option", f"dtype={dtype!r}: give 'f16' or 'f32'")
    spec = input_spec(input, channels, size)
    texts = {"name": name, "title": title or name, "source": source, "licence": licence}
    for field, text in texts.items():
        if not isinstance(text, str) or not text or not text.isprintable():
            raise RelumeError("invalid-option", f"{field}={text!r}: give a text in one line")
    program = engine.find(check)
    network, picture, answer = _converted(module, spec["shape"])
    names = class_names(classes, network.end.count)
    layers = network.layer_list.described(network.layers)
    description = {"format": 1, **texts, "input": spec, "classes": names, "layers": layers}
    tensors = {f"{layer.name}.{part}": array for layer in network.layers for part, array in layer.arrays.items()}
    file = ModelFile(description, tensors)
    content = file.to_bytes(dtype)
    notes, difference = network.end.notes, None
    if program is not None:
        difference = largest_difference(
            engine.logits(program, file.to_bytes("f32"), picture), answer, network.end.left_out
        )
        if not difference <= TOLERANCE:
            raise RelumeError(
                "internal",
                f"relume's logits differ from PyTorch's by {difference:.1e} of the largest, which rounding does not explain; please "
                "report it with the network. check=None writes the file all the same",
            )
    elif check is not None:
        notes.append(UNCHECKED)
    checked = None if program is None else program[0]
    names_of_layers = tuple(layer.name for layer in network.layers)
    return content, ExportReport(None, names_of_layers, tuple(names), tuple(notes), checked, difference)


def _converted(module: nn.Module, shape: Sequence[int]) -> tuple[Converted, Array, Array]:
    """The network as layers, a picture of seeded random numbers, and PyTorch's answer to it."""
    try:
        import torch
    except ImportError:
        raise MissingPackage("exporting a module needs PyTorch: pip install torch") from None
    from .in_evaluation import in_evaluation
    from .torch_graph import convert, tensors

    with in_evaluation(module) as network:
        # Whatever the caller's own defaults are.
        generator = torch.Generator("cpu").manual_seed(SEED)
        picture = torch.randn((1, *shape), generator=generator, dtype=torch.float32, device="cpu")
        try:
            answer = network(picture.clone())
        # A stranger's forward runs here, and may raise anything.
        except Exception as error:
            raise RelumeError(
                "invalid-option",
                f"the network itself fails on a picture of {shape[0]} channels, {shape[1]} × {shape[2]} pixels ({shortened(error)}); "
                "give other size or channels",
            ) from error
        if not tensors(answer):
            kind = type(answer).__name__
            raise RelumeError(
                "invalid-model", f"the network gives a {kind} without a tensor; relume explains [1, classes]"
            )
        converted = convert(network, picture, answer)
        numbers = tensors(answer)[0].to(torch.float32).reshape(-1).numpy()
    if not np.isfinite(numbers).all():
        raise RelumeError("not-finite", "the network answers NaN or infinity to a picture of random numbers")
    return converted, picture.numpy(), numbers
