"""Class-model visualisation (arXiv 1312.6034) by PyTorch's autograd, with the noise and the jitter that relume draws."""

import numpy as np
import torch
from torch.nn import functional as F

from normal import normal
from splitmix64 import sequence


def gaussian(x, deviation):
    """[1, C, H, W] blurred by a Gaussian cut off at twice its standard deviation; beyond the border lies what is at the border."""
    reach = int(np.ceil(2 * deviation))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=x.dtype) / deviation) ** 2)
    taps = (taps / taps.sum()).expand(x.shape[1], 1, 1, -1)
    x = F.conv2d(F.pad(x, (reach, reach, 0, 0), mode="replicate"), taps, groups=x.shape[1])
    return F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), taps.transpose(2, 3), groups=x.shape[1])


def visualise(value, shape, dtype, steps, step_size=0.05, l2=1e-4, noise=0.1, seed=1, jitter=0, blur=0.0):
    """The picture [3, H, W] after `steps` steps up the gradient of `value`, a function of [1, 3, H, W], less l2 times the squared length."""
    count = int(np.prod(shape))
    x = torch.from_numpy(noise * normal(seed, count)).float().reshape(shape).to(dtype)
    offsets = (sequence(seed, 2 * count, 2 * steps) % np.uint64(2 * jitter + 1)).astype(np.int64).reshape(steps, 2) - jitter
    for offset in offsets.tolist():
        x = x.detach().requires_grad_(True)
        worth = value(torch.roll(x, offset, (2, 3))) - l2 * (x**2).sum()
        (gradient,) = torch.autograd.grad(worth, x)
        x = x.detach() + step_size * gradient / gradient.square().mean().sqrt()
        if blur > 0:
            x = gaussian(x, blur)
    return x.detach()[0]
