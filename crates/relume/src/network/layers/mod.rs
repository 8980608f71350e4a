//! The kinds of layer. Each kind is one file, its forward and its backward pass side by side.

#[cfg(test)]
mod autodiff_tests;
mod avg_pool2d;
mod batch_norm;
mod conv2d;
mod defaults;
mod join;
mod layout;
mod linear;
mod max_pool2d;
mod parameters;
mod relu;
mod window;

use burn::module::Module;
use burn::tensor::{Int, Tensor};
#[cfg(feature = "flex")]
use relume_kernels::conv2d::GatedRelu;
use serde::{Deserialize, Serialize};

pub use avg_pool2d::{AvgPool2d, AvgPool2dSpec, GlobalAvgPool};
pub use batch_norm::{BatchNorm, BatchNormSpec};
pub use conv2d::{Conv2d, Conv2dSpec};
pub use join::{Add, Concat, Dropout, DropoutSpec, Flatten, Softmax};
pub(crate) use layout::{add, on_kernels};
pub use linear::{Linear, LinearSpec};
pub use max_pool2d::{MaxPool2d, MaxPool2dSpec};
pub use parameters::Parameter;
pub(crate) use parameters::Parameters;
pub use relu::{Relu, ReluSpec};
pub use window::Padding;
pub(crate) use window::Window;

use crate::relu::ReluRule;

/// Channels, height, width of one activation.
pub type Shape = [usize; 3];

/// A layer as data: its kind and its settings, without weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LayerKind {
    /// Convolution.
    Conv2d(Conv2dSpec),
    /// Fully connected.
    Linear(LinearSpec),
    /// ReLU, clipped or not.
    Relu(ReluSpec),
    /// Max-pooling.
    #[serde(rename = "max_pool2d")]
    MaxPool2d(MaxPool2dSpec),
    /// Average pooling.
    #[serde(rename = "avg_pool2d")]
    AvgPool2d(AvgPool2dSpec),
    /// The mean over all positions.
    GlobalAvgPool {},
    /// Sum of inputs.
    Add {},
    /// Inputs side by side along the channels.
    Concat {},
    /// To one flat vector.
    Flatten {},
    /// Batch normalisation.
    BatchNorm(BatchNormSpec),
    /// Dropout: the identity outside training.
    Dropout(DropoutSpec),
    /// Softmax over the channels.
    Softmax {},
}

impl LayerKind {
    /// The names of all kinds.
    pub(crate) const NAMES: [&str; 12] = [
        "conv2d",
        "linear",
        "relu",
        "max_pool2d",
        "avg_pool2d",
        "global_avg_pool",
        "add",
        "concat",
        "flatten",
        "batch_norm",
        "dropout",
        "softmax",
    ];

