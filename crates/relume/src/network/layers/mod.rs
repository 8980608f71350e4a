//! Implementations of the kinds of layer. Each kind is one file, its forward and its backward pass side by side; the file of the
//! same name in `graph/kinds` describes it.

mod add;
#[cfg(test)]
mod autodiff_tests;
mod avg_pool2d;
mod batch_norm;
mod channel_shuffle;
mod concat;
mod conv2d;
mod dropout;
mod elementwise;
mod flatten;
mod global_avg_pool;
mod layout;
mod leaky_relu;
mod linear;
mod local_response_norm;
mod max_pool2d;
mod mul;
mod parameters;
mod prelu;
mod real;
mod relu;
mod slice;
mod softmax;
mod vector_math;

use std::cell::Cell;

use burn::module::Module;
use burn::tensor::{Int, Tensor};

pub use add::Add;
pub use avg_pool2d::AvgPool2d;
pub use batch_norm::BatchNorm;
pub use channel_shuffle::ChannelShuffle;
pub use concat::Concat;
#[cfg(feature = "flex")]
pub(crate) use concat::concat_parts;
pub use conv2d::Conv2d;
pub use dropout::Dropout;
pub use elementwise::Elementwise;
pub use flatten::Flatten;
pub use global_avg_pool::GlobalAvgPool;
pub(crate) use layout::{add, has_kernels, on_kernels, zip};
#[cfg(feature = "flex")]
pub(crate) use layout::{is_taken, one_on_kernels};
pub use leaky_relu::LeakyRelu;
pub use linear::Linear;
pub use local_response_norm::LocalResponseNorm;
pub use max_pool2d::MaxPool2d;
pub use mul::Mul;
pub(crate) use parameters::Parameters;
pub use prelu::Prelu;
pub use relu::Relu;
pub use slice::Slice;
pub use softmax::Softmax;

use crate::error::Result;
use crate::graph::{LayerKind, Shape};
use crate::relu::ReluRule;

/// What the forward pass keeps of a layer.
#[derive(Debug, Clone)]
pub(crate) struct Activation {
    /// `[N, C, H, W]`
    pub(crate) value: Tensor<4>,
    /// Max-pooling's switches: where each maximum was.
    pub(crate) switches: Option<Switches>,
}

/// Where each maximum of a max-pooling was.
#[derive(Debug, Clone)]
pub(crate) enum Switches {
    /// The position in the input, row · width + column.
    Positions(Tensor<4, Int>),
    /// The tap of the window, as our own kernels give it.
    #[cfg(feature = "flex")]
    Taps(Tensor<4>),
}

impl From<Tensor<4>> for Activation {
    fn from(value: Tensor<4>) -> Self {
        Self { value, switches: None }
    }
}

/// What a layer's backward pass may ask for besides the signal.
pub(crate) struct BackwardContext<'a> {
    /// The shape of the (first) input.
    pub(crate) input: Shape,
    /// The shapes of all inputs.
    pub(crate) inputs: &'a [Shape],
    /// Each input, if it was kept; the output of a convolution that was computed together with its ReLU is not.
    pub(crate) kept_inputs: &'a [Option<&'a Tensor<4>>],
    /// What [`forward`](Operation::forward) gave, if it was kept.
    pub(crate) kept: Option<&'a Activation>,
    /// The rule for every ReLU.
    pub(crate) rule: &'a CountedRule,
}

impl BackwardContext<'_> {
    /// The (first) input, if it was kept.
    fn x(&self) -> Option<&Tensor<4>> {
        self.kept_inputs.first().copied().flatten()
    }
}

/// A rule, and at how many ReLUs it was applied. It can only be had by counting: the best-known bug of tools like this one is
/// a ReLU that silently keeps its plain gradient.
#[derive(Debug)]
pub(crate) struct CountedRule {
    rule: ReluRule,
    applied: Cell<usize>,
}

impl CountedRule {
    pub(crate) const fn new(rule: ReluRule) -> Self {
        Self {
            rule,
            applied: Cell::new(0),
        }
    }

    /// The rule, for one ReLU.
    pub(crate) fn apply(&self) -> ReluRule {
        self.applied.set(self.applied.get() + 1);
        self.rule
    }

