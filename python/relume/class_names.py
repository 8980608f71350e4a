"""The classes' names, in the order of the network's outputs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .error import RelumeError


def class_names(given: Sequence[str] | str | os.PathLike[str] | None, count: int) -> list[str]:
    """One name for each of ``count`` outputs.

    Args:
        given: the names; or the path of a text file with one a line; or None for ``class 0``, ``class 1``, …

    Raises:
        RelumeError: ``invalid-option`` for names that do not fit, ``unreadable`` for a file that cannot be read.
    """
    if given is None:
        return [f"class {index}" for index in range(count)]
    if isinstance(given, (str, os.PathLike)):
        names, where = _read(Path(given)), f"{given}: "
    else:
        names, where = list(given), "classes: "
    for index, name in enumerate(names):
        if not isinstance(name, str):
            raise RelumeError(
                "invalid-option", f"{where}name {index}, counted from 0, is {name!r}, which is not a text"
            )
        if not name.strip() or any(not letter.isprintable() for letter in name):
            raise RelumeError(
                "invalid-option", f"{where}name {index}, counted from 0, is empty or holds a control character"
            )
    if len(names) != count:
        raise RelumeError(
            "invalid-option",
            f"{where}{len(names)} names, and the network has {count} outputs; give one name for each, in their order",
        )
    return names


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RelumeError("unreadable", f"the classes' names cannot be read from {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RelumeError(
            "invalid-option", f"{path} is not a text file in UTF-8; write the classes' names, one a line"
        ) from None
    return [line.strip() for line in text.rstrip().splitlines()]
