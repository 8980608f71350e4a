"""Small networks with seeded weights: each has a kind of layer, or a way to write one, that another has not."""

from __future__ import annotations

from typing import Any, Callable

import torch
from torch import nn
from torch.nn import functional as F

SIDE = 16
CLASSES = 5


class By(nn.Module):
    """A forward that is a function of the module and its input, with modules and parameters by name."""

    def __init__(self, forward: Callable[[Any, torch.Tensor], Any], **parts: Any) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.how = forward

    def forward(self, x: torch.Tensor) -> Any:
        return self.how(self, x)


class PlainGelu(nn.Module):
    """Takes another argument, which is left out."""

    def forward(self, x: torch.Tensor, approximate: Any = None) -> torch.Tensor:
        return F.gelu(x) if approximate is None else F.gelu(x, approximate="tanh")


def classifier(body: nn.Module | Callable[[torch.Tensor], torch.Tensor], channels: int = 6) -> nn.Module:
    """``body``, of 6 × 16 × 16, between a convolution with a ReLU and a fully connected layer."""
    body = body if isinstance(body, nn.Module) else By(lambda _, x, f=body: f(x))
    first = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU())
    return nn.Sequential(first, body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


def shuffled(_: Any, x: torch.Tensor) -> torch.Tensor:
    batch, channels, height, width = x.size()
    x = x.view(batch, 3, channels // 3, height, width)
    return torch.transpose(x, 1, 2).contiguous().view(batch, -1, height, width)


def twice_in_place(self: Any, x: torch.Tensor) -> torch.Tensor:
    before = self.conv(x)
    after = F.relu(before, inplace=True)
    return before + after  # what `before` was is lost


def halves(_: Any, x: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, dim=1)
    return torch.cat((second * 2, first), dim=1)


def by_weights(self: Any, x: torch.Tensor) -> torch.Tensor:
    return F.conv2d(x, self.weight, None, 2, 1) * self.gamma.view(1, -1, 1, 1) + self.shift[:, None, None]


def squeezed(self: Any, x: torch.Tensor) -> torch.Tensor:
    batch, channels = x.shape[:2]
    scale = self.fc(x.mean(dim=(2, 3))).view(batch, channels, 1, 1)
    return x * scale.expand_as(x)


def frozen_norm(self: Any, x: torch.Tensor) -> torch.Tensor:
    scale = self.weight.reshape(1, -1, 1, 1) * (self.var.reshape(1, -1, 1, 1) + 1e-5).rsqrt()
    return x * scale + (self.bias.reshape(1, -1, 1, 1) - self.mean.reshape(1, -1, 1, 1) * scale)


def nothing_changed(_: Any, x: torch.Tensor) -> torch.Tensor:
    x = x.float().to(torch.float32).contiguous(memory_format=torch.channels_last).clone().type_as(x)
    assert x.dim() == 4 and x.shape[1] == 6
    return x.unsqueeze(0).squeeze(0).unflatten(1, (2, 3)).flatten(1, 2).to(x.dtype).transpose(0, 0).permute(0, 1, 2, 3)


def _buffers(**tensors: torch.Tensor) -> dict[str, Any]:
    return {name: nn.Parameter(tensor, requires_grad=False) for name, tensor in tensors.items()}


#: By name: how the network is made. Those whose name begins with `unruled` have a ReLU that PyTorch's side of the comparison does
#: not know as one, so that only its plain gradient can be compared; those with `in place`, no map.
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "conv2d, grouped, dilated, strided": lambda: classifier(nn.Conv2d(6, 6, (3, 2), (2, 1), (2, 1), (2, 1), groups=3)),
    "conv2d, padding same, even kernel": lambda: classifier(
        nn.Conv2d(6, 6, (4, 3), padding="same", dilation=(1, 2), bias=False)
    ),
    "conv2d, padding valid": lambda: classifier(nn.Conv2d(6, 6, 3, padding="valid")),
    "conv2d and arithmetic by parameters": lambda: classifier(
        By(by_weights, **_buffers(weight=torch.randn(6, 6, 3, 3) / 7, gamma=torch.rand(6), shift=torch.randn(6)))
    ),
    "weights by a parametrisation": lambda: classifier(nn.utils.parametrizations.weight_norm(nn.Conv2d(6, 6, 3))),
    "one module called twice": lambda: classifier(
        By(
            lambda self, x: self.relu(self.conv(self.relu(self.conv(x)))),
            conv=nn.Conv2d(6, 6, 3, padding=1),
            relu=nn.ReLU(),
        )
    ),
    "weights shared by two modules": lambda: _tied(),
    "linear without a bias": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 9, bias=False), nn.ReLU(), nn.Linear(9, CLASSES)
    ),
    "matmul": lambda: nn.Sequential(
        nn.Flatten(),
        By(lambda self, x: F.relu(x @ self.w + self.b), **_buffers(w=torch.randn(768, 9) / 28, b=torch.randn(9))),
        nn.Linear(9, CLASSES),
    ),
    "batch_norm": lambda: classifier(_measured(nn.BatchNorm2d(6))),
    "batch_norm without weights": lambda: classifier(_measured(nn.BatchNorm2d(6, affine=False))),
    "batch_norm of a vector": lambda: nn.Sequential(
        nn.Conv2d(3, 6, 5, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(96, 8),
        _measured(nn.BatchNorm1d(8)),
        nn.ReLU(),
        nn.Linear(8, CLASSES),
    ),
    "batch_norm by a function": lambda: classifier(
        By(
            lambda s, x: F.batch_norm(x, s.m, s.v, s.w, s.b, False, 0.1, 1e-3),
            **_buffers(m=torch.randn(6), v=torch.rand(6) + 0.5, w=torch.rand(6), b=torch.randn(6)),
        )
    ),
    "frozen batch_norm written out": lambda: classifier(
        By(
            frozen_norm,
            **_buffers(weight=torch.rand(6), bias=torch.randn(6), mean=torch.randn(6), var=torch.rand(6) + 0.5),
        )
    ),
    "local_response_norm": lambda: classifier(nn.LocalResponseNorm(5, 0.1, 0.7, 2.0)),
    "in place: relu by a function": lambda: classifier(By(twice_in_place, conv=nn.Conv2d(6, 6, 3))),
    "unruled: relu as a method": lambda: classifier(By(lambda self, x: self.conv(x).relu_(), conv=nn.Conv2d(6, 6, 3))),
    "relu6": lambda: classifier(nn.Sequential(nn.Conv2d(6, 6, 3), By(lambda _, x: F.relu6(4 * x)))),
    "unruled: hardtanh from 0": lambda: classifier(nn.Sequential(nn.Conv2d(6, 6, 3), nn.Hardtanh(0, 0.5))),
    "unruled: clamp from 0": lambda: classifier(nn.Sequential(nn.Conv2d(6, 6, 3), By(lambda _, x: x.clamp(min=0)))),
    "leaky_relu": lambda: classifier(nn.Sequential(nn.Conv2d(6, 6, 3), nn.LeakyReLU(0.2))),
    "prelu": lambda: classifier(nn.Sequential(nn.Conv2d(6, 6, 3), nn.PReLU(6), nn.Conv2d(6, 6, 3), nn.PReLU())),
    "sigmoid and tanh": lambda: classifier(nn.Sequential(nn.Sigmoid(), By(lambda _, x: torch.tanh(x)))),
    "silu, and written out": lambda: classifier(nn.Sequential(nn.SiLU(), By(lambda _, x: x * torch.sigmoid(x)))),
    "gelu": lambda: classifier(nn.Sequential(nn.GELU(), nn.GELU("tanh"), PlainGelu())),
    "elu, celu and selu": lambda: classifier(
        nn.Sequential(nn.Conv2d(6, 6, 3), nn.ELU(0.7), nn.CELU(), nn.Conv2d(6, 6, 3), nn.SELU())
    ),
    "softplus and mish": lambda: classifier(
        nn.Sequential(nn.Softplus(2.0), nn.Mish(), By(lambda _, x: x * torch.tanh(F.softplus(x))))
    ),
    "hard_sigmoid and hard_swish": lambda: classifier(
        nn.Sequential(nn.Conv2d(6, 6, 3), nn.Hardsigmoid(), nn.Hardswish())
    ),
    "max_pool2d, ceil": lambda: classifier(nn.MaxPool2d(3, 2, 1, ceil_mode=True)),
    "max_pool2d by a function, dilated": lambda: classifier(
        lambda x: F.max_pool2d(x, (3, 2), stride=2, dilation=(2, 1))
    ),
    "avg_pool2d, padding not counted": lambda: classifier(
        nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)
    ),
    "avg_pool2d by a function": lambda: classifier(lambda x: F.avg_pool2d(x, 2)),
    "adaptive pooling by windows of one size": lambda: classifier(
        nn.Sequential(nn.AdaptiveAvgPool2d((5, None)), nn.AdaptiveMaxPool2d((5, 4)))
    ),
    "mean over positions": lambda: nn.Sequential(nn.Conv2d(3, CLASSES, 3), nn.ReLU(), By(lambda _, x: x.mean([2, 3]))),
    "mean over one axis of a vector of positions": lambda: nn.Sequential(
        nn.Conv2d(3, CLASSES, 3), nn.ReLU(), By(lambda _, x: x.flatten(2).mean(-1))
    ),
    "maximum over positions": lambda: nn.Sequential(
        nn.Conv2d(3, CLASSES, 3), nn.ReLU(), By(lambda _, x: torch.amax(x, (2, 3)))
    ),
    "add, three at once": lambda: classifier(
        By(lambda s, x: torch.add(x, s.a(x)) + s.b(x), a=nn.Conv2d(6, 6, 3, padding=1), b=nn.Conv2d(6, 6, 1))
    ),
    "sum of a list, and a difference": lambda: classifier(
        By(lambda s, x: sum([x, s.a(x)]) - s.b(x), a=nn.Conv2d(6, 6, 1), b=nn.Conv2d(6, 6, 1))
    ),
    "constants": lambda: classifier(lambda x: (1 - x) / 2 + torch.tensor([1.0, 2, 3, 4, 5, 6]).view(6, 1, 1) * 3 - 0.5),
    "mul, squeeze-and-excitation": lambda: classifier(
        By(squeezed, fc=nn.Sequential(nn.Linear(6, 2), nn.ReLU(), nn.Linear(2, 6), nn.Sigmoid()))
    ),
    "mul, by a number for each position": lambda: classifier(
        By(lambda s, x: x * torch.sigmoid(s.a(x)), a=nn.Conv2d(6, 1, 3, padding=1))
    ),
    "mul of two": lambda: classifier(By(lambda s, x: torch.mul(s.a(x), x), a=nn.Conv2d(6, 6, 1))),
    "concat": lambda: classifier(By(lambda s, x: torch.cat([x, s.a(x)], 1), a=nn.Conv2d(6, 3, 1)), 9),
    "concat of vectors": lambda: nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.ReLU(),
        By(lambda _, x: torch.cat([x.mean((2, 3)), torch.amax(x, (2, 3))], -1)),
        nn.Linear(12, CLASSES),
    ),
    "slice: chunks": lambda: classifier(By(halves)),
    "slice: split by sizes": lambda: classifier(lambda x: torch.cat(torch.split(x, [1, 5], 1)[::-1], 1)),
    "slice: brackets": lambda: classifier(lambda x: torch.cat((x[:, 2:4], x[:, -1:], x[:, 0][:, None], x[:, :2]), 1)),
    "slice: input channels, as GoogLeNet": lambda: nn.Sequential(
        By(lambda _, x: torch.cat([torch.unsqueeze(x[:, i], 1) * 0.5 + 0.1 * i for i in range(3)], 1)),
        classifier(nn.Identity()),
    ),
    "channel_shuffle by view and transpose": lambda: classifier(By(shuffled)),
    "channel_shuffle": lambda: classifier(nn.ChannelShuffle(2)),
    "what changes no number": lambda: classifier(By(nothing_changed)),
    "flatten and dropout": lambda: nn.Sequential(
        nn.Conv2d(3, 4, 5, 3),
        nn.ReLU(),
        nn.Dropout2d(0.5),
        By(lambda s, x: F.dropout(torch.flatten(x, 1), 0.5, s.training)),
        nn.Linear(64, CLASSES),
    ),
    "padding before a convolution and a pooling": lambda: classifier(
        nn.Sequential(
            nn.ZeroPad2d((1, 2, 0, 1)),
            nn.Conv2d(6, 6, 3),
            By(lambda _, x: F.pad(x, (0, 1, 2, 0))),
            nn.AvgPool2d(2),
            nn.ZeroPad2d(1),
            nn.MaxPool2d(2),
        )
    ),
    "padding that a ReLU reads": lambda: classifier(
        nn.Sequential(nn.Conv2d(6, 6, 3), nn.ConstantPad2d(1, 0.0), nn.ReLU())
    ),
    "convolution as the last layer": lambda: nn.Sequential(
        nn.Conv2d(3, 6, 3, 2), nn.ReLU(), nn.Conv2d(6, CLASSES, 7), nn.Flatten()
    ),
    "the answer as a tuple of one": lambda: By(lambda s, x: (s.net(x),), net=classifier(nn.Identity())),
    "a single module": lambda: nn.Conv2d(3, CLASSES, SIDE),
}


def _tied() -> nn.Module:
    first, second = nn.Conv2d(6, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
    second.weight = first.weight
    return classifier(nn.Sequential(first, nn.ReLU(), second))


def _measured(norm: nn.Module) -> nn.Module:
    """With statistics unlike those of a new one."""
    for name, tensor in [*norm.named_parameters(), *norm.named_buffers()]:
        if tensor.is_floating_point():
            torch.nn.init.uniform_(tensor, 0.5, 1.5) if name == "running_var" else torch.nn.init.normal_(tensor)
    return norm


def network(name: str) -> nn.Module:
    """In evaluation, with the same weights each time."""
    torch.manual_seed(1)
    return NETWORKS[name]().eval().requires_grad_(False)
