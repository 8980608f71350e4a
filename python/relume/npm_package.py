"""Where relume's npm package is: the engine, and the element that shows it. A wheel carries it; in a copy of the source it is
``pkg/`` itself."""

from __future__ import annotations

from pathlib import Path

from .error import RelumeError

HERE = Path(__file__).resolve().parent
#: In a wheel; in a copy of the source.
FOLDERS = (HERE / "npm", HERE.parent.parent / "pkg")
LEXERS = (HERE / "npm" / "vendor" / "es-module-lexer.js", HERE.parent.parent / "www" / "vendor" / "es-module-lexer.js")


def folder() -> Path:
    """The folder with ``view.js`` and ``low-level-node.js``.

    Raises:
        RelumeError: ``unreadable`` for an installation that is not complete.
    """
    return _first([each for each in FOLDERS if (each / "view.js").is_file()], FOLDERS[0])


def lexer() -> Path:
    """The module that finds the imports of other modules."""
    return _first([each for each in LEXERS if each.is_file()], LEXERS[0])


def _first(found: list[Path], wanted: Path) -> Path:
    if not found:
        raise RelumeError(
            "unreadable", f"{wanted} is missing: install relume anew (pip install --force-reinstall ./python)"
        )
    return found[0]
