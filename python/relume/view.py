"""A picture and its maps in a notebook's cell."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import widget
from .error import MissingPackage, RelumeError
from .exporting import to_bytes
from .layers import Array
from .picture_bytes import picture_bytes

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingPackage(
        f"relume.View needs anywidget ({error}): pip install anywidget"
    ) from None

METHODS = ("backprop", "deconvnet", "guided")
PARTS = ("picture", "maps", "scale", "caption", "predictions", "classes")
#: Bytes in one message.
PIECE = 4 << 20


class _Words(traitlets.List):  # type: ignore[type-arg]
    """Some of the words there are, also in one text with spaces or commas between them."""

    def __init__(self, words: Sequence[str], default: Sequence[str]) -> None:
        self.words = words
        super().__init__(traitlets.Unicode(), list(default))

    def validate(self, obj: Any, value: Any) -> Any:
        # traitlets makes a list of one of a text.
        several = value if isinstance(value, (list, tuple)) else [value]
        given = " ".join(str(each) for each in several).replace(",", " ").split()
        unknown = [word for word in given if word not in self.words]
        if unknown or not given:
            raise traitlets.TraitError(f"{self.name}={value!r}: give some of {', '.join(self.words)}")
        return given


class _Target(traitlets.Unicode):  # type: ignore[type-arg]
    """A text; a class may be given by its number."""

    def validate(self, obj: Any, value: Any) -> Any:
        number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        text = str(int(value)) if number else value
        if not isinstance(text, str) or not text.strip():
            raise traitlets.TraitError(
                f"target={value!r}: give 'top', a class by its number or name, or a unit such as 'layer1.0.conv1:12'"
            )
        return text.strip()


#: What one pass may take, as Python and as the element call it.
LIMITS = {"operations": "operations", "activation_bytes": "activationBytes"}


class _Limits(traitlets.Unicode):  # type: ignore[type-arg]
    """As the element takes them: ``none``, ``operations=2e11 activationBytes=4e9``, or nothing. Also given by a mapping."""

    def validate(self, obj: Any, value: Any) -> Any:
        if value is None or (isinstance(value, str) and value in ("", "none")):
            return value or ""
        limits = _limits_in(value) if isinstance(value, str) else value
        if not isinstance(limits, Mapping) or not all(
            name in LIMITS and _is_positive(number) for name, number in limits.items()
        ):
            raise traitlets.TraitError(
                f"limits={value!r}: give 'none', or numbers above 0 such as {{'operations': 2e11, 'activation_bytes': 4e9}}"
            )
        texts = {LIMITS[name]: f"{float(number):.17g}" for name, number in limits.items()}
        return " ".join(f"{name}={'Infinity' if text == 'inf' else text}" for name, text in texts.items())


def _limits_in(text: str) -> dict[str, Any] | None:
    """What this text says, which traitlets may have checked before; nothing if it says one thing twice."""
    names = {theirs: ours for ours, theirs in LIMITS.items()}
    pairs = [pair.partition("=") for pair in text.replace(",", " ").split()]
    limits = {names.get(name, name): _number(number) for name, _, number in pairs}
    return limits if len(limits) == len(pairs) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_positive(number: Any) -> bool:
    if not isinstance(number, (int, float, np.integer, np.floating)) or isinstance(number, bool):
        return False
    try:
        return float(number) > 0
    except OverflowError:
        return False


class View(anywidget.AnyWidget):
    """Shows which pixels a unit of a network depends on, computed in the notebook's page.

    Args:
        model: the path of a model file, its bytes, or a ``torch.nn.Module``; with a module also what :func:`relume.export` takes:
            ``input``, ``size``, ``classes`` and so on.
        image: the path of a picture, its bytes, a PIL image, or a NumPy array [height, width, 3] of unsigned 8-bit numbers.
        methods: which maps, of ``backprop``, ``deconvnet`` and ``guided``.
        target: what is explained: ``'top'``, the network's answer; a class by its number or its name; or a unit,
            ``'layer1.0.conv1:12'`` where it is strongest, ``'layer1.0.conv1:12@3,4'`` at row 3, column 4.
        parts: what is shown, of ``picture``, ``maps``, ``scale``, ``caption``, ``predictions`` and ``classes``.
        fold, sign, clip, colors, over: how the maps are drawn, as in ``docs/embedding.md``; where neither fold nor sign nor colors is given,
            each map as suits its method.
        alt: what is to be seen in the picture, for those who do not see it.
        limits: how much one pass may take, ``{'operations': …, 'activation_bytes': …}``; by default 69 · 10⁹ operations, which
            are about ten seconds on one core, and 1 GiB of activations. A network beyond the limits is not run, and ``error`` says
            ``too-large``. ``'none'`` sets no limits: use it only if you know where the network comes from.

    Each of ``target``, ``methods``, ``parts``, the drawing and ``image`` can be set later; a class that is chosen in the cell is
    written into ``target``.

    Attributes:
        maps: the maps on show by their methods, ``[3, H, W]``, 32-bit floats, signed; empty until they are there. They come after
            the cell has run: use them in a later cell, or by ``view.observe(function, "maps")``.
        top: the likeliest classes, likeliest first: ``{'index', 'label', 'logit', 'probability'}``.
        warnings: what there is to know about the maps before they are read.
        error: what went wrong, with its code; empty otherwise.

    Raises:
        RelumeError: as :func:`relume.export`; ``invalid-picture``, ``invalid-option``, ``unreadable``.
    """

    _esm = widget.script()

    target = _Target("top").tag(sync=True)
    methods = _Words(METHODS, METHODS).tag(sync=True)
    parts = _Words(PARTS, ("picture", "maps", "caption", "predictions", "classes")).tag(sync=True)
    fold = traitlets.Enum(("rgb", "max", "sum"), None, allow_none=True).tag(sync=True)
    sign = traitlets.Enum(("both", "positive", "negative", "magnitude"), None, allow_none=True).tag(sync=True)
    clip = traitlets.Float(0.02).tag(sync=True)
    colors = traitlets.Enum(("grey", "diverging", "heat"), None, allow_none=True).tag(sync=True)
    over = traitlets.Bool(False).tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    limits = _Limits("").tag(sync=True)

    maps: Any = traitlets.Dict()
    top: Any = traitlets.List()
    warnings: Any = traitlets.List()
    error = traitlets.Unicode("")

    _model_key = traitlets.Unicode("").tag(sync=True)
    _picture_key = traitlets.Unicode("").tag(sync=True)
    _package_key = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        model: Any,
        image: Any,
        *,
        methods: Sequence[str] | str = METHODS,
        target: str | int = "top",
        parts: Sequence[str] | None = None,
        fold: str | None = None,
        sign: str | None = None,
        clip: float = 0.02,
        colors: str | None = None,
        over: bool = False,
        alt: str = "",
        limits: Mapping[str, float] | str | None = None,
        **export_options: Any,
    ) -> None:
        self._content = {"model": _model_bytes(model, export_options), "package": widget.packed()}
        # The maps that are on their way, by the page's run.
        self._arriving: dict[str, dict[str, Array]] = {}
        drawing = {"fold": fold, "sign": sign, "clip": clip, "colors": colors, "over": over}
        shown = {} if parts is None else {"parts": parts}
        keys = {"_model_key": _key(self._content["model"]), "_package_key": widget.package_key()}
        picture = self._take_picture(image)
        try:
            super().__init__(methods=methods, target=target, alt=alt, limits=limits, _picture_key=picture, **drawing, **shown, **keys)
        except traitlets.TraitError as error:
            raise RelumeError("invalid-option", str(error)) from None
        self.on_msg(self._on_message)
        self.observe(self._forget_maps, ["target", "methods", "limits", "_picture_key"])

    @property
    def image(self) -> bytes:
        """The bytes of the picture on show; set it to show another, in any form that the constructor takes."""
        return self._content["picture"]

    @image.setter
    def image(self, image: Any) -> None:
        self._picture_key = self._take_picture(image)

    @traitlets.validate("clip")
    def _check_clip(self, proposal: Any) -> float:
        share = float(proposal["value"])
        if not 0 <= share < 1:
            raise traitlets.TraitError(f"clip={share:g}: give a share from 0 to less than 1, such as 0.02")
        return share

    def _take_picture(self, image: Any) -> str:
        self._content["picture"] = picture_bytes(image)
        return _key(self._content["picture"])

    def _forget_maps(self, _: Any) -> None:
        self.maps, self.top, self.warnings, self.error = {}, [], [], ""

    def _on_message(self, _: Any, content: Any, buffers: Any) -> None:
        """What the page asks for and tells."""
        if content["type"] == "read":
            whole, first = self._content[content["what"]], int(content["first"])
            answer = {"id": content["id"], "size": len(whole)}
            self.send(answer, [whole[first : first + PIECE]])
        elif content["type"] == "map":
            self._take_piece(content, buffers[0])
        elif content["type"] == "explained":
            self._take_maps(content, self._arriving.pop(content["run"], {}))
        elif content["type"] == "error":
            self._forget_maps(None)
            self.error = str(content["text"])

    def _take_piece(self, content: Any, piece: Any) -> None:
        # What never came to its end is older than what arrives now.
        for run in [run for run in self._arriving if run != content["run"]][:-1]:
            del self._arriving[run]
        maps = self._arriving.setdefault(content["run"], {})
        numbers = np.frombuffer(piece, "<f4")
        channels, height, width = (int(side) for side in content["shape"])
        whole = maps.setdefault(content["method"], np.zeros((channels, height, width), np.float32))
        first = int(content["first"])
        whole.reshape(-1)[first : first + numbers.size] = numbers

    def _take_maps(self, content: Any, maps: dict[str, Array]) -> None:
        if content["chosen"]:
            self.target = content["target"]
        state = [content["target"], content["methods"], content["picture"]]
        # The page had not heard yet of what was set here: its next answer is the one.
        if state != [self.target, self.methods, self._picture_key]:
            return
        self.error, self.warnings, self.top = "", list(content["warnings"]), list(content["top"])
        # Last: who observes it finds the others in place.
        self.maps = maps


def _key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _model_bytes(model: Any, export_options: dict[str, Any]) -> bytes:
    if isinstance(model, (bytes, bytearray, memoryview, str, os.PathLike)):
        if export_options:
            names = ", ".join(export_options)
            raise RelumeError(
                "invalid-option", f"{names}: a model file says that itself; these are for a torch.nn.Module"
            )
        if isinstance(model, (str, os.PathLike)):
            return _read(model)
        return bytes(model)
    if not callable(getattr(model, "parameters", None)):
        raise RelumeError(
            "invalid-option",
            f"a {type(model).__name__} is not a network: give a model file's path, its bytes, or a torch.nn.Module",
        )
    missing = [name for name in ("input", "size") if name not in export_options]
    if missing:
        raise RelumeError(
            "invalid-option",
            f"a module needs {' and '.join(missing)}, as relume.export does: View(network, picture, input='imagenet', size=(224, 224))",
        )
    try:
        content, _ = to_bytes(model, **{"title": type(model).__name__, **export_options})
    except TypeError as error:
        raise RelumeError("invalid-option", f"View takes no such option ({error})") from None
    return content


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RelumeError("unreadable", f"the model file {os.fspath(path)!r} cannot be read: {reason}") from None
