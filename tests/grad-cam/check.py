"""Grad-CAM by `relume explain` against pytorch-grad-cam, the most used implementation, in 64 bits.

    python check.py --relume ../../target/debug/relume

Its `GradCAM` gives a map that is enlarged by OpenCV and scaled to 0…1. Compared are, for each network: the layer's map with its negative numbers;
the same rectified; that enlarged; and what `GradCAM` gives in the end. A row of a Markdown table is printed for each network, the largest difference relative
to the largest number; anything above the bound fails the run.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors.numpy import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests" / "goldens"
sys.path.insert(0, str(GOLDENS))

from cases import case  # noqa: E402
from network import Network  # noqa: E402

BOUND = 1e-4
# A model file, a class, a layer.
NETWORKS = {
    "odd": (GOLDENS / "odd.model.safetensors", 3, "relu4"),
    "all-cnn-c-trained": (ROOT / "www" / "models" / "all-cnn-c.safetensors", 6, "relu8"),
    "squeezenet-1.1": (ROOT / "www" / "models" / "squeezenet-1.1.safetensors", 285, "fire9_concat"),
}


class Recorded(GradCAM):
    """Keeps the layer's map, which comes before everything that is done to it."""

    def get_cam_image(self, *arguments, **options):
        self.layer_map = super().get_cam_image(*arguments, **options)
        return self.layer_map


def of_pytorch_grad_cam(one, target, layer):
    network = Network(one.model, one.tensors).double()
    with Recorded(model=network, target_layers=[network.steps[layer]]) as method:
        scaled = method(input_tensor=one.input.double().requires_grad_(True), targets=[ClassifierOutputTarget(target)])
    signed = method.layer_map[0]
    rectified = np.maximum(signed, 0)
    _, _, height, width = one.input.shape
    enlarged = cv2.resize(np.float32(rectified), (width, height))
    return {"signed": signed, "rectified": rectified, "enlarged": enlarged, "scaled": scaled[0]}


def of_relume(relume, path, one, target, layer):
    with tempfile.TemporaryDirectory() as folder:
        picture, raw = Path(folder) / "input.safetensors", Path(folder) / "raw.safetensors"
        save_file({"input": one.input.numpy()}, picture)

        def explain(*more):
            command = [relume, "explain", path, "--tensor", picture, "--method", "grad-cam", "--layer", layer]
            command += ["--target", f"class:{target}", "--raw", raw, *more]
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr)
            return load_file(raw)

        rectified, signed = explain(), explain("--no-rectify")
    cam, enlarged = rectified["cam"][0], rectified["map"][0]
    return {"signed": signed["cam"][0], "rectified": cam, "enlarged": enlarged, "scaled": scaled_twice(cam, enlarged)}


def scaled_twice(cam, enlarged):
    """To 0…1 as pytorch-grad-cam does it: by the layer's map, and once more when it is enlarged."""
    once = (enlarged - cam.min()) / (1e-7 + np.max(cam - cam.min()))
    twice = once - once.min()
    return twice / (1e-7 + twice.max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relume", type=Path, required=True, help="the command line, built")
    options = parser.parse_args()
    torch.set_num_threads(2)
    print("| network | layer | with its sign | rectified | enlarged | scaled |\n|---|---|--:|--:|--:|--:|")
    worst = 0.0
    for name, (path, target, layer) in NETWORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            one = case(name, Path(folder), None)
        wanted, found = of_pytorch_grad_cam(one, target, layer), of_relume(options.relume, path, one, target, layer)
        apart = {}
        for stage, values in wanted.items():
            assert values.shape == found[stage].shape and np.abs(values).max() > 0, f"{name}: {stage}"
            apart[stage] = np.abs(found[stage] - values).max() / np.abs(values).max()
        print(f"| {name} | {layer} | " + " | ".join(f"{each:.1e}" for each in apart.values()) + " |", flush=True)
        worst = max(worst, *apart.values())
    if worst > BOUND:
        sys.exit(f"{worst:.1e} is more than {BOUND:.0e}")


if __name__ == "__main__":
    main()
