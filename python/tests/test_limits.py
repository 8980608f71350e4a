"""How much one pass of a view's network may take, as it is given in Python and as the page gets it."""

from __future__ import annotations

import unittest

import numpy as np

try:
    import anywidget  # noqa: F401
except ImportError:
    raise unittest.SkipTest("anywidget is not installed") from None

import relume

PICTURE = np.zeros((2, 2, 3), np.uint8)


class Limits(unittest.TestCase):
    def view(self, limits: object) -> relume.View:
        return relume.View(b"model", PICTURE, limits=limits)

    def test_the_page_gets_them_as_the_element_takes_them(self) -> None:
        self.assertEqual(relume.View(b"model", PICTURE).limits, "")
        for given, text in (
            (None, ""),
            ("none", "none"),
            ({}, ""),
            ({"operations": 2e11}, "operations=200000000000"),
            ({"activation_bytes": 1 << 32, "operations": 0.5}, "activationBytes=4294967296 operations=0.5"),
            ({"operations": np.float32(1e30)}, "operations=1.0000000150474662e+30"),
            ({"operations": float("inf")}, "operations=Infinity"),
            ("operations=2e11, activationBytes=4e9", "operations=200000000000 activationBytes=4000000000"),
        ):
            self.assertEqual(self.view(given).limits, text)

    def test_what_is_no_limit_is_refused(self) -> None:
        wrong = (
            "all",
            "operations=",
            "operations=2e11, operations=3e11",
            "operations=-1",
            "memory=5",
            5,
            ["operations"],
            {"operations": 0},
            {"operations": float("nan")},
            {"operations": True},
            {"operations": "9"},
            {"memory": 9},
            {"activation_bytes": -1},
            {"operations": 10**400},
            PICTURE,
        )
        for limits in wrong:
            with self.subTest(limits=limits), self.assertRaises(relume.RelumeError) as raised:
                self.view(limits)
            self.assertEqual(raised.exception.code, "invalid-option")
            self.assertIn("limits", raised.exception.message)


if __name__ == "__main__":
    unittest.main()
