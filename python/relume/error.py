"""The one kind of error that this package raises on purpose."""

from __future__ import annotations


class RelumeError(Exception):
    """Something that a person can put right: ``code`` is stable, the message says what is wrong, where, and what to do.

    The codes are those of the rest of relume: ``unsupported-operator``, ``invalid-option``, ``invalid-model``,
    ``invalid-picture``, ``invalid-target``, ``not-finite``, ``too-large``, ``unreadable``, ``engine-crashed``, ``internal``; and
    ``missing-package`` where a Python package that is needed is not installed.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __reduce__(self) -> tuple[type[RelumeError], tuple[str, str]]:
        return type(self), (self.code, self.message)


class MissingPackage(RelumeError, ImportError):
    """A package that only some of relume needs is not installed."""

    def __init__(self, message: str) -> None:
        super().__init__("missing-package", message)

    def __reduce__(self) -> tuple[type[RelumeError], tuple[str]]:  # type: ignore[override]
        return type(self), (self.message,)


def shortened(text: object, length: int = 200) -> str:
    """``text`` in one line that fits into a message; control characters are written out, as a terminal would obey them."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text))
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"
