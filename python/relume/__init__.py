"""relume in Python: a PyTorch network becomes a model file, and a notebook shows what it looked at.

>>> relume.export(network, "network.safetensors", input="imagenet", size=(224, 224))
>>> relume.View("network.safetensors", "picture.jpg")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .error import MissingPackage, RelumeError
from .exporting import ExportReport, export

if TYPE_CHECKING:
    from .view import View

__version__ = "0.1.0"
__all__ = ["ExportReport", "MissingPackage", "RelumeError", "View", "export"]


def __getattr__(name: str) -> Any:
    # It needs anywidget, which exporting does not.
    if name == "View":
        from .view import View

        return View
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
