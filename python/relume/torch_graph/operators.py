"""Every operator that becomes layers, by the name that PyTorch has for it."""

from __future__ import annotations

from . import activation_functions, arithmetic, channels, convolution, linear, normalisation, pooling, reshape
from .call import Operators

OPERATORS: Operators = {
    **activation_functions.OPERATORS,
    **arithmetic.OPERATORS,
    **channels.OPERATORS,
    **convolution.OPERATORS,
    **linear.OPERATORS,
    **normalisation.OPERATORS,
    **pooling.OPERATORS,
    **reshape.OPERATORS,
}

#: What these give depends on an activation's size or type alone, which is that of every picture: constants.
OF_THE_SIZE = frozenset(
    "size shape dim ndim numel nelement len dtype device sym_size sym_numel is_floating_point is_cuda is_quantized stride "
    "is_contiguous get_device type zeros_like ones_like full_like new_zeros new_ones new_full _assert _assert_is_none "
    "_assert_tensor_metadata _guards_fn".split()
)

#: What a refused operator could be instead.
SUPPORTED = (
    "relume has convolutions, fully connected layers, batch and local response normalisation, the usual activation functions, max "
    "and average pooling, sums, products, concatenations and parts of channels, channel shuffles, padding with zeros, flattening, "
    "and a softmax at the end"
)
