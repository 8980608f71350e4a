"""Tiny networks as ONNX files, with the logits and the maps that PyTorch has for them.

    python make.py

needs torch, onnx, onnxscript and safetensors. Each NAME.safetensors holds `input`, `logits` and a map for each rule,
of class 1.
"""

import sys
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "tests" / "models"))

from rules import answer  # noqa: E402


class Plain(nn.Module):
    """Convolutions, batch normalisation, clipped ReLU, poolings, a vector at the end."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=4)
        self.linear1 = nn.Linear(8 * 6 * 4, 12)
        self.linear2 = nn.Linear(12, 5)

    def forward(self, x):
        x = functional.max_pool2d(torch.relu(self.norm1(self.conv1(x))), 3, 2, 1, ceil_mode=True)
        x = functional.relu6(self.conv2(functional.pad(x, (1, 0, 2, 1))))
        x = functional.dropout(torch.flatten(x, 1), 0.5, self.training)
        return self.linear2(functional.relu(self.linear1(x)))


class Branches(nn.Module):
    """Sums, branches side by side, activations written out, arithmetic, a softmax at the end."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, stride=2)
        self.norm = nn.BatchNorm2d(6)
        self.left = nn.Conv2d(6, 4, 1, bias=False)
        self.right = nn.Conv2d(6, 6, (3, 5), padding=(1, 4), dilation=(1, 2))
        self.prelu = nn.PReLU(6)
        self.last = nn.Conv2d(10, 5, 1)

    def forward(self, x):
        x = (x - torch.tensor([0.4, 0.5, 0.6]).reshape(3, 1, 1)) / 0.25
        x = functional.silu(self.conv1(x))
        # A normalisation that no convolution stands before.
        x = functional.relu(self.norm(x))
        left = functional.hardswish(self.left(functional.avg_pool2d(x, 3, 1, 1)))
        right = functional.relu(self.prelu(self.right(x)) + x)
        x = functional.leaky_relu(self.last(torch.cat([left, right], 1)), 0.1)
        return functional.softmax(x.mean((2, 3)), 1)

    def logits(self, x):
        """What the softmax is taken of."""
        keep, functional.softmax = functional.softmax, lambda x, _: x
        try:
            return self(x)
        finally:
            functional.softmax = keep


def main():
    for name, module, size in (("plain", Plain(), (15, 11)), ("branches", Branches(), (17, 14))):
        torch.manual_seed(3)
        for parameter in module.parameters():
            nn.init.uniform_(parameter, -0.5, 0.5)
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                nn.init.uniform_(part.running_mean, -0.3, 0.3)
                nn.init.uniform_(part.running_var, 0.5, 1.5)
        module = module.eval().requires_grad_(False)
        picture = torch.rand(1, 3, *size)
        logits, maps = answer(getattr(module, "logits", module), picture, 1)
        save_file({"input": picture, "logits": logits, **maps}, HERE / f"{name}.safetensors")
        for exporter in ("dynamo", "torchscript"):
            more = {"external_data": False, "verbose": False} if exporter == "dynamo" else {}
            path = HERE / f"{name}-{exporter}.onnx"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(module, (picture,), str(path), dynamo=exporter == "dynamo", **more)
            smaller(path)


def smaller(path):
    """Without the source lines that an exporter writes to each node."""
    import onnx

    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    onnx.save(model, path)
    print(path.name, path.stat().st_size)


main()