    /// The kind's name, as the model file writes it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Conv2d(_) => "conv2d",
            Self::Linear(_) => "linear",
            Self::Relu(_) => "relu",
            Self::MaxPool2d(_) => "max_pool2d",
            Self::AvgPool2d(_) => "avg_pool2d",
            Self::GlobalAvgPool {} => "global_avg_pool",
            Self::Add {} => "add",
            Self::Concat {} => "concat",
            Self::Flatten {} => "flatten",
            Self::BatchNorm(_) => "batch_norm",
            Self::Dropout(_) => "dropout",
            Self::Softmax {} => "softmax",
        }
    }

    /// The shape that comes out for the shapes that go in; the error says what does not fit.
    pub(crate) fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let single = || window::single(inputs);
        match self {
            Self::Conv2d(spec) => spec.output(inputs),
            Self::Linear(spec) => spec.output(inputs),
            Self::Relu(spec) => spec.check().and_then(|()| single()),
            Self::MaxPool2d(spec) => spec.output(inputs),
            Self::AvgPool2d(spec) => spec.output(inputs),
            Self::GlobalAvgPool {} => single().map(|[channels, ..]| [channels, 1, 1]),
            Self::Add {} => Add::output(inputs),
            Self::Concat {} => Concat::output(inputs),
            Self::Flatten {} => single().map(Flatten::output),
            Self::BatchNorm(spec) => spec.check().and_then(|()| single()),
            Self::Dropout(spec) => spec.check().and_then(|()| single()),
            Self::Softmax {} => single(),
        }
    }

    /// The window it slides over its input, if it has one.
    pub(crate) fn window(&self) -> Option<Window> {
        match self {
            Self::Conv2d(spec) => Some(spec.window()),
            Self::MaxPool2d(spec) => Some(spec.window()),
            Self::AvgPool2d(spec) => Some(spec.window()),
            _ => None,
        }
    }

    /// The most numbers held at once besides input and output, over-estimated, for layers that need such room.
    pub(crate) fn workspace(&self, input: Shape, output: Shape) -> u64 {
        let pool = |window: Window| {
            let [height, width] = window.padded([input[1], input[2]]);
            let [kh, kw] = window.kernel.map(|size| size as u64);
            (input[0] as u64).saturating_mul(((height + kh) * (width + kw)).max(kh * kw))
        };
        match self {
            Self::Conv2d(spec) => spec.workspace(input, output),
            Self::MaxPool2d(spec) => pool(spec.window()),
            Self::AvgPool2d(spec) => pool(spec.window()),
            _ => 0,
        }
    }

    /// How many multiplications, additions or comparisons one run forward takes, roughly.
    pub(crate) fn cost(&self, input: Shape, output: Shape) -> u64 {
        let count = |shape: Shape| shape.iter().map(|&size| size as u64).product::<u64>();
        match self {
            Self::Conv2d(spec) => spec.cost(input, output),
            Self::Linear(spec) => spec.out_features as u64 * input[0] as u64,
            Self::MaxPool2d(MaxPool2dSpec { kernel, .. }) | Self::AvgPool2d(AvgPool2dSpec { kernel, .. }) => {
                count(output).saturating_mul(kernel[0] as u64 * kernel[1] as u64)
            }
            _ => count(output),
        }
    }

    /// The tensors this layer needs, given the shape of its (first) input.
    pub(crate) fn parameters(&self, input: Shape) -> Vec<Parameter> {
        match self {
            Self::Conv2d(spec) => spec.parameters(input),
            Self::Linear(spec) => spec.parameters(input),
            Self::BatchNorm(_) => BatchNormSpec::parameters(input),
            _ => Vec::new(),
        }
    }

    /// `input` is the shape of the layer's (first) input.
    pub(crate) fn build(&self, parameters: &mut Parameters<'_>, input: Shape) -> crate::Result<Layer> {
        Ok(match self {
            Self::Conv2d(spec) => Layer::Conv2d(spec.build(parameters, input)?),
            Self::Linear(spec) => Layer::Linear(spec.build(parameters, input)?),
            Self::Relu(spec) => Layer::Relu(Relu { max: spec.max }),
            Self::MaxPool2d(spec) => Layer::MaxPool2d(MaxPool2d { spec: spec.clone() }),
            Self::AvgPool2d(spec) => Layer::AvgPool2d(AvgPool2d { spec: spec.clone() }),
            Self::GlobalAvgPool {} => Layer::GlobalAvgPool(GlobalAvgPool {}),
            Self::Add {} => Layer::Add(Add {}),
            Self::Concat {} => Layer::Concat(Concat {}),
            Self::Flatten {} => Layer::Flatten(Flatten {}),
            Self::BatchNorm(spec) => Layer::BatchNorm(spec.build(parameters)?),
            Self::Dropout(_) => Layer::Dropout(Dropout {}),
            Self::Softmax {} => Layer::Softmax(Softmax {}),
        })
    }
}

/// A layer with its weights.
#[derive(Module, Debug)]
#[allow(missing_docs, reason = "each variant is the kind of the same name")]
pub enum Layer {
    Conv2d(Conv2d),
    Linear(Linear),
    Relu(Relu),
    MaxPool2d(MaxPool2d),
    AvgPool2d(AvgPool2d),
    GlobalAvgPool(GlobalAvgPool),
    Add(Add),
    Concat(Concat),
    Flatten(Flatten),
    BatchNorm(BatchNorm),
    Dropout(Dropout),
    Softmax(Softmax),
}

/// What a layer leaves behind in the forward pass.
#[derive(Debug, Clone)]
pub(crate) struct Activation {
    /// `[N, C, H, W]`
    pub(crate) value: Tensor<4>,
    /// Max-pooling's switches.
    pub(crate) switches: Option<Tensor<4, Int>>,
}

