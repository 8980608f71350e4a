"""Every kind of layer, and every way that PyTorch has to write it: logits and maps against PyTorch, by both ways to trace."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

try:
    import torch
except ImportError:
    raise unittest.SkipTest("PyTorch is not installed") from None

import relume
from relume import torch_graph

from against_torch import errors
from networks import CLASSES, NETWORKS, SIDE, network

#: Far above what rounding makes of networks this small, far below what any mistake would.
EXACT = 2e-5
KINDS = set(
    "conv2d linear relu leaky_relu prelu sigmoid tanh silu gelu elu selu softplus mish hard_sigmoid hard_swish max_pool2d avg_pool2d "
    "global_avg_pool add concat mul slice channel_shuffle flatten batch_norm local_response_norm".split()
)


class LayerKinds(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "model.safetensors"

    def export(self, name: str) -> set[str]:
        relume.export(network(name), self.path, input="zero-to-one", size=(SIDE, SIDE), dtype="f32", check=None)
        content = self.path.read_bytes()
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        description = json.loads(header["__metadata__"]["relume"])
        self.assertEqual(len(description["classes"]), CLASSES)
        return {layer["kind"] for layer in description["layers"]}

    def compare(self, name: str) -> None:
        picture = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))
        for what, error in errors(network(name), self.path, picture).items():
            known = {"unruled": ("logits", "backprop"), "in place": ("logits",)}.get(name.partition(":")[0])
            if known is None or what in known:
                self.assertLess(error, EXACT, what)

    def test_each_network_by_symbolic_tracing(self) -> None:
        seen: set[str] = set()
        for name in NETWORKS:
            with self.subTest(name):
                seen |= self.export(name)
                self.compare(name)
        self.assertEqual(KINDS - seen, set(), "kinds that no network here has")

    def test_each_network_by_torch_export(self) -> None:
        both = torch_graph.graphs

        def second_alone(*of: object) -> object:
            return (graph for graph in both(*of) if graph[0] == "torch.export")

        for name in NETWORKS:
            # torch.export writes it out as a division.
            if name == "local_response_norm":
                continue
            with self.subTest(name), mock.patch.object(torch_graph, "graphs", second_alone):
                self.export(name)
                self.compare(name)


if __name__ == "__main__":
    unittest.main()
