"""relume's own answer to a picture: by the engine that the package carries, in Node, or by the command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import safetensors.numpy

from .. import npm_package
from ..error import RelumeError, shortened
from ..layers import Array

#: How long a network may take, in seconds: far more than one that a page could show.
PATIENCE = 600
OLDEST_NODE = 20
#: The environment variable that names the command line.
VARIABLE = "RELUME"


def find(wanted: str | None = "auto") -> tuple[str, str] | None:
    """What can run a model file: ``('node', program)`` or ``('relume', program)``; None where nothing can.

    ``auto`` takes the command line that the environment variable RELUME names; without it Node from 20 on, with the engine that the
    package carries, which is of this version; last a ``relume`` on the PATH. ``node`` takes Node alone; anything else is the
    command line's path.

    Raises:
        RelumeError: ``invalid-option`` for a program that is not there.
    """
    if wanted is None:
        return None
    named = os.environ.get(VARIABLE)
    if wanted == "auto" and named:
        return "relume", _program(named, f"the environment variable {VARIABLE}")
    node = shutil.which("node") if wanted in ("auto", "node") else None
    if node is not None and _node_is_recent(node):
        return "node", node
    if wanted == "auto":
        found = shutil.which("relume")
        return None if found is None else ("relume", found)
    if wanted == "node":
        raise RelumeError("invalid-option", f"check='node': there is no Node {OLDEST_NODE} or later on the PATH")
    return "relume", _program(wanted, "check")


def logits(program: tuple[str, str], model: bytes, picture: Array) -> Array:
    """What the engine answers to ``picture``, already normalised, [1, C, H, W].

    Raises:
        RelumeError: the engine's own, such as ``invalid-model``; ``internal`` for a program that gives no answer.
    """
    how, path = program
    with tempfile.TemporaryDirectory(prefix="relume-") as folder:
        file = Path(folder) / "model.safetensors"
        file.write_bytes(model)
        return (_by_node if how == "node" else _by_command_line)(path, file, picture)


def _by_node(node: str, model: Path, picture: Array) -> Array:
    numbers = model.with_name("numbers")
    numbers.write_bytes(np.ascontiguousarray(picture, "<f4").tobytes())
    script = Path(__file__).with_name("logits.mjs")
    low_level = npm_package.folder() / "low-level-node.js"
    done = _run([node, str(script), low_level.as_uri(), str(model), str(numbers)])
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise RelumeError("internal", f"Node gave no answer: {shortened(done.stderr)}") from None
    if "logits" not in answer:
        raise RelumeError(str(answer["code"]), str(answer["message"]))
    return np.asarray(answer["logits"], np.float32)


def _by_command_line(program: str, model: Path, picture: Array) -> Array:
    tensor, raw = model.with_name("tensor.safetensors"), model.with_name("raw.safetensors")
    safetensors.numpy.save_file({"input": np.ascontiguousarray(picture)}, str(tensor))
    # The network is the caller's own, and was just run by PyTorch.
    done = _run([program, "explain", str(model), "--tensor", str(tensor), "--raw", str(raw), "--allow-large"])
    if done.returncode != 0 or not raw.is_file():
        code = re.search(r"\[([a-z-]+)\]\s*$", done.stderr)
        raise RelumeError(
            code.group(1) if code else "internal", f"{program}: {shortened(done.stderr or 'it wrote nothing')}"
        )
    answer: Array = safetensors.numpy.load_file(str(raw))["logits"].reshape(-1)
    return answer


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise RelumeError(
            "internal", f"{command[0]} gave no answer in {PATIENCE} seconds; check=None leaves the comparison out"
        ) from None
    except OSError as error:
        raise RelumeError("invalid-option", f"{command[0]} cannot be started: {error.strerror}") from None


def _program(given: str, by: str) -> str:
    found = shutil.which(given)
    if found is None:
        raise RelumeError(
            "invalid-option", f"{by} names {given}, which is not a program; give the path of the command line `relume`"
        )
    return found


def _node_is_recent(node: str) -> bool:
    version = re.match(r"v(\d+)\.", _run([node, "--version"]).stdout)
    return version is not None and int(version.group(1)) >= OLDEST_NODE
