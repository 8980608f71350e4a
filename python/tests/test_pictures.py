"""Pictures in the forms that a notebook has them, and the package as a page gets it."""

from __future__ import annotations

import gzip
import json
import struct
import tempfile
import unittest
import zlib
from pathlib import Path

import numpy as np
import relume
from relume import npm_package, widget
from relume.picture_bytes import picture_bytes, png

try:
    from PIL import Image
except ImportError:
    Image = None  # type: ignore[assignment]


def pixels_of(file: bytes) -> np.ndarray:
    """The pixels of a PNG file without filters, read by the format's own words."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    at, content = 8, b""
    width = height = numbers = 0
    while at < len(file):
        (length,) = struct.unpack(">I", file[at : at + 4])
        kind, body = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", file[at + 8 + length : at + 12 + length])[0]
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", body[:10])
            numbers = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
        content += body if kind == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(content), np.uint8).reshape(height, 1 + width * numbers)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, numbers)


class Pictures(unittest.TestCase):
    def test_arrays_keep_their_pixels(self) -> None:
        random = np.random.default_rng(1)
        for shape in ((5, 7, 3), (5, 7, 4), (1, 1, 3), (5, 7)):
            pixels = random.integers(0, 256, shape, np.uint8)
            np.testing.assert_array_equal(pixels_of(png(pixels)), pixels.reshape(*shape[:2], -1))
        turned = np.asfortranarray(random.integers(0, 256, (5, 7, 3), np.uint8))[::-1]
        np.testing.assert_array_equal(pixels_of(png(turned)), turned)

    @unittest.skipIf(Image is None, "PIL is not installed")
    def test_pil_images(self) -> None:
        pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
        np.testing.assert_array_equal(pixels_of(picture_bytes(Image.fromarray(pixels))), pixels)
        transparent = Image.fromarray(np.dstack([pixels, pixels[:, :, 0]]), "RGBA")
        self.assertEqual(pixels_of(picture_bytes(transparent)).shape, (5, 7, 4))
        self.assertEqual(pixels_of(picture_bytes(Image.fromarray(pixels).convert("P"))).shape, (5, 7, 3))

    def test_files_are_taken_as_they_are(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture"
            path.write_bytes(b"anything")
            self.assertEqual(picture_bytes(path), b"anything")
            self.assertEqual(picture_bytes(str(path)), b"anything")
        self.assertEqual(picture_bytes(bytearray(b"bytes")), b"bytes")

    def test_what_is_no_picture(self) -> None:
        for picture, code, words in (
            (np.zeros((5, 7, 3)), "invalid-picture", "float64"),
            (np.zeros((5, 7, 5), np.uint8), "invalid-picture", "[5, 7, 5]"),
            (np.zeros((0, 7, 3), np.uint8), "invalid-picture", "[0, 7, 3]"),
            (None, "invalid-picture", "NoneType"),
            ("none/there.jpg", "unreadable", "none/there.jpg"),
            ("a\0b", "unreadable", "cannot be read"),
        ):
            with self.subTest(words), self.assertRaises(relume.RelumeError) as raised:
                picture_bytes(picture)
            self.assertEqual(raised.exception.code, code)
            self.assertIn(words, raised.exception.message)


class Packed(unittest.TestCase):
    def test_the_page_gets_the_package_as_it_is(self) -> None:
        whole = gzip.decompress(widget.packed())
        length = int.from_bytes(whole[:4], "little")
        at = 4 + length
        files = {}
        for name, size in json.loads(whole[4:at]):
            files[name] = whole[at : at + size]
            at += size
        self.assertEqual(at, len(whole))
        for name in (
            "view.js",
            "worker/worker.js",
            "wasm/flex/relume_wasm_bg.wasm",
            "wasm/flex-relaxed/relume_wasm_bg.wasm",
        ):
            self.assertEqual(files[name], (npm_package.folder() / name).read_bytes())
        self.assertEqual(files["vendor/es-module-lexer.js"], npm_package.lexer().read_bytes())
        self.assertIn("load-package.js", files)


if __name__ == "__main__":
    unittest.main()
