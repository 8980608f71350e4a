//! Kinds of layer: their settings, shapes and costs, without weights. Each kind is one file; the file of the same name in
//! `network/layers` computes it.

mod add;
mod avg_pool2d;
mod batch_norm;
mod channel_shuffle;
mod concat;
mod conv2d;
mod defaults;
mod dropout;
mod elementwise;
mod flatten;
mod global_avg_pool;
mod leaky_relu;
mod linear;
mod local_response_norm;
mod max_pool2d;
mod mul;
mod prelu;
mod relu;
mod slice;
mod softmax;
mod window;

use serde::{Deserialize, Serialize};

pub use add::AddSpec;
pub use avg_pool2d::AvgPool2dSpec;
pub use batch_norm::BatchNormSpec;
pub use channel_shuffle::ChannelShuffleSpec;
pub use concat::ConcatSpec;
pub use conv2d::Conv2dSpec;
pub use dropout::DropoutSpec;
pub use elementwise::{
    EluSpec, GeluApproximation, GeluSpec, HardSigmoidSpec, HardSwishSpec, MishSpec, SeluSpec, SigmoidSpec, SiluSpec,
    SoftplusSpec, TanhSpec,
};
pub use flatten::FlattenSpec;
pub use global_avg_pool::GlobalAvgPoolSpec;
pub use leaky_relu::LeakyReluSpec;
pub use linear::LinearSpec;
pub use local_response_norm::LocalResponseNormSpec;
pub use max_pool2d::MaxPool2dSpec;
pub use mul::MulSpec;
pub use prelu::PreluSpec;
pub use relu::ReluSpec;
pub use slice::SliceSpec;
pub use softmax::SoftmaxSpec;
pub use window::Padding;
pub(crate) use window::Window;

/// Channels, height, width of one activation.
pub type Shape = [usize; 3];

/// A tensor that a layer needs: the last part of its name, and its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// `weight`, `bias`, …: in the file, `LAYER.weight`.
    pub name: &'static str,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Whether a negative number is refused: a variance.
    pub non_negative: bool,
}

impl Parameter {
    fn new(name: &'static str, shape: impl Into<Vec<usize>>) -> Self {
        Self {
            name,
            shape: shape.into(),
            non_negative: false,
        }
    }
}

/// What a graph has to know about a kind of layer. The defaults are those of a layer that takes one input and keeps its shape,
/// without a window and without parameters.
pub(crate) trait Kind {
    /// The output's shape for these inputs; the error says what does not fit.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        single(inputs)
    }

    /// Whether it is an activation: the ReLU, where the three rules differ, or one at which each sends the plain gradient.
    fn is_activation(&self) -> bool {
        false
    }

    /// The window it slides over its input, if it has one.
    fn window(&self) -> Option<Window> {
        None
    }

    /// The most numbers held at once besides input and output, over-estimated, for layers that need such room.
    fn workspace(&self, _input: Shape, _output: Shape) -> u64 {
        0
    }

    /// How many multiplications, additions or comparisons one forward pass takes, roughly.
    fn cost(&self, _input: Shape, output: Shape) -> u64 {
        let taps = self.window().map_or(1, |window| window.taps());
        numbers(output).saturating_mul(taps)
    }

    /// How many multiply-adds of a convolution take as long as one of its operations: most layers wait for the memory at each number.
    fn pace(&self) -> u64 {
        32
    }

    /// The tensors it needs, given the shape of its (first) input.
    fn parameters(&self, _input: Shape) -> Vec<Parameter> {
        Vec::new()
    }
}

/// How many numbers an activation holds.
fn numbers(shape: Shape) -> u64 {
    shape.iter().map(|&size| size as u64).product()
}

/// The one input of a layer that takes exactly one.
fn single(inputs: &[Shape]) -> Result<Shape, String> {
    match inputs {
        [input] => Ok(*input),
        _ => Err(format!("takes one input, not {}", inputs.len())),
    }
}

/// The inputs of a layer that takes two or more: the first, and the others.
fn several(inputs: &[Shape]) -> Result<(Shape, &[Shape]), String> {
    match inputs {
        [first, others @ ..] if !others.is_empty() => Ok((*first, others)),
        _ => Err(format!("takes two or more inputs, not {}", inputs.len())),
    }
}

