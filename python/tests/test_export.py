"""What else a file and its report say, and that the module stays as it was."""

from __future__ import annotations

import json
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

try:
    import torch
except ImportError:
    raise unittest.SkipTest("PyTorch is not installed") from None

import relume
from safetensors.torch import load_file
from torch import nn

from against_torch import RELUME, compared
from networks import CLASSES, SIDE, By, classifier, network


class Answer(NamedTuple):
    logits: torch.Tensor


@dataclass
class Data:
    logits: torch.Tensor


def described(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    description: dict[str, Any] = json.loads(header["__metadata__"]["relume"])
    return description


class Export(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "hen-or-egg.v2.safetensors"

    def export(self, module: nn.Module, **options: Any) -> relume.ExportReport:
        return relume.export(
            module, self.path, **{"input": "zero-to-one", "size": (SIDE, SIDE), "check": None, **options}
        )

    def test_layers_are_named_as_modules(self) -> None:
        report = self.export(network("one module called twice"))
        self.assertEqual(report.layers, ("0.0", "0.1", "1.conv", "1.relu", "1.conv_2", "1.relu_2", "2", "4"))
        self.assertEqual([layer["name"] for layer in described(self.path)["layers"]], list(report.layers))

    def test_description(self) -> None:
        names = self.path.with_name("names.txt")
        names.write_text("hen\negg\nnest\nfox\nhay\n", encoding="utf-8")
        spec = {"range": (0, 255), "mean": 127.5, "std": (58, 57, 57)}
        report = self.export(
            classifier(nn.Identity()), classes=names, input=spec, title="Hen or egg", source="my farm", licence="MIT"
        )
        self.assertEqual(report.classes, ("hen", "egg", "nest", "fox", "hay"))
        about = described(self.path)
        del about["layers"]
        self.assertEqual(
            about,
            {
                "format": 1,
                "name": "hen-or-egg",
                "title": "Hen or egg",
                "source": "my farm",
                "licence": "MIT",
                "input": {
                    "shape": [3, SIDE, SIDE],
                    "range": [0.0, 255.0],
                    "mean": [127.5] * 3,
                    "std": [58.0, 57.0, 57.0],
                    "crop": 1,
                },
                "classes": ["hen", "egg", "nest", "fox", "hay"],
            },
        )

    def test_weights_are_stored_in_16_bits_unless_told(self) -> None:
        module = classifier(nn.Identity())
        self.export(module)
        self.assertEqual({tensor.dtype for tensor in load_file(self.path).values()}, {torch.float16})
        self.export(module, dtype="f32")
        self.assertTrue(torch.equal(load_file(self.path)["0.0.weight"], module[0][0].weight))

    def test_the_module_keeps_its_modes_and_numbers(self) -> None:
        module = network("batch_norm").train()
        module[1].eval()
        before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        self.export(module)
        self.assertTrue(module.training and module[0].training)
        self.assertFalse(module[1].training)
        for name, tensor in module.state_dict().items():
            self.assertTrue(torch.equal(tensor, before[name]), name)
        with self.assertRaises(relume.RelumeError):
            self.export(nn.Sequential(module, nn.LayerNorm(CLASSES)))
        self.assertTrue(module.training)

    def test_modules_in_other_than_32_bits_are_copied(self) -> None:
        for dtype in (torch.float64, torch.float16, torch.bfloat16):
            module = network("conv2d, padding valid").to(dtype)
            self.assertLess(compared(self.export(module, check="auto")), 1e-5)
            self.assertEqual(module[0][0].weight.dtype, dtype)

    def test_grey_pictures(self) -> None:
        module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
        report = self.export(module, channels=1, input={"mean": 0.5, "std": 0.25}, check="auto")
        self.assertLess(compared(report), 1e-5)
        self.assertEqual(described(self.path)["input"]["mean"], [0.5])

    def test_what_follows_the_logits_is_left_out_and_said(self) -> None:
        for end, word in ((nn.Softmax(1), "softmax"), (nn.LogSoftmax(-1), "softmax"), (nn.Sigmoid(), "sigmoid")):
            with self.subTest(word):
                report = self.export(nn.Sequential(classifier(nn.Identity()), end), check="auto")
                self.assertIn(word, "".join(report.notes))
                self.assertEqual(described(self.path)["layers"][-1]["kind"], "linear")
                self.assertLess(compared(report), 1e-4)

    def test_an_answer_of_another_type(self) -> None:
        for of in (lambda x: {"logits": x}, lambda x: [x, None], Answer, Data):
            report = self.export(By(lambda s, x, of=of: of(s.net(x)), net=classifier(nn.Identity())), check="auto")
            self.assertEqual(len(report.classes), CLASSES)
            self.assertLess(compared(report), 1e-5)

    def test_the_caller_s_own_contexts_change_nothing(self) -> None:
        module = network("in place: relu by a function")
        for context in (torch.inference_mode(), torch.autocast("cpu"), torch.enable_grad()):
            with context:
                self.assertLess(compared(self.export(module, check="auto")), 1e-5)
        with torch.inference_mode():
            self.assertLess(compared(self.export(network("batch_norm"), check="auto")), 1e-5)

    def test_wrappers_are_looked_into(self) -> None:
        for wrapped in (nn.DataParallel(network("relu6")), torch.compile(network("relu6"))):
            self.assertIn("1.0", self.export(wrapped).layers)

    def test_both_programs_that_compare_agree(self) -> None:
        for check, program in (("node", "node"), (RELUME, "relume")):
            report = self.export(network("batch_norm"), check=check)
            self.assertEqual(report.checked_with, program)
            self.assertLess(compared(report), 1e-5)

    def test_the_report_says_what_compared(self) -> None:
        self.assertIsNone(self.export(classifier(nn.Identity())).checked_with)
        report = self.export(classifier(nn.Identity()), check="auto")
        self.assertIn(report.checked_with, ("node", "relume"))
        self.assertIn("differ from PyTorch's by", str(report))


if __name__ == "__main__":
    unittest.main()
