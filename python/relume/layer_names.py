"""A layer's name, from that of the module that makes it."""

from __future__ import annotations

#: The longest name that is kept, in bytes. A model file takes 256: some are left for a number.
LONGEST = 200
#: These mean something else in a model file or in a target.
RESERVED = ("input", "class")


class LayerNames:
    """Names that are given to layers, each once."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._next: dict[str, int] = {}

    def give(self, wanted: str) -> str:
        """``wanted`` as a model file can have it: ``:``, ``@`` and control characters become ``_``; a name that is too long is
        cut; one that is taken or reserved gets a number after it."""
        name = "".join("_" if letter in ":@" or not letter.isprintable() else letter for letter in wanted)
        name = name.encode()[:LONGEST].decode(errors="ignore") or "layer"
        if name not in RESERVED and name not in self._given:
            self._given.add(name)
            return name
        number = self._next.get(name, 2)
        while f"{name}_{number}" in self._given:
            number += 1
        self._next[name] = number + 1
        self._given.add(f"{name}_{number}")
        return f"{name}_{number}"
