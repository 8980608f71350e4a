"""The nine networks in the package `onnx`, converted and compared with the outputs that come with them.

    python light.py --relume ../../target/debug/relume

They are real architectures (AlexNet, ZFNet-512, SqueezeNet, VGG-19, ResNet-50, DenseNet-121, Inception v1 and v2, ShuffleNet) whose
weights are constants that the file computes by ConstantOfShape, so that it stays small: `relume convert --allow-large` reads them. The
input is the one of ONNX's own tests: the numbers 0, 1, 2, … divided by how many there are. Printed is a row of a Markdown table: the largest
difference from the reference, relative to its largest number. Anything above 1e-5, and a network that is refused, fails the run.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

BOUND = 1e-5
LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])


def reference(path):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.with_name(f"{path.stem}_output_0.pb").read_bytes())
    return numpy_helper.to_array(tensor).ravel().astype(np.float64)


def picture_shape(graph):
    constants = {tensor.name for tensor in graph.initializer}
    (picture,) = [value for value in graph.input if value.name not in constants]
    return [side.dim_value for side in picture.type.tensor_type.shape.dim]


def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def compare(relume, path, folder):
    """The largest difference from the reference output, relative to its largest number."""
    graph = onnx.load(path).graph
    model, tensor, raw = (folder / name for name in ("n.safetensors", "x.safetensors", "raw.safetensors"))
    run(relume, "convert", path, model, "--preset", "zero-to-one", "--dtype", "f32", "--allow-large")
    shape = picture_shape(graph)
    count = np.prod(shape)
    save_file({"input": (np.arange(count).reshape(shape) / count).astype(np.float32)}, tensor)
    run(relume, "explain", model, "--tensor", tensor, "--target", "class:0", "--raw", raw)
    answer = load_file(raw)["logits"].ravel().astype(np.float64)
    # A model file ends before the softmax.
    if graph.node[-1].op_type == "Softmax":
        answer = softmax(answer)
    wanted = reference(path)
    return np.abs(answer - wanted).max() / np.abs(wanted).max()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--relume", required=True)
    options = parser.parse_args()
    graphs = sorted(LIGHT.glob("*.onnx"))
    wrong = [] if graphs else [f"{LIGHT} holds no networks"]
    print("| network | output |\n|---|---|")
    for path in graphs:
        with tempfile.TemporaryDirectory() as folder:
            try:
                error = compare(options.relume, path, Path(folder))
                row, fits = f"{error:.1e}", error <= BOUND
            except RuntimeError as trouble:
                row, fits = str(trouble), False
        print(f"| {path.stem.removeprefix('light_')} | {row} |", flush=True)
        if not fits:
            wrong.append(path.stem)
    if wrong:
        print(f"not within {BOUND}: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
