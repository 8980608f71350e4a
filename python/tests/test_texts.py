"""Names, options and files, without PyTorch."""

from __future__ import annotations

import pickle
import tempfile
import unittest
from pathlib import Path

import numpy as np
import relume
from relume import npm_package
from relume.class_names import class_names
from relume.comparison import largest_difference
from relume.input_spec import input_spec
from relume.layer_names import LayerNames
from relume.model_file import ModelFile, write
from safetensors.numpy import load


class Names(unittest.TestCase):
    def test_layers_are_named_once_and_as_a_model_file_can_have_it(self) -> None:
        names = LayerNames()
        for wanted, given in (
            ("layer1.0.conv1", "layer1.0.conv1"),
            ("layer1.0.conv1", "layer1.0.conv1_2"),
            ("layer1.0.conv1", "layer1.0.conv1_3"),
            ("", "layer"),
            ("a:0@\n", "a_0__"),
            ("input", "input_2"),
            ("class", "class_2"),
            ("class_2", "class_2_2"),
        ):
            self.assertEqual(names.give(wanted), given)
        self.assertEqual(len(names.give("ü" * 300).encode()), 200)

    def test_classes_of_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "names.txt"
            path.write_bytes("\ufeffhen\r\negg \r\n\r\n".encode())
            self.assertEqual(class_names(path, 2), ["hen", "egg"])
            path.write_bytes(b"\xff\xfe")
            with self.assertRaisesRegex(relume.RelumeError, "UTF-8.*invalid-option"):
                class_names(str(path), 2)
        self.assertEqual(class_names(None, 2), ["class 0", "class 1"])
        with self.assertRaisesRegex(relume.RelumeError, "not a text"):
            class_names(["hen", 1], 2)  # type: ignore[list-item]


class Input(unittest.TestCase):
    def test_presets_are_those_of_the_command_line(self) -> None:
        self.assertEqual(
            input_spec("imagenet", 3, (224, 192)),
            {
                "shape": [3, 224, 192],
                "range": [0, 1],
                "mean": [0.485, 0.456, 0.406],
                "std": [0.229, 0.224, 0.225],
                "crop": 1,
            },
        )
        self.assertEqual(input_spec("minus-one-to-one", 1, [8, 8])["range"], [-1, 1])


class Files(unittest.TestCase):
    def test_a_file_is_written_whole_or_not_at_all(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.safetensors"
            write(path, b"first")
            write(path, b"second")
            self.assertEqual(
                [(each.name, each.read_bytes()) for each in Path(folder).iterdir()], [(path.name, b"second")]
            )
            with self.assertRaisesRegex(relume.RelumeError, "unreadable"):
                write(Path(folder) / "none" / "model.safetensors", b"")

    def test_tensors_that_are_not_laid_out_in_rows(self) -> None:
        numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
        stored = load(ModelFile({}, {"turned": numbers.T}).to_bytes("f16"))
        np.testing.assert_array_equal(stored["turned"], numbers.T.astype(np.float16))


class Comparison(unittest.TestCase):
    """By hand."""

    def test_relative_to_the_largest(self) -> None:
        ours, theirs = np.float32([1, 2, 3]), np.float32([1, 2, 4])
        self.assertEqual(largest_difference(ours, theirs, None), 0.25)
        self.assertEqual(largest_difference(ours, theirs[:2], None), float("inf"))

    def test_before_a_softmax_a_sure_answer_hides_nothing(self) -> None:
        logits = np.float32([0, 30, 10])
        answer = np.exp(logits - 30) / np.exp(logits - 30).sum()
        self.assertLess(largest_difference(logits, answer, "softmax"), 1e-5)
        self.assertGreater(largest_difference(np.float32([5, 30, 10]), answer, "softmax"), 0.1)


class Package(unittest.TestCase):
    def test_it_finds_the_engine_and_the_element(self) -> None:
        for name in ("view.js", "low-level-node.js", "worker/worker.js", "wasm/flex/relume_wasm_bg.wasm"):
            self.assertTrue((npm_package.folder() / name).is_file(), name)
        self.assertTrue(npm_package.lexer().is_file())

    def test_errors_can_be_sent_between_processes(self) -> None:
        for error in (relume.RelumeError("invalid-option", "no"), relume.MissingPackage("none")):
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), again.code, str(again)), (type(error), error.code, str(error)))

    def test_unknown_names_are_refused(self) -> None:
        with self.assertRaises(AttributeError):
            relume.Viewer  # noqa: B018


if __name__ == "__main__":
    unittest.main()
