"""A model file: one safetensors file whose metadata says which network the weights belong to."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from .error import RelumeError
from .layers import Array

DTYPES = {"f16": np.float16, "f32": np.float32}


@dataclass
class ModelFile:
    """A model file before it is written: ``description`` as in ``docs/model-file.md``, ``tensors`` by their names."""

    description: dict[str, Any]
    tensors: Mapping[str, Array]

    def to_bytes(self, dtype: str) -> bytes:
        """The file, with numbers of 16 or 32 bits (``f16``, ``f32``).

        Raises:
            RelumeError: ``not-finite`` for a NaN, an infinity, or a number that 16 bits do not hold.
        """
        stored = {}
        for name, tensor in self.tensors.items():
            if not np.isfinite(tensor).all():
                raise RelumeError(
                    "not-finite", f"the tensor {name} holds NaN or infinity, so the network has no answer"
                )
            with np.errstate(over="ignore"):
                numbers = np.ascontiguousarray(tensor, dtype=DTYPES[dtype])
            if not np.isfinite(numbers).all():
                largest = float(np.abs(tensor).max())
                raise RelumeError(
                    "not-finite",
                    f"the tensor {name} holds {largest:g}, which 16 bits do not hold (at most 65504); give dtype='f32'",
                )
            stored[name] = numbers
        metadata = {"relume": json.dumps(self.description, ensure_ascii=False, allow_nan=False)}
        return safetensors.numpy.save(stored, metadata=metadata)


def write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all: one that is there already stays until the new one is complete.

    Raises:
        RelumeError: ``unreadable``.
    """
    unfinished = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            unfinished = Path(file.name)
            file.write(content)
        # Such a file is for its owner alone; this one has the permissions of any new file.
        mask = os.umask(0)
        os.umask(mask)
        unfinished.chmod(0o666 & ~mask)
        unfinished.replace(path)
    except OSError as error:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        raise RelumeError("unreadable", f"{path} cannot be written: {error.strerror}") from None
