"""Makes the goldens: maps by Captum, each checked against our own rules in f64 before it is written.

    python make.py [--efficientnet FILE] [CASE ...]

CASE is one of those in cases.py (all if none is named). FILE is the f16 model file of
EfficientNet-Lite0 that `relume convert` writes; the case needs it.
"""

import argparse
import hashlib
import json
import platform
from pathlib import Path

import captum
import numpy as np
import torch
from safetensors.torch import save_file

from cases import CROPS, TARGETS, case
from margins import flips, margins
from network import Network
from rules import RULES, Own, captum_map, difference

FOLDER = Path(__file__).resolve().parent
# A map may differ this much, relative to its largest magnitude, between Captum in f32 and our own rules in f64.
AGREEMENT = 1e-5


def resolved(text, network, seen):
    """`text` as (layer, channel, (row, column)); without a position, the channel's maximum, the first of equals."""
    if text.startswith("class:"):
        return network.logits_layer, int(text.removeprefix("class:")), (0, 0)
    layer, _, unit = text.rpartition(":")
    channel, _, position = unit.partition("@")
    plane = seen[layer][0, int(channel)]
    if position:
        row, column = map(int, position.split(","))
        assert 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1], text
    else:
        row, column = divmod(plane.flatten().argmax().item(), plane.shape[1])
    return layer, int(channel), (row, column)


def cut(values, side):
    """The square of `side` pixels in the middle of [3, H, W]."""
    top, left = ((length - side) // 2 for length in values.shape[1:])
    return values[:, top : top + side, left : left + side]


def digest(tensors):
    """One number for all weights, to know later whether a golden belongs to a model file: names and f32 values."""
    sha = hashlib.sha256()
    for name in sorted(tensors):
        sha.update(name.encode())
        sha.update(np.ascontiguousarray(tensors[name], dtype="<f4").tobytes())
    return sha.hexdigest()


def make(name, efficientnet_file):
    one = case(name, FOLDER, efficientnet_file)
    network, x = Network(one.model, one.tensors), one.input
    exact = Own(one.model, one.tensors)
    with torch.no_grad():
        seen, seen_exact = network.activations(x), exact.network.activations(x.double())
        margin, flipped = margins(exact.network, x.double()), flips(exact.network, network, x)
    targets = {text: resolved(text, network, seen_exact) for text in one.targets}
    assert targets == {text: resolved(text, network, seen) for text in one.targets}, "f32 and f64 choose other maxima"

    logits = seen[network.logits_layer].flatten()
    tensors = {"logits": logits}
    if one.kept is None:
        tensors["input"] = x
    worst, digests = {}, {}
    for rule in RULES:
        expected = exact.maps(x, rule, targets)
        for text, target in targets.items():
            key, found = f"{rule}/{text}", captum_map(network, x, rule, target)
            apart = difference(found, expected[text])
            assert apart < AGREEMENT, f"{name}: {key}: Captum in f32 and our rules in f64 differ by {apart:.1e}"
            worst[rule] = max(worst.get(rule, 0.0), apart)
            tensors[key] = found if one.kept is None else cut(found, one.kept)
            sums = found.double()
            digests[key] = {"sum": sums.sum().item(), "abs_sum": sums.abs().sum().item(), "max": sums.abs().max().item()}
    golden = {
        "case": name,
        "source": "Captum, f32; checked against an independent f64 implementation of the rules",
        "classes": len(one.model["classes"]),
        "targets": {
            text: {"layer": layer, "channel": channel, "at": at, "value": seen[layer][0, channel, *at].item()}
            for text, (layer, channel, at) in targets.items()
        },
        "kept": one.kept,
        "maps": digests,
        "margins": {key: value if np.isfinite(value) else None for key, value in margin.items()},
        "flips_f32_f64": flipped,
        "difference_f32_f64": worst,
        "weights_sha256": digest(one.tensors),
        "crop": CROPS.get(name),
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "captum": captum.__version__},
    }
    path = FOLDER / f"{name}.safetensors"
    save_file({key: value.contiguous() for key, value in tensors.items()}, path, metadata={"golden": json.dumps(golden)})
    path.chmod(0o644)
    print(f"{name}: {len(digests)} maps, {path.stat().st_size / 1e3:.0f} kB")
    print(f"  margins {golden['margins']}, units that flip {flipped}, f32 against f64 {worst}")
    for text, unit in golden["targets"].items():
        print(f"  {text:32} at {unit['at']} = {unit['value']:+.4f}  |map| " + ", ".join(
            f"{rule} {digests[f'{rule}/{text}']['max']:.2e}" for rule in RULES))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--efficientnet", type=Path, metavar="FILE")
    parser.add_argument("cases", nargs="*", metavar="CASE", default=list(TARGETS))
    options = parser.parse_args()
    for name in options.cases:
        if name not in TARGETS:
            parser.error(f"there is no case {name}; the cases are {', '.join(TARGETS)}")
        if name == "efficientnet-lite0" and options.efficientnet is None:
            parser.error("efficientnet-lite0 needs --efficientnet FILE")
    torch.set_num_threads(2)
    for name in options.cases:
        make(name, options.efficientnet)


if __name__ == "__main__":
    main()