impl From<Tensor<4>> for Activation {
    fn from(value: Tensor<4>) -> Self {
        Self { value, switches: None }
    }
}

/// What a layer's backward pass may ask for besides the signal.
pub(crate) struct BackwardContext<'a> {
    /// The shapes of all inputs.
    pub(crate) inputs: &'a [Shape],
    /// What [`forward`](Layer::forward) gave, if it was kept.
    pub(crate) kept: Option<&'a Activation>,
    /// At every ReLU.
    pub(crate) rule: ReluRule,
}

impl Layer {
    /// `x` is the first input, `others` are those that a sum or a concatenation has besides.
    pub(crate) fn forward(&self, x: Tensor<4>, others: Vec<Tensor<4>>) -> Activation {
        match self {
            Self::Conv2d(layer) => layer.forward(x).into(),
            Self::Linear(layer) => layer.forward(x).into(),
            Self::Relu(layer) => layer.forward(x).into(),
            Self::MaxPool2d(layer) => {
                let (value, switches) = layer.forward(x);
                Activation {
                    value,
                    switches: Some(switches),
                }
            }
            Self::AvgPool2d(layer) => layer.forward(x).into(),
            Self::GlobalAvgPool(layer) => layer.forward(x).into(),
            Self::Add(_) => Add::forward(x, others).into(),
            Self::Concat(_) => Concat::forward(x, others).into(),
            Self::Flatten(_) => Flatten::forward(x).into(),
            Self::BatchNorm(layer) => layer.forward(x).into(),
            Self::Dropout(_) => x.into(),
            Self::Softmax(_) => Softmax::forward(x).into(),
        }
    }

    /// Forward through this layer and then `relu`, for a fused step.
    #[cfg(feature = "flex")]
    pub(crate) fn forward_relu(&self, x: Tensor<4>, relu: &Self) -> Option<Activation> {
        match (self, relu) {
            (Self::Conv2d(layer), Self::Relu(relu)) => layer.forward_relu(x, relu.max).map(Activation::from),
            _ => None,
        }
    }

    /// Through this layer and then the ReLU before it, for a fused step.
    #[cfg(feature = "flex")]
    pub(crate) fn backward_gated(&self, r: Tensor<4>, relu: GatedRelu) -> Option<Tensor<4>> {
        match self {
            Self::Conv2d(layer) => layer.backward_gated(r, relu),
            Self::GlobalAvgPool(_) => Some(GlobalAvgPool::backward_gated(r, relu)),
            _ => None,
        }
    }

    /// [`backward_gated`](Self::backward_gated), and then through `before`, the layer before the ReLU.
    #[cfg(feature = "flex")]
    pub(crate) fn backward_in_bands(&self, r: Tensor<4>, relu: GatedRelu, before: &Self) -> Option<Tensor<4>> {
        match (self, before) {
            (Self::Conv2d(layer), Self::Conv2d(before)) => layer.backward_in_bands(r, relu, before),
            _ => None,
        }
    }

    /// The signal for each input, given the signal `r` for the output.
    ///
    /// `None` for a softmax: no signal passes it (its input, the logits, is where one begins).
    pub(crate) fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        let &BackwardContext {
            inputs: shapes,
            kept,
            rule,
        } = context;
        let shape = *shapes.first()?;
        Some(match self {
            Self::Conv2d(layer) => vec![layer.backward(r, shape)],
            Self::Linear(layer) => vec![layer.backward(r)],
            Self::Relu(layer) => vec![layer.backward(r, kept?.value.clone(), rule)],
            Self::MaxPool2d(layer) => vec![layer.backward(r, kept?.switches.clone()?, shape)],
            Self::AvgPool2d(layer) => vec![layer.backward(r, shape)],
            Self::GlobalAvgPool(layer) => vec![layer.backward(r, shape)],
            Self::Add(_) => vec![r; shapes.len()],
            Self::Concat(_) => Concat::backward(&r, shapes),
            Self::Flatten(_) => vec![Flatten::backward(r, shape)],
            Self::BatchNorm(layer) => vec![layer.backward(r)],
            Self::Dropout(_) => vec![r],
            Self::Softmax(_) => return None,
        })
    }
}
