"""The inputs: crops of the sample picture, and their normalisation."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

PICTURES = Path(__file__).resolve().parents[2] / "www" / "pictures"
CAT = PICTURES / "chelsea.png"


def crop(reduce, top, left, height, width):
    """A window of the cat, after averaging `reduce` x `reduce` pixels to one. [height, width, 3], 0..255."""
    with Image.open(CAT) as picture:
        pixels = np.asarray(picture.convert("RGB").reduce(reduce))
    window = pixels[top : top + height, left : left + width]
    assert window.shape == (height, width, 3), window.shape
    return window


def gallery(name):
    """A picture of the page's gallery. [32, 32, 3], 0..255."""
    with Image.open(PICTURES / "cifar10" / name) as picture:
        return np.asarray(picture.convert("RGB"))


def view(size, fraction):
    """The centred square that holds `fraction` of the shorter side, resampled to `size` x `size`."""
    with Image.open(CAT) as picture:
        side = min(picture.size) * fraction
        left, top = ((length - side) / 2 for length in picture.size)
        box = (left, top, left + side, top + side)
        return np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BICUBIC, box=box))


def normalised(pixels, spec):
    """[1, 3, H, W] as the model's `input` says: reckoned in f64, rounded once to f32."""
    low, high = spec["range"]
    values = low + pixels.astype(np.float64) * (high - low) / 255
    values = (values - np.asarray(spec["mean"])) / np.asarray(spec["std"])
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)[None], dtype=np.float32))
