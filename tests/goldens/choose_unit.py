"""Looks for the position of a channel whose map depends on no unit near a tipping point; prints the best few.

    python choose_unit.py FILE LAYER:CHANNEL

FILE is the f16 model file of EfficientNet-Lite0. Among its millions of units some are always within rounding of a ReLU's
corner; those that no signal from the chosen unit reaches do not matter.
"""

import sys
import tempfile
from pathlib import Path

import torch

from cases import case
from network import Network


def main(file, unit):
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        one = case("efficientnet-lite0", Path(folder), file)
    network = Network(one.model, one.tensors).double()
    layer, _, channel = unit.partition(":")
    with torch.enable_grad():
        seen = network.activations(one.input.double().requires_grad_())
    relus = [each for each in network.layers if each["kind"] == "relu"]
    distances = []
    for relu in relus:
        f = seen[relu["inputs"][0]].detach()
        distance = torch.minimum(f.abs(), (f - relu["max"]).abs()) if relu.get("max") is not None else f.abs()
        distances.append(distance / f.abs().max())
    plane = seen[layer][0, int(channel)]
    found = []
    for row in range(plane.shape[0]):
        for column in range(plane.shape[1]):
            signals = torch.autograd.grad(
                plane[row, column], [seen[relu["name"]] for relu in relus], retain_graph=True, allow_unused=True)
            reached = [distance[signal != 0].min().item()
                       for distance, signal in zip(distances, signals) if signal is not None and (signal != 0).any()]
            found.append((min(reached, default=float("inf")), (row, column), plane[row, column].item()))
    for best in sorted(found, reverse=True)[:5]:
        print(*best)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
