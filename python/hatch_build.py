"""Puts the npm package into what is built: a wheel works offline, and far from this repository. The source of truth is pkg/, of
which no copy is kept here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Of pkg/: what a browser or Node runs, in the order of its own `files`.
PARTS = (
    "*.js",
    "api/*.js",
    "element/*.js",
    "engine/*.js",
    "pool/*.js",
    "worker/*.js",
    "wasm/flex*/*.js",
    "wasm/flex*/*.wasm",
    "package.json",
)
#: Finds the imports of a module, where the notebook has no server for them.
LEXER = ("vendor/es-module-lexer.js", "vendor/LICENSE-es-module-lexer")
LICENCES = ("LICENSE-MIT", "LICENSE-APACHE")
#: What an unpacked source distribution has, in place of the repository.
UNPACKED = "npm"


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling for a wheel and for a source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Says which files come from where."""
        if version == "editable":
            return  # It finds pkg/ beside it.
        root = Path(self.root)
        target = "relume/npm" if self.target_name == "wheel" else UNPACKED
        files = unpacked(root / UNPACKED) if (root / UNPACKED).is_dir() else from_repository(root.parent)
        build_data["force_include"].update({str(source): f"{target}/{name}" for name, source in files.items()})


def from_repository(repository: Path) -> dict[str, Path]:
    """By their names in the wheel."""
    package, www = repository / "pkg", repository / "www"
    if not (package / "view.js").is_file():
        raise FileNotFoundError(
            f"{package} is missing, the npm package that the Python package carries: build from a copy of the whole repository "
            "(pip install ./python)"
        )
    files = {path.relative_to(package).as_posix(): path for part in PARTS for path in sorted(package.glob(part))}
    files.update({name: www / name for name in LEXER})
    files.update({name: repository / name for name in LICENCES})
    return files


def unpacked(folder: Path) -> dict[str, Path]:
    """The same, of a source distribution."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