    pub(crate) const fn applied(&self) -> usize {
        self.applied.get()
    }
}

/// A tensor of a layer: the last part of its name, its shape, its numbers in row-major order.
pub(crate) type NamedTensor = (&'static str, Vec<usize>, Tensor<1>);

/// What a layer's backward pass needs of the forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// Its inputs.
    Inputs,
    /// What the layer gave.
    Output,
}

/// What every layer can do.
pub(crate) trait Operation {
    /// `x` is the first input, `others` are the remaining inputs of a layer that takes several.
    fn forward(&self, x: Tensor<4>, others: Vec<Tensor<4>>) -> Activation;

    /// The signal for each input, given the signal `r` for the output.
    ///
    /// `None` for a softmax, which no signal passes, and where what the forward pass gave is needed and was not kept.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>>;

    /// What its backward pass needs of the forward pass: what no layer needs is not kept.
    #[cfg_attr(not(feature = "flex"), allow(dead_code, reason = "one layer at a time keeps all"))]
    fn needs(&self) -> Needs {
        Needs::Nothing
    }

    /// Its weights, as a model file names them.
    fn tensors(&self) -> Vec<NamedTensor> {
        Vec::new()
    }
}

/// A kind of layer that becomes a layer, given its weights.
pub(crate) trait Build {
    type Layer;

    /// `input` is the shape of the layer's (first) input.
    fn build(&self, parameters: &mut Parameters<'_>, input: Shape) -> Result<Self::Layer>;
}

/// The list of all kinds, as in `graph/kinds`, each with what computes it.
macro_rules! layers {
    ($($kind:ident($layer:ident)),*) => {
        /// A layer with its weights.
        #[derive(Module, Debug)]
        #[allow(missing_docs, reason = "each variant is the kind of the same name")]
        pub enum Layer {
            $($kind($layer),)*
        }

        impl Layer {
            pub(crate) fn build(kind: &LayerKind, parameters: &mut Parameters<'_>, input: Shape) -> Result<Self> {
                match kind {
                    $(LayerKind::$kind(spec) => spec.build(parameters, input).map(Self::$kind),)*
                }
            }

            pub(crate) fn operation(&self) -> &dyn Operation {
                match self {
                    $(Self::$kind(layer) => layer,)*
                }
            }
        }
    };
}

layers!(
    Conv2d(Conv2d),
    Linear(Linear),
    Relu(Relu),
    LeakyRelu(LeakyRelu),
    Prelu(Prelu),
    Sigmoid(Elementwise),
    Tanh(Elementwise),
    Silu(Elementwise),
    Gelu(Elementwise),
    Elu(Elementwise),
    Selu(Elementwise),
    Softplus(Elementwise),
    Mish(Elementwise),
    HardSigmoid(Elementwise),
    HardSwish(Elementwise),
    MaxPool2d(MaxPool2d),
    AvgPool2d(AvgPool2d),
    GlobalAvgPool(GlobalAvgPool),
    Add(Add),
    Concat(Concat),
    Mul(Mul),
    Slice(Slice),
    ChannelShuffle(ChannelShuffle),
    Flatten(Flatten),
    BatchNorm(BatchNorm),
    LocalResponseNorm(LocalResponseNorm),
    Dropout(Dropout),
    Softmax(Softmax)
);

impl Layer {
    /// Its output, `[N, C, H, W]`, outside of training: batch normalisation by the kept statistics, dropout the identity. `x`
    /// is the first input, `others` are the remaining inputs of a layer that takes several. Burn's Autodiff can differentiate
    /// it.
    ///
    /// # Panics
    /// If the inputs do not have the shapes that the layer was planned for; `N` may be any number. Without the feature `burn-operations` also if `N` is not 1,
    /// or a tensor is tracked by autodiff.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, others: Vec<Tensor<4>>) -> Tensor<4> {
        self.operation().forward(x, others).value
    }
}

fn named<const D: usize>(name: &'static str, tensor: Tensor<D>) -> NamedTensor {
    let shape: Vec<usize> = tensor.dims().into();
    let count: usize = shape.iter().product();
    (name, shape, tensor.reshape([count]))
}
