"""What becomes of a picture before it goes into the network: a model file says it, a PyTorch module does not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Union

from .error import RelumeError

#: The longest side of a picture.
MAX_SIDE = 4096


class Normalisation(TypedDict, total=False):
    """Pixels from ``range[0]`` (black) to ``range[1]`` (white), less ``mean``, divided by ``std``."""

    range: Sequence[float]
    mean: Union[float, Sequence[float]]
    std: Union[float, Sequence[float]]


#: The names that ``relume convert --preset`` has, too.
PRESETS: Mapping[str, Normalisation] = {
    "imagenet": {"range": (0, 1), "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
    "zero-to-one": {"range": (0, 1), "mean": 0, "std": 1},
    "minus-one-to-one": {"range": (-1, 1), "mean": 0, "std": 1},
}

FORM = f"one of {', '.join(PRESETS)}, or a dict such as {{'range': (0, 1), 'mean': (0.5, 0.5, 0.5), 'std': (0.2, 0.2, 0.2)}}"


def input_spec(given: str | Mapping[str, Any], channels: int, size: Sequence[int]) -> dict[str, Any]:
    """The field ``input`` of a model file.

    Args:
        given: a preset's name, or ``range``, ``mean`` and ``std``; what is left out is ``(0, 1)``, 0 and 1.
        channels: 3, or 1 for grey.
        size: ``(height, width)`` in pixels.

    Raises:
        RelumeError: ``invalid-option``.
    """
    if isinstance(channels, bool) or channels not in (1, 3):
        raise RelumeError("invalid-option", f"channels={channels!r}: a picture has 3 channels, or 1 if it is grey")
    height, width = _size(size)
    if isinstance(given, str):
        if given not in PRESETS:
            raise RelumeError("invalid-option", f"input={given!r}: give {FORM}")
        if given == "imagenet" and channels == 1:
            raise RelumeError(
                "invalid-option", "input='imagenet' is for colours; for grey pictures give range, mean and std"
            )
        given = PRESETS[given]
    if not isinstance(given, Mapping):
        raise RelumeError("invalid-option", f"input={given!r}: give {FORM}")
    unknown = [str(name) for name in given if name not in ("range", "mean", "std")]
    if unknown:
        raise RelumeError("invalid-option", f"input has {', '.join(unknown)}; it takes range, mean and std")
    low, high = _numbers(given.get("range", (0, 1)), "range", 2)
    mean = _numbers(given.get("mean", 0), "mean", channels)
    std = _numbers(given.get("std", 1), "std", channels)
    if low == high:
        raise RelumeError("invalid-option", f"input's range is {low:g} to {high:g}: black and white must differ")
    if any(number <= 0 for number in std):
        raise RelumeError("invalid-option", f"input's std is {std}: each number is divided by, and must be above 0")
    return {"shape": [channels, height, width], "range": [low, high], "mean": mean, "std": std, "crop": 1}


def _size(size: Sequence[int]) -> tuple[int, int]:
    wrong = RelumeError(
        "invalid-option",
        f"size={size!r}: give height and width in pixels, each from 1 to {MAX_SIDE}, such as size=(224, 224)",
    )
    try:
        height, width = size
        if isinstance(height, bool) or isinstance(width, bool):
            raise wrong
        pair = int(height), int(width)
    except (TypeError, ValueError):
        raise wrong from None
    if pair != (height, width) or not all(1 <= side <= MAX_SIDE for side in pair):
        raise wrong
    return pair


def _numbers(given: Any, name: str, count: int) -> list[float]:
    try:
        single = isinstance(given, (int, float))
        numbers = [float(given)] * count if single and name != "range" else [float(number) for number in given]
    except (TypeError, ValueError):
        raise RelumeError("invalid-option", f"input's {name} is {given!r}: give {count} numbers") from None
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise RelumeError("invalid-option", f"input's {name} is {given!r}: give {count} numbers")
    return numbers
