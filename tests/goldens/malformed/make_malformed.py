"""Writes the broken model files, malformed.json that lists them, and sound.safetensors, the model before it is spoilt.

    python make_malformed.py
"""

import json
from pathlib import Path

import graph_faults  # noqa: F401 (registers its faults)
from file_faults import FAULTS
from sound import Model

FOLDER = Path(__file__).resolve().parent


def main():
    for old in FOLDER.glob("*.safetensors"):
        old.unlink()
    sound = Model().file()
    (FOLDER / "sound.safetensors").write_bytes(sound)
    manifest, total = [], 0
    for name, (mentions, spoil) in FAULTS.items():
        spoilt = spoil(Model())
        assert spoilt != sound, name
        (FOLDER / f"{name}.safetensors").write_bytes(spoilt)
        manifest.append({"file": f"{name}.safetensors", "code": "invalid-model", "mentions": mentions})
        total += len(spoilt)
    lines = ",\n".join("  " + json.dumps(entry) for entry in manifest)
    (FOLDER / "malformed.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(manifest)} files, {total / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
