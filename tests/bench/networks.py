"""Writes networks such as users bring, to be measured: torchvision's architectures as model files, with seeded weights.

    python tests/bench/networks.py [FOLDER] [--only NAME] [--dtype f32]

FOLDER is target/bench/networks unless given. BatchNorm stays a layer of its own, as in files of trained networks, with
the statistics of seeded pictures. Nothing is downloaded: what a network costs does not depend on what it has learnt.
Each file is read again, and its network must answer as torchvision's does. Besides, some of them as ONNX files, for
tests/bench/own-network.mjs. Needs tests/bench/requirements.txt.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "goldens"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import model_file  # noqa: E402
import traced  # noqa: E402
from network import Network  # noqa: E402

SIZE, CLASSES, SEED = 224, 1000, 1
# Largest difference between the two logits, relative to the largest of them.
AGREEMENT = 1e-5
# By torchvision's names; `init_weights` of GoogLeNet takes a minute, for weights that BatchNorm scales anyway.
ARCHITECTURES = {
    "resnet18": ("ResNet-18", {}),
    "resnext50_32x4d": ("ResNeXt-50 32×4d", {}),
    "mobilenet_v2": ("MobileNetV2", {}),
    "googlenet": ("GoogLeNet", {"aux_logits": False, "transform_input": False, "init_weights": False}),
    "vgg11": ("VGG-11", {}),
}

# Written as ONNX files too, as their users would export them.
EXPORTED = ("resnet18", "squeezenet1_1")


def pictures(count):
    """Smooth noise of mean 0 and deviation 1: neighbouring pixels are alike, as in photographs."""
    noise = sum(
        F.interpolate(torch.randn(count, 3, side, side), size=(SIZE, SIZE), mode="bilinear") for side in (7, 28, 112)
    )
    return (noise - noise.mean()) / noise.std()


def seeded(name):
    """torchvision's network in evaluation, with biases that are not 0 and a BatchNorm that changes what goes through."""
    torch.manual_seed(SEED)
    network = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **ARCHITECTURES[name][1]).eval()
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
                module.bias.uniform_(-0.05, 0.05)
        for norm in norms:
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.3, 0.3)
            norm.momentum = None
            norm.train()
        # Two batches, of which each BatchNorm keeps the mean statistics: what training would have left there.
        for _ in range(2 if norms else 0):
            network(pictures(4))
    return network.eval()


def described(name):
    """The description, the tensors in f32, and torchvision's network they are from."""
    network = seeded(name)
    layers, origins = traced.layers(network, SIZE)
    state = network.state_dict()
    tensors = {
        f"{layer}.{part}": state[f"{origin}.{part}"].numpy()
        for layer, origin in origins.items()
        for part in ("weight", "bias", "running_mean", "running_var")
        if f"{origin}.{part}" in state
    }
    description = {
        "format": 1, "name": name.replace("_", "-"), "title": ARCHITECTURES[name][0], "licence": "CC0-1.0",
        "source": f"torchvision {torchvision.__version__.split('+')[0]}, {name}, seeded weights",
        "input": {"shape": [3, SIZE, SIZE], "range": [0, 1], "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
                  "crop": 0.875},
        "classes": [f"class {index}" for index in range(CLASSES)], "layers": layers,
    }
    return description, tensors, network, origins


def check(path, network, origins):
    """How far the file's network is from torchvision's, when that has the same, rounded numbers."""
    model, tensors = model_file.read(path)
    state = network.state_dict()
    for layer, origin in origins.items():
        for part in ("weight", "bias", "running_mean", "running_var"):
            if f"{layer}.{part}" in tensors:
                state[f"{origin}.{part}"] = torch.from_numpy(tensors[f"{layer}.{part}"])
    network.load_state_dict(state)
    picture = pictures(1)
    with torch.no_grad():
        expected, found = network(picture), Network(model, tensors)(picture)
    apart = ((found - expected).abs().max() / expected.abs().max()).item()
    assert apart < AGREEMENT, f"{path}: {apart:.1e} apart from torchvision"
    return apart, expected


def write(name, folder, dtype):
    description, tensors, network, origins = described(name)
    path = folder / f"{name}.safetensors"
    rounded = {key: tensor.astype(dtype) for key, tensor in tensors.items()}
    assert all(np.isfinite(tensor).all() for tensor in rounded.values()), f"{name}: a weight is too large for {dtype}"
    fresh = path.with_suffix(".new")
    model_file.write(fresh, description, rounded)
    fresh.chmod(0o644)
    apart, logits = check(fresh, network, origins)
    fresh.replace(path)
    weights = sum(tensor.size for tensor in tensors.values())
    print(
        f"{name}: {len(description['layers'])} layers, {weights / 1e6:.1f} million weights, "
        f"{path.stat().st_size / 1e6:.0f} MB; {apart:.0e} apart from torchvision, logits {logits.min():+.2f} to {logits.max():+.2f}"
    )


def export(name, folder):
    """An ONNX file by PyTorch's TorchScript exporter, of torchvision's initial weights."""
    torch.manual_seed(SEED)
    network = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES).eval()
    path = folder / f"{name}.onnx"
    fresh = path.with_suffix(".new")
    torch.onnx.export(network, (torch.zeros(1, 3, SIZE, SIZE),), str(fresh), dynamo=False)
    fresh.replace(path)
    print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", nargs="?", type=Path, default=ROOT / "target" / "bench" / "networks")
    arguments.add_argument("--only", choices=sorted({*ARCHITECTURES, *EXPORTED}))
    arguments.add_argument("--dtype", choices=("f16", "f32"), default="f16")
    options = arguments.parse_args()
    torch.set_num_threads(2)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in ARCHITECTURES:
        if options.only in (None, name):
            write(name, options.folder, {"f16": np.float16, "f32": np.float32}[options.dtype])
    for name in EXPORTED:
        if options.only in (None, name):
            export(name, options.folder)


if __name__ == "__main__":
    main()
