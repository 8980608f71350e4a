"""What is refused, by which code, and that the message names the place."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

try:
    import torch
except ImportError:
    raise unittest.SkipTest("PyTorch is not installed") from None

import relume
from relume.torch_graph.operators import OPERATORS
from torch import nn
from torch.nn import functional as F

from against_torch import compared
from networks import SIDE, By, classifier


class Deep(nn.Module):
    """``inner`` two modules down."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.stage = nn.Sequential(nn.Identity(), inner)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.stage(x))


def function(of: Any) -> nn.Module:
    return By(lambda _, x: of(x))


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "model.safetensors"

    def export(self, module: Any, **options: Any) -> relume.ExportReport:
        given = {"input": "zero-to-one", "size": (SIDE, SIDE), "check": None, **options}
        return relume.export(module, given.pop("path", self.path), **given)

    def refused(self, code: str, words: str, module: Any, **options: Any) -> None:
        with self.assertRaises(relume.RelumeError) as raised:
            self.export(module, **options)
        self.assertEqual(raised.exception.code, code, str(raised.exception))
        self.assertIn(words, raised.exception.message)
        self.assertEqual(list(self.path.parent.glob("model*")), [])


class Operators(Case):
    def test_modules_without_a_layer_are_named_with_their_path(self) -> None:
        for module in (
            nn.Upsample(scale_factor=2),
            nn.ConvTranspose2d(3, 3, 2),
            nn.GroupNorm(1, 3),
            nn.InstanceNorm2d(3),
            nn.LPPool2d(2, 2),
            nn.LayerNorm(SIDE),
            nn.PixelUnshuffle(2),
            nn.Threshold(0.1, 0),
            nn.ReflectionPad2d(1),
        ):
            with self.subTest(type(module).__name__):
                self.refused("unsupported-operator", f"module `stage.1` ({type(module).__name__})", Deep(module))

    def test_settings_that_no_layer_has(self) -> None:
        for module, words in (
            (nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"), "padding_mode is reflect"),
            (nn.BatchNorm2d(3, track_running_stats=False), "statistics of the picture"),
            (nn.LocalResponseNorm(2), "even"),
            (nn.AdaptiveAvgPool2d(7), "windows of several sizes"),
            (nn.AvgPool2d(2, divisor_override=3), "divides by 3"),
            (nn.Hardtanh(), "clips to -1 and 1"),
            (nn.LeakyReLU(1.5), "negative_slope is 1.5"),
            (nn.CELU(0.5), "alpha is 0.5"),
            (nn.Softplus(1, 2), "threshold is 2"),
            (nn.ConstantPad2d(1, 0.5), "with 0.5"),
            (nn.ZeroPad2d(-1), "cuts nothing off"),
            (nn.Softmax(1), "over all classes"),
        ):
            with self.subTest(words):
                self.refused("unsupported-operator", words, Deep(module))
                self.refused("unsupported-operator", "stage.1", Deep(module))

    def test_functions_are_named_with_the_module_that_calls_them(self) -> None:
        for of, words in (
            (lambda x: F.interpolate(x, scale_factor=2), "`interpolate`"),
            (lambda x: F.dropout(x, 0.3), "active in evaluation"),
            (lambda x: 1 / (x + 2), "divides by an activation"),
            (lambda x: x + x.mean((2, 3), keepdim=True), "adds"),
            (lambda x: x.permute(0, 2, 3, 1).contiguous(), "as attention"),
            (lambda x: x[:, :, ::2], "steps of 2"),
            (lambda x: x.flip(1), "`flip`"),
            (lambda x: x.detach(), "`detach`"),
            (lambda x: x.mean(1, keepdim=True), "mean over axes [1]"),
            (lambda x: torch.cat([x, x], 2), "along axis 2"),
            (lambda x: x * torch.ones(3, SIDE, SIDE), "one number for each channel"),
            (lambda x: x / torch.zeros(1), "divides by zero"),
            (lambda x: torch.softmax(x.flatten(1), 1).view(1, 3, SIDE, SIDE) * 2, "after a softmax"),
            (lambda x: x.to(torch.int32).float(), "torch.int32"),
            (lambda x: torch.where(x > 0, x, -x), "no such layer"),
        ):
            with self.subTest(words):
                self.refused("unsupported-operator", words, Deep(function(of)))
                self.refused("unsupported-operator", "in module `stage.1`", Deep(function(of)))

    def test_positions_of_a_max_pooling(self) -> None:
        both = By(
            lambda s, x: s.unpool(*s.pool(x)), pool=nn.MaxPool2d(2, return_indices=True), unpool=nn.MaxUnpool2d(2)
        )
        self.refused("unsupported-operator", "`max_unpool2d`", Deep(both))

    def test_what_cannot_be_traced(self) -> None:
        decides = function(lambda x: x if x.sum() > 0 else -x)
        self.refused("unsupported-operator", "cannot be traced", Deep(decides))

    def test_a_number_read_from_the_picture_is_no_constant(self) -> None:
        self.refused(
            "unsupported-operator", "`item`", Deep(function(lambda x: x * torch.amax(x[:, :1], (2, 3)).item()))
        )

    def test_a_hook_that_changes_the_answer(self) -> None:
        network = classifier(nn.Identity())
        network[0][0].register_forward_hook(lambda module, args, output: output * 2)
        with self.assertRaises(relume.RelumeError) as raised:
            self.export(network, check="auto")
        self.assertIn(raised.exception.code, ("unsupported-operator", "internal"))

    def test_a_part_that_was_written_over(self) -> None:
        def both(_: Any, x: torch.Tensor) -> torch.Tensor:
            half = x[:, :2]
            x.relu_()
            return torch.cat((half, x), 1)

        self.refused(
            "unsupported-operator", "written over", Deep(By(lambda s, x: both(s, s.conv(x)), conv=nn.Conv2d(3, 3, 3)))
        )


class Networks(Case):
    def test_what_is_no_classifier(self) -> None:
        self.refused("invalid-model", "has dimensions [1, 2, 14, 14]", nn.Conv2d(3, 2, 3))
        self.refused("invalid-model", "2 outputs", By(lambda s, x: (s.net(x), s.net(x)), net=classifier(nn.Identity())))
        self.refused("invalid-model", "not computed from the picture", By(lambda _, x: torch.zeros(1, 3)))
        self.refused("invalid-model", "without a tensor", By(lambda _, x: "a text"))
        self.refused("invalid-model", "the picture itself", nn.Flatten(), size=(1, 1))

    def test_what_is_no_module(self) -> None:
        for module in (
            None,
            "resnet18",
            torch.zeros(3),
            torch.jit.trace(nn.Conv2d(3, 2, SIDE).eval(), torch.zeros(1, 3, SIDE, SIDE)),
        ):
            self.refused("invalid-option", "", module)
        self.refused("invalid-option", "device meta", nn.Conv2d(3, 2, SIDE, device="meta"))

    def test_pictures_of_a_size_that_the_network_does_not_take(self) -> None:
        network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
        self.refused("invalid-option", "16 × 16 pixels", network)
        self.refused("invalid-option", "1 channels", network, size=(8, 8), channels=1)

    def test_numbers_that_are_not_finite_or_too_large(self) -> None:
        network = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 2))
        with torch.no_grad():
            network[1].weight[0, 0] = 1e5
        self.refused("not-finite", "dtype='f32'", network)
        self.export(network, dtype="f32")
        self.path.unlink()
        with torch.no_grad():
            network[1].weight[0, 0] = float("nan")
        self.refused("not-finite", "NaN", network, dtype="f32")

    def test_a_file_that_is_there_stays(self) -> None:
        self.path.write_text("before")
        with self.assertRaises(relume.RelumeError):
            self.export(Deep(nn.LayerNorm(SIDE)))
        self.assertEqual(self.path.read_text(), "before")