/// The list of all kinds: the name in the model file, the variant, its settings.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:literal $variant:ident($spec:ty),)*) => {
        /// A layer as data: its kind and its settings, without weights.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum LayerKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant($spec),)*
        }

        impl LayerKind {
            /// The names of all kinds.
            pub(crate) const NAMES: &'static [&'static str] = &[$($name),*];

            /// The kind's name, as the model file writes it.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// Whether it is an activation other than the ReLU. The three rules are defined at the ReLU; here each of them
            /// sends the plain gradient.
            #[must_use]
            pub fn is_other_activation(&self) -> bool {
                self.is_activation() && !matches!(self, Self::Relu(_))
            }

            /// The shape that comes out of inputs of these shapes.
            ///
            /// # Errors
            /// What does not fit, or which setting makes no sense, as a sentence.
            pub fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
                self.output(inputs)
            }

            fn kind(&self) -> &dyn Kind {
                match self {
                    $(Self::$variant(spec) => spec,)*
                }
            }
        }
    };
}

kinds! {
    /// Convolution.
    "conv2d" Conv2d(Conv2dSpec),
    /// Fully connected.
    "linear" Linear(LinearSpec),
    /// ReLU, clipped or not.
    "relu" Relu(ReluSpec),
    /// Leaky ReLU: negative numbers are scaled.
    "leaky_relu" LeakyRelu(LeakyReluSpec),
    /// ReLU with a learnt slope for negative numbers.
    "prelu" Prelu(PreluSpec),
    /// The logistic function.
    "sigmoid" Sigmoid(SigmoidSpec),
    /// The hyperbolic tangent.
    "tanh" Tanh(TanhSpec),
    /// Sigmoid linear unit, also called swish.
    "silu" Silu(SiluSpec),
    /// Gaussian error linear unit.
    "gelu" Gelu(GeluSpec),
    /// Exponential linear unit.
    "elu" Elu(EluSpec),
    /// Scaled exponential linear unit.
    "selu" Selu(SeluSpec),
    /// A ReLU with a smooth bend.
    "softplus" Softplus(SoftplusSpec),
    /// Mish.
    "mish" Mish(MishSpec),
    /// Sigmoid of straight lines.
    "hard_sigmoid" HardSigmoid(HardSigmoidSpec),
    /// Swish with the sigmoid of straight lines.
    "hard_swish" HardSwish(HardSwishSpec),
    /// Max-pooling.
    "max_pool2d" MaxPool2d(MaxPool2dSpec),
    /// Average pooling.
    "avg_pool2d" AvgPool2d(AvgPool2dSpec),
    /// The mean over all positions.
    "global_avg_pool" GlobalAvgPool(GlobalAvgPoolSpec),
    /// Sum of inputs.
    "add" Add(AddSpec),
    /// Inputs side by side along the channels.
    "concat" Concat(ConcatSpec),
    /// Product of two inputs.
    "mul" Mul(MulSpec),
    /// Some channels of an input.
    "slice" Slice(SliceSpec),
    /// Channels in another order.
    "channel_shuffle" ChannelShuffle(ChannelShuffleSpec),
    /// Flattens to one vector.
    "flatten" Flatten(FlattenSpec),
    /// Batch normalisation.
    "batch_norm" BatchNorm(BatchNormSpec),
    /// Normalisation over neighbouring channels.
    "local_response_norm" LocalResponseNorm(LocalResponseNormSpec),
    /// Dropout: the identity outside training.
    "dropout" Dropout(DropoutSpec),
    /// Softmax over the channels.
    "softmax" Softmax(SoftmaxSpec),
}

impl Kind for LayerKind {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.kind().output(inputs)
    }

    fn is_activation(&self) -> bool {
        self.kind().is_activation()
    }

    fn window(&self) -> Option<Window> {
        self.kind().window()
    }

    fn workspace(&self, input: Shape, output: Shape) -> u64 {
        self.kind().workspace(input, output)
    }

    fn cost(&self, input: Shape, output: Shape) -> u64 {
        self.kind().cost(input, output)
    }

    fn pace(&self) -> u64 {
        self.kind().pace()
    }

    fn parameters(&self, input: Shape) -> Vec<Parameter> {
        self.kind().parameters(input)
    }
}
