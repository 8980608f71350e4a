//! Convolution of one picture and its backward pass, channels last, on vector registers.
//!
//! A [`Convolution`] keeps its weights twice, packed for each direction on first use: that takes about as long as
//! running it once (a fully connected layer's backward pass reads its weights as they are). Tensors are `[1, C, H, W]` as
//! everywhere, but what it gives has its channels last in memory, and what it takes it wants that way: a chain of
//! convolutions never converts between the two.

mod algorithm;
mod bands;
mod dense;
mod depthwise;
mod direct;
mod epilogue;
mod extension;
mod global_pool;
mod pack;
mod peak;
mod phases;
mod relu;
mod strip;
#[cfg(test)]
mod tests;
mod tile;
mod winograd;

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::Dispatch;
use burn::tensor::Tensor;

pub use self::peak::multiply_add_in_registers;

use self::algorithm::{Algorithm, Direction};
use self::extension::ConvolutionOps;
use crate::geometry::Geometry;
use crate::lanes::Width;

/// What a ReLU lets pass in the backward pass (arXiv 1412.6806, section 3.4): all that a kernel knows of a rule. An activation
/// that overflowed lets nothing pass `on_activation`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReluGate {
    /// At what value the ReLU is clipped; infinity for a plain one.
    pub limit: f32,
    /// Whether a signal passes only where the ReLU's activation is above 0 and below the limit.
    pub on_activation: bool,
    /// Whether only a positive signal passes.
    pub on_gradient: bool,
}

/// The ReLU that a signal meets next in the backward pass.
#[derive(Debug, Clone)]
pub struct GatedRelu {
    /// What it gave in the forward pass, `[1, C, H, W]`, in the shape of the convolution's input.
    pub activation: Tensor<4>,
    /// What it lets pass.
    pub gate: ReluGate,
}

/// The signal for the input of a ReLU by the rule that is its gate, given the signal `r` for its output, of one shape.
///
/// # Panics
/// As [`global_avg_pool_backward`].
#[must_use]
pub fn relu_backward(r: Tensor<4>, relu: GatedRelu) -> Tensor<4> {
    let GatedRelu { activation, gate } = relu;
    assert_eq!(activation.dims(), r.dims(), "a signal of the ReLU's shape");
    assert_eq!(r.dims()[0], 1, "one picture");
    Tensor::from_dispatch(<Dispatch as ConvolutionOps>::relu_backward(
        r.into_dispatch(),
        activation.into_dispatch(),
        gate,
    ))
}

/// The gradient for the input of a global average pool, given the gradient `r` for its output, `[1, C, 1, 1]`, and through
/// the ReLU before it, whose activation has the input's shape: `[1, C, height, width]`.
///
/// # Panics
/// If the sizes do not fit together, the tensors are not f32, lie on another device than Flex's, or are tracked by
/// autodiff.
#[must_use]
pub fn global_avg_pool_backward(r: Tensor<4>, relu: GatedRelu) -> Tensor<4> {
    let GatedRelu { activation, gate } = relu;
    let [pictures, channels, ..] = activation.dims();
    assert_eq!(
        (pictures, r.dims()),
        (1, [1, channels, 1, 1]),
        "one number a channel of one picture"
    );
    Tensor::from_dispatch(<Dispatch as ConvolutionOps>::global_pool_backward_gated(
        r.into_dispatch(),
        activation.into_dispatch(),
        gate,
    ))
}

/// A convolution of one picture, with weights packed for both directions.
#[derive(Debug)]
pub struct Convolution {
    geometry: Geometry,
    width: Width,
    forward: Packed,
    backward: Packed,
}

/// One direction, packed from certain weights.
#[derive(Debug, Default)]
struct Packed(Mutex<Option<(Source, usize, Arc<Algorithm>)>>);

/// The memory that holds the weights, and where in it they begin. As long as it is kept here nobody can write to it, so
/// weights that lie elsewhere are other weights.
type Source = Arc<burn::tensor::Bytes>;

impl Convolution {
    /// `None` if the kernels are not made for this convolution: groups that are neither one nor one a channel, more
    /// weights than may well be packed, a backward pass that is far more work than the forward pass. Also if the sizes do
    /// not fit together.
    #[must_use]
    pub fn new(geometry: Geometry) -> Option<Self> {
        let known = geometry.is_consistent() && geometry.suits_packing();
        known.then(|| Self {
            geometry,
            width: Width::best(),
            forward: Packed::default(),
            backward: Packed::default(),
        })
    }

    /// Whether an input has the sizes that [`forward`](Self::forward) takes.
    #[must_use]
    pub fn takes(&self, dims: [usize; 4]) -> bool {
        let g = &self.geometry;
        dims == [1, g.channels, g.input[0], g.input[1]]
    }

