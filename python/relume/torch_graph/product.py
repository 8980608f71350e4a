"""The product of two activations: an activation function written out, or a layer of its own."""

from __future__ import annotations

from dataclasses import replace

from .activation import Activation
from .call import Call


def product(call: Call, a: Activation, b: Activation) -> Activation:
    """PyTorch's broadcasting, as far as a layer ``mul`` has it."""
    a, b = (call.activation(_compact(each)) for each in (a, b))
    for x, gate in ((a, b), (b, a)):
        kind = _written_out(call, x, gate)
        if kind is not None:
            return call.push(kind, [x], x.shape).viewed(x.dims)
    refusal = call.refuse(
        f"it multiplies {list(a.dims)} by {list(b.dims)}; relume multiplies activations of one shape, or by a number for each "
        "channel, [1, channels, 1, 1], or for each position, [1, 1, height, width]"
    )
    same = a.dims == b.dims and a.shape == b.shape
    if not same and not (_is_aligned(a) and _is_aligned(b)):
        # Vectors, one of which may have been channels of several pixels.
        if not (a.is_vector and b.is_vector and a.dims == b.dims):
            raise refusal
        a, b = call.channels(a), call.channels(b)
    sides = [max(one, other) for one, other in zip(a.shape, b.shape)]
    if any(1 not in (one, other) and one != other for one, other in zip(a.shape, b.shape)):
        raise refusal
    return call.push("mul", [a, b], (sides[0], sides[1], sides[2])).viewed(call.dims)


def _compact(x: Activation) -> Activation:
    """What ``expand`` repeats, the layer repeats by itself."""
    return x if x.before_expand is None else replace(x, dims=x.before_expand, before_expand=None)


def _written_out(call: Call, x: Activation, gate: Activation) -> str | None:
    """The function that ``x`` times ``gate`` is: x · sigmoid(x), x · hard_sigmoid(x) or x · tanh(softplus(x))."""
    if gate.layer is None or x.dims != gate.dims:
        return None
    layer = call.layers[gate.layer]
    if layer.inputs == [x.layer]:
        return {"sigmoid": "silu", "hard_sigmoid": "hard_swish"}.get(layer.kind)
    before = layer.inputs[0]
    if layer.kind == "tanh" and before is not None:
        inner = call.layers[before]
        if inner.kind == "softplus" and inner.fields["beta"] == 1 and inner.inputs == [x.layer]:
            return "mish"
    return None


def _is_aligned(x: Activation) -> bool:
    """Whether its last axes are channels, height and width, with sides of 1 before them that may be left out: then the layer
    multiplies what PyTorch does."""
    padded = (1,) * 3 + x.dims
    return padded[-3:] == x.shape and all(side == 1 for side in padded[:-3])
