//! What a name in the graph stands for.

use relume::graph::{Padding, Shape};

use crate::constant::Constant;

/// What a name in the graph stands for.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Constant(Constant<'a>),
    Activation(Activation),
    /// The picture as `[1, H, W, C]`, which only a Transpose can use.
    ChannelsLast(Activation),
    /// An activation in eight bits, which only DequantizeLinear can use.
    Quantised(Activation),
    /// An Erf on its way to a GELU.
    Erf(Erf),
    /// An output that relume does not compute, such as the positions of a max-pooling.
    Absent,
}

/// `factor · erf(x / √2) + summand`: part of a GELU that is written out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Erf {
    pub(crate) x: Activation,
    pub(crate) factor: f64,
    pub(crate) summand: f64,
}

/// The output of a layer, as the graph sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activation {
    /// The layer that gives it; `None` for the picture.
    pub(crate) layer: Option<usize>,
    /// The layer's own shape, channels, height, width.
    pub(crate) shape: Shape,
    /// The dimensions that the graph gives the same numbers in the same order: `[1, C, H, W]`, `[1, C·H·W]` and so on.
    pub(crate) dims: Vec<usize>,
    /// Zeros around it that a Pad has put there, not in `shape`, but in `dims`: the layer that reads it takes them over.
    pub(crate) padding: Padding,
    /// Whether a softmax has been applied that was left out: nothing but the output may follow.
    pub(crate) after_softmax: bool,
}

impl Activation {
    /// As the layer gives it.
    pub(crate) fn new(layer: Option<usize>, shape: Shape) -> Self {
        let [channels, height, width] = shape;
        Self {
            layer,
            shape,
            dims: vec![1, channels, height, width],
            padding: [0; 4],
            after_softmax: false,
        }
    }

    /// The same numbers in other dimensions.
    pub(crate) fn viewed(&self, dims: Vec<usize>) -> Self {
        Self { dims, ..self.clone() }
    }

    /// Whether the graph sees channels, height and width.
    pub(crate) fn is_picture(&self) -> bool {
        let [top, left, bottom, right] = self.padding;
        let [channels, height, width] = self.shape;
        self.dims == [1, channels, height + top + bottom, width + left + right]
    }

    /// How many numbers it holds, its zeros left out.
    pub(crate) fn count(&self) -> usize {
        self.shape.iter().product()
    }
}
