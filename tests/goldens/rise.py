"""RISE (arXiv 1806.07421) by NumPy and PyTorch: masks drawn as relume draws them, enlarged and averaged by PyTorch."""

import numpy as np
import torch
from torch.nn import functional as F

from splitmix64 import BITS, sequence


def masks(count, cells, keep, seed, height, width):
    """`count` masks, [N, 1, H, W]."""
    each = cells**2 + 2
    numbers = sequence(seed, 0, count * each).reshape(count, each)
    kept = (numbers[:, :-2] >> np.uint64(64 - BITS)).astype(np.float64) < keep * 2.0**BITS
    grids = torch.from_numpy(kept.astype(np.float64).reshape(count, 1, cells, cells))
    tall, wide = -(-height // cells), -(-width // cells)
    enlarged = F.interpolate(grids, ((cells + 1) * tall, (cells + 1) * wide), mode="bilinear", align_corners=False)
    moved = zip(enlarged, (numbers[:, -2] % np.uint64(tall)).tolist(), (numbers[:, -1] % np.uint64(wide)).tolist())
    return torch.stack([mask[:, top : top + height, left : left + width] for mask, top, left in moved])


def rise(network, x, target, count, cells, keep, seed, logit):
    """The map, [1, H, W]."""
    drawn = masks(count, cells, keep, seed, *x.shape[2:]).to(x.dtype)
    with torch.no_grad():
        answers = [network(x * mask[None]).flatten() for mask in drawn]
    values = torch.stack([each[target] if logit else each.softmax(0)[target] for each in answers])
    return (values[:, None, None, None] * drawn).mean(0) / keep