class Options(Case):
    def test_each_is_checked(self) -> None:
        network = classifier(nn.Identity())
        for words, options in (
            ("'imagenett'", {"input": "imagenett"}),
            ("takes range, mean and std", {"input": {"means": 0}}),
            ("must differ", {"input": {"range": (1, 1)}}),
            ("above 0", {"input": {"std": (1, 0, 1)}}),
            ("give 3 numbers", {"input": {"mean": (1, 2)}}),
            ("colours", {"input": "imagenet", "channels": 1}),
            ("3 channels, or 1", {"channels": 4}),
            ("height and width", {"size": 224}),
            ("height and width", {"size": (0, 5)}),
            ("height and width", {"size": (16.5, 16)}),
            ("'f16' or 'f32'", {"dtype": "f64"}),
            ("2 names", {"classes": ["a", "b"]}),
            ("is empty", {"classes": ["a", "b", " ", "d", "e"]}),
            ("one line", {"title": "two\nlines"}),
            ("not a program", {"check": "/no/such/program"}),
        ):
            with self.subTest(words):
                self.refused("invalid-option", words, network, **options)

    def test_files(self) -> None:
        network = classifier(nn.Identity())
        self.refused("unreadable", "cannot be read", network, classes=self.path.parent / "none.txt")
        self.refused("unreadable", "cannot be written", network, path=self.path.parent / "none" / "model.safetensors")


class Comparison(Case):
    """With the engine: a conversion that is wrong is found."""

    def test_another_answer_is_refused(self) -> None:
        network = classifier(nn.Tanh())
        self.assertLess(compared(self.export(network, check="auto")), 1e-5)
        self.path.unlink()
        with mock.patch.dict(OPERATORS, tanh=OPERATORS["sigmoid"]):
            self.refused("internal", "differ from PyTorch's", network, check="auto")


if __name__ == "__main__":
    unittest.main()
