"""A network in PyTorch, built from a model description: one module a layer, so that hooks find each of them."""

import torch
from torch import nn
from torch.nn import functional as F


class ReLU(nn.ReLU):
    """A ReLU that may be clipped. Being an `nn.ReLU`, Captum rewrites it; it passes over `nn.ReLU6` in silence.

    One module for both edges, not a ReLU with a clamp behind it: the clamp's own gradient would stop the signal of the
    deconvnet rule, which ignores what went forward.
    """

    def __init__(self, maximum):
        super().__init__()
        self.maximum = maximum

    def forward(self, x):
        return F.relu(x) if self.maximum is None else F.hardtanh(x, 0.0, self.maximum)


class Padded(nn.Module):
    """Pads, possibly more on one side than on the other, and then applies `inner`."""

    def __init__(self, padding, value, inner):
        super().__init__()
        top, left, bottom, right = padding
        self.sides = (left, right, top, bottom)
        self.value = value
        self.inner = inner

    def forward(self, x):
        return self.inner(F.pad(x, self.sides, value=self.value))


class Add(nn.Module):
    def forward(self, *xs):
        return sum(xs[1:], xs[0])


class Concat(nn.Module):
    def forward(self, *xs):
        return torch.cat(xs, dim=1)


class Mul(nn.Module):
    def forward(self, a, b):
        return a * b


class Slice(nn.Module):
    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def forward(self, x):
        return x[:, self.start : self.end]


class Flatten(nn.Module):
    """To C*H*W x 1 x 1, as every activation of a model file has three axes."""

    def forward(self, x):
        return x.reshape(x.shape[0], -1, 1, 1)


class Linear(nn.Module):
    def __init__(self, inputs, outputs, bias):
        super().__init__()
        self.inner = nn.Linear(inputs, outputs, bias)

    def forward(self, x):
        return self.inner(x[:, :, 0, 0])[:, :, None, None]


def elementwise(layer):
    """The activation of a layer, other than the ReLU and the PReLU; None where it is none."""
    return {
        "leaky_relu": lambda: nn.LeakyReLU(layer["slope"]),
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "silu": nn.SiLU,
        "gelu": lambda: nn.GELU(approximate=layer.get("approximate", "none")),
        "elu": lambda: nn.ELU(layer.get("alpha", 1.0)),
        "selu": nn.SELU,
        # From 20 / beta on PyTorch gives x itself, which is the same to all digits of an f32.
        "softplus": lambda: nn.Softplus(layer.get("beta", 1.0)),
        "mish": nn.Mish,
        "hard_sigmoid": nn.Hardsigmoid,
        "hard_swish": nn.Hardswish,
    }.get(layer["kind"], lambda: None)()


def split(padding):
    """Padding that an operation takes by itself, and padding to be put on before it (None where there is none)."""
    top, left, bottom, right = padding
    return ((top, left), None) if (top, left) == (bottom, right) else ((0, 0), padding)


def layer_module(layer, tensors, relu):
    """The module of one layer, in evaluation, with its weights."""
    kind, name = layer["kind"], layer["name"]
    own = {key.removeprefix(f"{name}."): torch.from_numpy(t) for key, t in tensors.items() if key.startswith(f"{name}.")}
    inside, outside = split(layer.get("padding", [0, 0, 0, 0]))
    before = 0.0
    if kind == "conv2d":
        groups = layer.get("groups", 1)
        module = nn.Conv2d(
            own["weight"].shape[1] * groups, layer["out_channels"], layer["kernel"], layer.get("stride", [1, 1]),
            inside, layer.get("dilation", [1, 1]), groups, layer.get("bias", True),
        )
        module.load_state_dict(own)
    elif kind == "linear":
        module = Linear(own["weight"].shape[1], layer["out_features"], layer.get("bias", True))
        module.inner.load_state_dict(own)
    elif kind == "relu":
        module = relu(layer.get("max"))
    elif (activation := elementwise(layer)) is not None:
        module = activation
    elif kind == "prelu":
        module = nn.PReLU(own["weight"].shape[0])
        module.load_state_dict(own)
    elif kind == "max_pool2d":
        before = float("-inf")
        module = nn.MaxPool2d(
            layer["kernel"], layer["stride"], inside, layer.get("dilation", [1, 1]), ceil_mode=layer.get("ceil_mode", False)
        )
    elif kind == "avg_pool2d":
        module = nn.AvgPool2d(
            layer["kernel"], layer["stride"], inside, layer.get("ceil_mode", False), layer.get("count_include_pad", True)
        )
    elif kind == "batch_norm":
        module = nn.BatchNorm2d(own["weight"].shape[0], eps=layer.get("epsilon", 1e-5))
        module.load_state_dict(own | {"num_batches_tracked": torch.tensor(0)})
    else:
        module = {
            "global_avg_pool": lambda: nn.AdaptiveAvgPool2d(1),
            "add": Add,
            "concat": Concat,
            "mul": Mul,
            "slice": lambda: Slice(layer["start"], layer["end"]),
            "channel_shuffle": lambda: nn.ChannelShuffle(layer["groups"]),
            "local_response_norm": lambda: nn.LocalResponseNorm(layer["size"], layer["alpha"], layer["beta"], layer["k"]),
            "flatten": Flatten,
            "dropout": lambda: nn.Dropout(layer["rate"]),
            "softmax": lambda: nn.Softmax(dim=1),
        }[kind]()
    if outside is not None:
        # PyTorch decides by the padded size which windows of a pooling count; only without these is that the same.
        assert not layer.get("ceil_mode", False) and layer.get("count_include_pad", True), name
        module = Padded(outside, before, module)
    return module


class Network(nn.Module):
    """The graph. `forward` gives the logits, [1, classes], for Captum; `activations` gives every layer's output."""

    def __init__(self, model, tensors, relu=ReLU):
        super().__init__()
        self.layers = model["layers"]
        self.logits_layer = [layer["name"] for layer in self.layers if layer["kind"] != "softmax"][-1]
        self.steps = nn.ModuleDict({layer["name"]: layer_module(layer, tensors, relu) for layer in self.layers})
        self.requires_grad_(False)
        self.eval()

    def activations(self, x):
        seen = {"input": x}
        for layer in self.layers:
            inputs = [seen[name] for name in layer["inputs"]]
            if layer["kind"] == "relu":
                # Captum rewrites the gradient of the tensor a ReLU reads, also for others that read the same one.
                inputs = [inputs[0].clone()]
            seen[layer["name"]] = self.steps[layer["name"]](*inputs)
        return seen

    def forward(self, x):
        return self.activations(x)[self.logits_layer][:, :, 0, 0]
