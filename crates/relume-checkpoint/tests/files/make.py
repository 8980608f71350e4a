"""torchvision's networks with few channels as checkpoints, with the logits and the maps that PyTorch has for them.

    python make.py [NAME ...]

needs torch, torchvision and safetensors. All tensors of a network are windows of one short row of random numbers, so that the
files are small. NAME.safetensors holds the logits, and every `step`-th row and column of each rule's map of class 1, for the picture
that `picture` makes.
"""

import collections
import copy
import sys
from pathlib import Path

import torch
import torchvision
from safetensors.torch import save_file
from torch import nn
from torchvision.models import densenet, resnet

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "tests" / "models"))

from rules import RULES, answer, difference  # noqa: E402

CLASSES = 5


def picture(size):
    """Numbers from 0 to 1 by a formula, so that a test can have them too."""
    numbers = torch.arange(3 * size * size, dtype=torch.float64) * 37 % 101 / 101
    return numbers.float().reshape(1, 3, size, size)


def narrow(network, factor, classes=CLASSES):
    """The network with a fraction of its channels."""

    def fewer(channels):
        return channels if channels in (3, classes) else max(1, channels // factor)

    def visit(module):
        for name, child in module.named_children():
            if isinstance(child, nn.Conv2d):
                groups = child.groups if child.groups < child.in_channels else fewer(child.in_channels)
                conv = nn.Conv2d(fewer(child.in_channels), fewer(child.out_channels), child.kernel_size, child.stride,
                                 child.padding, groups=groups, bias=child.bias is not None)
                setattr(module, name, conv)
            elif isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.BatchNorm2d(fewer(child.num_features), eps=child.eps))
            elif isinstance(child, nn.Linear):
                setattr(module, name, nn.Linear(fewer(child.in_features), fewer(child.out_features)))
            else:
                visit(child)

    visit(network)
    return network


def with_head(network, positions, channels):
    """AlexNet or VGG with a small classifier."""
    inputs = positions * channels
    for module in network.classifier:
        if isinstance(module, nn.Linear):
            module.__init__(inputs, CLASSES if module.out_features == CLASSES else 8)
            inputs = 8
    return network


def drawn(network, dtype, seed):
    """Weights that are windows of one storage."""
    generator = torch.Generator().manual_seed(seed)
    largest = max(tensor.numel() for tensor in network.state_dict().values())
    row = (torch.rand(largest + 61, generator=generator) - 0.5).to(dtype)
    positive = (torch.rand(128 if largest < 128 else 512, generator=generator) + 0.5).to(dtype)
    state = collections.OrderedDict()
    for number, (name, tensor) in enumerate(network.state_dict().items()):
        module, _, part = name.rpartition(".")
        is_norm = f"{module}.running_var" in network.state_dict()
        if part == "num_batches_tracked":
            state[name] = torch.tensor(7)
        elif is_norm and part in ("weight", "running_var"):
            state[name] = positive[number % 60:][:tensor.numel()].view(tensor.shape)
        else:
            state[name] = row[number % 61:][:tensor.numel()].view(tensor.shape)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False).double(), state


def lively(network, dtype, x):
    """Weights that let a signal through by each rule, and for which rounding to 32 bits decides no unit otherwise."""
    for seed in range(100):
        exact, state = drawn(copy.deepcopy(network), dtype, seed)
        logits, maps = answer(exact, x.double(), 1)
        if min(part.abs().max().item() for part in maps.values()) > 1e-6:
            _, rounded = answer(exact.float(), x, 1)
            if max(difference(rounded[rule], maps[rule]) for rule in RULES) < 1e-4:
                return state, logits, maps
    raise RuntimeError("no such weights were found")


def networks():
    """Name, network, side of the picture, step of the maps, number format, and how it is saved."""
    models = torchvision.models
    quiet = {"init_weights": False}
    yield "alexnet", with_head(narrow(models.alexnet(num_classes=CLASSES), 32), 36, 8), 224, 16, torch.float32, {}
    vgg = with_head(narrow(models.vgg11(num_classes=CLASSES, **quiet), 32), 49, 16)
    yield "vgg11", vgg, 224, 16, torch.float16, {"wrap": "state_dict", "channels_last": True}
    vgg = with_head(narrow(models.vgg13_bn(num_classes=CLASSES, **quiet), 32), 49, 16)
    yield "vgg13_bn", vgg, 224, 16, torch.float32, {"parameters": True}
    yield "squeezenet1_0", narrow(models.squeezenet1_0(num_classes=CLASSES), 8), 64, 8, torch.float32, {"protocol": 4}
    yield "squeezenet1_1", narrow(models.squeezenet1_1(num_classes=CLASSES), 4), 64, 8, torch.float32, {}
    basic = resnet.ResNet(resnet.BasicBlock, [1, 1, 2, 1], num_classes=CLASSES)
    yield "resnet", narrow(basic, 16), 32, 4, torch.float32, {"legacy": True}
    grouped = resnet.ResNet(resnet.Bottleneck, [1, 2, 1, 1], num_classes=CLASSES, groups=2, width_per_group=64)
    yield "resnext", narrow(grouped, 16), 32, 4, torch.bfloat16, {"prefix": "module."}
    yield "mobilenet_v2", narrow(models.mobilenet_v2(num_classes=CLASSES), 8), 32, 4, torch.float32, {}
    small = densenet.DenseNet(4, (1, 2, 2, 1), 8, bn_size=2, num_classes=CLASSES)
    yield "densenet", small, 32, 4, torch.float64, {"old_names": True, "legacy": True}
    googlenet = models.googlenet(num_classes=CLASSES, aux_logits=False, **quiet)
    yield "googlenet", narrow(googlenet, 16), 64, 8, torch.float32, {"beside": True}


def kept(state, wrap="", parameters=False, prefix="", channels_last=False, old_names=False, beside=False, **_):
    """The state dict as people keep it."""
    if parameters:
        state = {name: nn.Parameter(tensor) if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    if channels_last:
        state = {name: tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
                 for name, tensor in state.items()}
    if old_names:
        for part in ("norm", "conv"):
            for at in "12":
                state = {name.replace(f".{part}{at}.", f".{part}.{at}."): tensor for name, tensor in state.items()}
        state = {name: tensor for name, tensor in state.items() if "num_batches_tracked" not in name}
    state = collections.OrderedDict((prefix + name, tensor) for name, tensor in state.items())
    if beside:
        state["aux1.fc2.weight"] = torch.zeros(3)
        return {"model": state, "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1}]}, "epoch": 3}
    return {wrap: state} if wrap else state


def main():
    for name, network, size, step, dtype, how in networks():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        state, logits, maps = lively(network, dtype, picture(size))
        tensors = {rule: part[:, ::step, ::step].float().contiguous() for rule, part in maps.items()}
        save_file({"logits": logits.float(), **tensors}, HERE / f"{name}.safetensors")
        path = HERE / f"{name}.pth"
        new = {} if how.get("legacy") else {"pickle_protocol": how.get("protocol", 2)}
        torch.save(kept(state, **how), path, _use_new_zipfile_serialization=not how.get("legacy"), **new)
        print(name, path.stat().st_size, logits.tolist(), {rule: part.abs().max().item() for rule, part in maps.items()})


if __name__ == "__main__":
    main()
