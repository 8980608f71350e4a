"""Modules of torch.nn that become layers as a whole: which operator each is, and with what."""

from __future__ import annotations

from typing import Any, Callable

from torch import nn

from .call import Call
from .operators import OPERATORS

Maker = Callable[[Call, Any, Any], Any]


def _convolution(call: Call, module: nn.Conv2d, x: Any) -> Any:
    if module.padding_mode != "zeros" and (isinstance(module.padding, str) or any(module.padding)):
        raise call.refuse(f"its padding_mode is {module.padding_mode}; relume pads with zeros")
    return OPERATORS["conv2d"](
        call, x, module.weight, module.bias, module.stride, module.padding, module.dilation, module.groups
    )


def _batch_norm(call: Call, module: nn.BatchNorm2d, x: Any) -> Any:
    statistics = (module.running_mean, module.running_var)
    return OPERATORS["batch_norm"](call, x, module.weight, module.bias, *statistics, False, None, module.eps)


def _by(operator: str, *attributes: str) -> Maker:
    """The operator with these attributes of the module, in its order."""

    def make(call: Call, module: Any, x: Any) -> Any:
        return OPERATORS[operator](call, x, *(getattr(module, name) for name in attributes))

    return make


_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
_WINDOW = ("kernel_size", "stride", "padding")

MODULES: dict[type[nn.Module], Maker] = {
    nn.Conv2d: _convolution,
    nn.Linear: _by("linear", "weight", "bias"),
    nn.BatchNorm1d: _batch_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.SyncBatchNorm: _batch_norm,
    nn.LocalResponseNorm: _by("local_response_norm", "size", "alpha", "beta", "k"),
    nn.ReLU: _by("relu"),
    nn.ReLU6: _by("relu6"),
    nn.Hardtanh: _by("hardtanh", "min_val", "max_val"),
    nn.LeakyReLU: _by("leaky_relu", "negative_slope"),
    nn.PReLU: _by("prelu", "weight"),
    nn.Sigmoid: _by("sigmoid"),
    nn.Tanh: _by("tanh"),
    nn.SiLU: _by("silu"),
    nn.GELU: _by("gelu", "approximate"),
    nn.ELU: _by("elu", "alpha"),
    nn.SELU: _by("selu"),
    nn.CELU: _by("celu", "alpha"),
    nn.Softplus: _by("softplus", "beta", "threshold"),
    nn.Mish: _by("mish"),
    nn.Hardsigmoid: _by("hardsigmoid"),
    nn.Hardswish: _by("hardswish"),
    nn.MaxPool2d: _by("max_pool2d", *_WINDOW, "dilation", "ceil_mode", "return_indices"),
    nn.AvgPool2d: _by("avg_pool2d", *_WINDOW, "ceil_mode", "count_include_pad", "divisor_override"),
    nn.AdaptiveAvgPool2d: _by("adaptive_avg_pool2d", "output_size"),
    nn.AdaptiveMaxPool2d: _by("adaptive_max_pool2d", "output_size", "return_indices"),
    nn.Flatten: _by("flatten"),
    nn.Unflatten: _by("unflatten"),
    nn.Identity: _by("identity"),
    nn.ChannelShuffle: _by("channel_shuffle", "groups"),
    nn.ZeroPad2d: lambda call, module, x: OPERATORS["pad"](call, x, module.padding),
    nn.ConstantPad2d: lambda call, module, x: OPERATORS["pad"](call, x, module.padding, "constant", module.value),
    nn.Softmax: _by("softmax", "dim"),
    nn.LogSoftmax: _by("log_softmax", "dim"),
    **dict.fromkeys(_DROPOUTS, _by("identity")),
}


def known(module: nn.Module) -> Maker | None:
    """How the module becomes a layer; None if its forward is not that of a class in the table."""
    for kind in type(module).__mro__:
        maker = MODULES.get(kind)
        if maker is not None:
            own = all(
                getattr(type(module), name, None) is getattr(kind, name, None) for name in ("forward", "_conv_forward")
            )
            return maker if own else None
    return None