    /// `x` is `[1, C, height, width]`, `weight` is `[O, C / groups, kh, kw]`, `bias` is `[O]`; gives `[1, O, oh, ow]`,
    /// clipped to 0 and `relu`'s value from above if there is one (infinity for a plain ReLU).
    ///
    /// # Panics
    /// If the sizes are not the geometry's, the tensors are not f32, lie on another device than Flex's, or are tracked
    /// by autodiff.
    #[must_use]
    pub fn forward(
        self: &Arc<Self>,
        x: Tensor<4>,
        weight: Tensor<4>,
        bias: Option<Tensor<1>>,
        relu: Option<f32>,
    ) -> Tensor<4> {
        let g = &self.geometry;
        assert!(self.takes(x.dims()), "the input");
        self.check(&weight);
        let bias = bias.unwrap_or_else(|| Tensor::zeros([g.out_channels], &x.device()));
        assert_eq!(bias.dims(), [g.out_channels], "the bias");
        Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution(
            x.into_dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
            self.clone(),
            relu,
        ))
    }

    /// The gradient for the input, `[1, C, height, width]`, given the gradient `r` for the output, `[1, O, oh, ow]`, and
    /// through the ReLU before the convolution, if one is given.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    #[must_use]
    pub fn backward(self: &Arc<Self>, r: Tensor<4>, weight: Tensor<4>, relu: Option<GatedRelu>) -> Tensor<4> {
        self.check(&weight);
        let Some(relu) = relu else {
            self.check_gradient(&r, None);
            let (r, weight) = (r.into_dispatch(), weight.into_dispatch());
            return Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution_backward(
                r,
                weight,
                self.clone(),
            ));
        };
        self.check_gradient(&r, Some(&relu));
        Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution_backward_gated(
            r.into_dispatch(),
            weight.into_dispatch(),
            relu.activation.into_dispatch(),
            self.clone(),
            relu.gate,
        ))
    }

    /// Whether [`backward_in_bands`](Self::backward_in_bands) computes the backward pass through this convolution, a ReLU
    /// before it and the convolution `before` that: it is made for a depthwise convolution after a pointwise one.
    #[must_use]
    pub fn goes_in_bands(&self, before: &Self) -> bool {
        let (own, other) = (&self.geometry, &before.geometry);
        own.groups > 1
            && other.is_pointwise()
            && !dense::suits(other)
            && (own.channels, own.input) == (other.out_channels, other.output)
    }

    /// [`backward`](Self::backward) through this convolution and the ReLU before it, and then through `before`, the
    /// convolution before that, for whose input the gradient is: the same numbers, without a tensor between the two.
    ///
    /// # Panics
    /// As [`forward`](Self::forward), and if [`goes_in_bands`](Self::goes_in_bands) says no.
    #[must_use]
    pub fn backward_in_bands(
        self: &Arc<Self>,
        r: Tensor<4>,
        weight: Tensor<4>,
        relu: GatedRelu,
        before: &Arc<Self>,
        before_weight: Tensor<4>,
    ) -> Tensor<4> {
        assert!(
            self.goes_in_bands(before),
            "a depthwise convolution after a pointwise one"
        );
        self.check_gradient(&r, Some(&relu));
        self.check(&weight);
        before.check(&before_weight);
        Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolutions_backward_in_bands(
            r.into_dispatch(),
            weight.into_dispatch(),
            before_weight.into_dispatch(),
            relu.activation.into_dispatch(),
            [self.clone(), before.clone()],
            relu.gate,
        ))
    }

    fn check(&self, weight: &Tensor<4>) {
        let Geometry {
            channels,
            out_channels,
            kernel: [kh, kw],
            groups,
            ..
        } = self.geometry;
        assert_eq!(weight.dims(), [out_channels, channels / groups, kh, kw], "the weight");
    }

    fn check_gradient(&self, r: &Tensor<4>, relu: Option<&GatedRelu>) {
        let g = &self.geometry;
        assert_eq!(r.dims(), [1, g.out_channels, g.output[0], g.output[1]], "the gradient");
        assert!(relu.is_none_or(|relu| self.takes(relu.activation.dims())), "the ReLU");
    }

    /// The packed weights of a direction, packed now if they are others than the last time.
    fn algorithm(&self, direction: Direction, source: &Source, weight: &[f32]) -> Arc<Algorithm> {
        let Packed(packed) = match direction {
            Direction::Forward => &self.forward,
            Direction::Backward => &self.backward,
        };
        // What a poisoned lock holds is whole: it is put there in one step.
        let mut packed = packed.lock().unwrap_or_else(PoisonError::into_inner);
        let address = weight.as_ptr().addr();
        if let Some((of, at, algorithm)) = &*packed
            && Arc::ptr_eq(of, source)
            && *at == address
        {
            return algorithm.clone();
        }
        let algorithm = Arc::new(Algorithm::new(&self.geometry, self.width, direction, weight));
        *packed = Some((source.clone(), address, algorithm.clone()));
        algorithm
    }
}
