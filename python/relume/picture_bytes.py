"""A picture, in whatever form a notebook has it, as the bytes of a picture file."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .error import RelumeError

FORM = (
    "give the path of a picture file, its bytes, a PIL image, or a NumPy array of unsigned 8-bit numbers, [height, width, 3] "
    "(or 4 with transparency, or [height, width] if it is grey)"
)
#: The fields that PNG has for 1, 2, 3 or 4 numbers a pixel.
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def picture_bytes(picture: Any) -> bytes:
    """The bytes of a picture file; pixels become PNG, which loses nothing.

    Raises:
        RelumeError: ``invalid-picture``, or ``unreadable`` for a file that cannot be read.
    """
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return bytes(picture)
    if isinstance(picture, (str, os.PathLike)):
        try:
            return Path(picture).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RelumeError("unreadable", f"the picture {os.fspath(picture)!r} cannot be read: {reason}") from None
    # A PIL image, without importing PIL.
    if hasattr(picture, "convert") and hasattr(picture, "getbands"):
        picture = np.asarray(
            picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
        )
    if not isinstance(picture, np.ndarray):
        raise RelumeError("invalid-picture", f"a {type(picture).__name__} is not a picture; {FORM}")
    return png(picture)


def png(pixels: npt.NDArray[Any]) -> bytes:
    """Pixels as a PNG file."""
    if pixels.dtype != np.uint8:
        raise RelumeError("invalid-picture", f"the array's numbers are {pixels.dtype}; {FORM}")
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    if pixels.ndim != 3 or pixels.shape[2] not in COLOUR_TYPES or 0 in pixels.shape:
        raise RelumeError("invalid-picture", f"the array has shape {list(pixels.shape)}; {FORM}")
    height, width, numbers = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[numbers], 0, 0, 0)
    # Before each row the filter: none.
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, width * numbers)], axis=1)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
