"""What a notebook's page gets: the script of a cell, and the package with the engine and the element, packed for it."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from pathlib import Path

from .. import npm_package

HERE = Path(__file__).resolve().parent
#: Of the package: what a page runs. Both builds of the engine, since only the page knows which it can run.
PARTS = (
    "view.js",
    "api/*.js",
    "element/*.js",
    "engine/*.js",
    "pool/*.js",
    "worker/*.js",
    "wasm/flex*/*.js",
    "wasm/flex*/*.wasm",
)


def script() -> str:
    """The script of a cell, as anywidget takes it."""
    return (HERE / "view.js").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=1)
def packed() -> bytes:
    """The files in one, compressed by gzip: four bytes for the length of a table of names and sizes, the table, the files."""
    folder = npm_package.folder()
    names = sorted({path.relative_to(folder).as_posix() for part in PARTS for path in folder.glob(part)})
    files = {name: (folder / name).read_bytes() for name in names}
    files["vendor/es-module-lexer.js"] = npm_package.lexer().read_bytes()
    files["load-package.js"] = (HERE / "load-package.js").read_bytes()
    table = json.dumps([(name, len(content)) for name, content in files.items()]).encode()
    whole = b"".join([len(table).to_bytes(4, "little"), table, *files.values()])
    return gzip.compress(whole, 6, mtime=0)


@functools.lru_cache(maxsize=1)
def package_key() -> str:
    """Another one for another package: a page that has loaded this one needs no second."""
    return hashlib.sha256(packed()).hexdigest()[:16]
