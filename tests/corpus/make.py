"""Writes the corpus: small seeds, sound and broken, for each thing that a stranger can send. Python's own library is enough:

    python3 tests/corpus/make.py

Pictures of the formats that it cannot write are copied from tests/pictures, sound checkpoints and ONNX files from the crates' tests.
"""

import shutil

from checkpoint_seeds import checkpoints
from model_seeds import models
from onnx_seeds import onnx
from picture_seeds import pictures
from seed_file import HERE
from text_seeds import texts

if __name__ == "__main__":
    for target in ("model", "checkpoint", "onnx", "picture", "draw-options", "target", "survey"):
        shutil.rmtree(HERE / target, ignore_errors=True)
    models()
    checkpoints()
    onnx()
    pictures()
    texts()
    print(sum(1 for path in HERE.glob("*/*") if path.parent.name != "__pycache__"), "seeds")
