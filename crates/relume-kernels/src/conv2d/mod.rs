//! Convolution of one picture and its way back, channels last, on vector registers.
//!
//! A [`Convolution`] keeps its weights twice, packed for each direction on first use: that takes about as long as
//! running it once (a fully connected layer goes back over its weights as they are). Tensors are `[1, C, H, W]` as
//! everywhere, but what it gives has its channels last in memory, and what it takes it wants that way: a chain of
//! convolutions never converts between the two.

mod aligned;
mod bands;
mod dense;
mod depthwise;
mod direct;
mod extension;
mod finish;
mod global_pool;
mod pack;
mod passes;
mod peak;
mod products;
mod strip;
#[cfg(test)]
mod tests;
mod tile;
mod transforms;
mod way;
mod winograd;

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::Dispatch;
use burn::tensor::Tensor;

pub use self::peak::multiply_add_in_registers;

use self::extension::{ConvolutionOps, Rule};
use self::way::{Direction, Way};
use crate::geometry::Geometry;
use crate::lanes::Width;

/// The rule of the ReLU that a signal meets next on its way back (arXiv 1412.6806, section 3.4): what the ReLU gave on
/// the way forward, and what the rule asks before it lets a signal pass.
#[derive(Debug, Clone)]
pub struct Gate {
    /// What the ReLU gave, in the shape of the convolution's input.
    pub y: Tensor<4>,
    /// At what value it is clipped, if it is.
    pub max: Option<f32>,
    /// Whether a signal passes only where the ReLU was neither silent nor clipped.
    pub by_input: bool,
    /// Whether only a positive signal passes.
    pub by_signal: bool,
}

impl Gate {
    fn parts(self) -> (Tensor<4>, Rule) {
        let rule = Rule {
            limit: self.max.unwrap_or(f32::INFINITY),
            by_input: self.by_input,
            by_signal: self.by_signal,
        };
        (self.y, rule)
    }
}

/// The gradient for the input of a global average pool, given the gradient `r` for its output, `[1, C, 1, 1]`, and through
/// the ReLU before it by `gate`, which has the input's shape: `[1, C, height, width]`.
///
/// # Panics
/// If the sizes do not fit together, the tensors are not f32, lie on another device than Flex's, or are tracked by
/// autodiff.
#[must_use]
pub fn global_avg_pool_back(r: Tensor<4>, gate: Gate) -> Tensor<4> {
    let (y, rule) = gate.parts();
    let [batch, channels, ..] = y.dims();
    assert_eq!(
        (batch, r.dims()),
        (1, [1, channels, 1, 1]),
        "one number a channel of one picture"
    );
    Tensor::from_dispatch(<Dispatch as ConvolutionOps>::global_pool_back_gated(
        r.into_dispatch(),
        y.into_dispatch(),
        rule,
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
struct Packed(Mutex<Option<(Source, usize, Arc<Way>)>>);

/// The memory that holds the weights, and where in it they begin. As long as it is kept here nobody can write to it, so
/// weights that lie elsewhere are other weights.
type Source = Arc<burn::tensor::Bytes>;

impl Convolution {
    /// `None` if the kernels are not made for this convolution: groups that are neither one nor one a channel, more
    /// weights than may well be packed, a way back that is far more work than the way forward. Also if the sizes do not
    /// fit together.
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

    /// Whether an input may have these sizes.
    #[must_use]
    pub fn takes(&self, dims: [usize; 4]) -> bool {
        let g = &self.geometry;
        dims == [1, g.channels, g.input[0], g.input[1]]
    }

    /// Whether an output has these sizes.
    #[must_use]
    pub fn gives(&self, dims: [usize; 4]) -> bool {
        let g = &self.geometry;
        dims == [1, g.out_channels, g.output[0], g.output[1]]
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
        assert!(self.takes(x.dims()), "the input");
        self.check(&weight);
        let bias = bias.unwrap_or_else(|| Tensor::zeros([self.geometry.out_channels], &x.device()));
        assert_eq!(bias.dims(), [self.geometry.out_channels], "the bias");
        Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution(
            x.into_dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
            self.clone(),
            relu,
        ))
    }

    /// The gradient for the input, `[1, C, height, width]`, given the gradient `r` for the output, `[1, O, oh, ow]`, and
    /// through the ReLU before the convolution by `gate`, if there is one.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    #[must_use]
    pub fn backward(self: &Arc<Self>, r: Tensor<4>, weight: Tensor<4>, gate: Option<Gate>) -> Tensor<4> {
        assert!(self.gives(r.dims()), "the gradient");
        self.check(&weight);
        let (r, weight) = (r.into_dispatch(), weight.into_dispatch());
        let Some(gate) = gate else {
            return Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution_back(r, weight, self.clone()));
        };
        let (y, rule) = gate.parts();
        assert!(self.takes(y.dims()), "the gate");
        Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution_back_gated(
            r,
            weight,
            y.into_dispatch(),
            self.clone(),
            rule,
        ))
    }

    /// [`backward`](Self::backward) through the ReLU before this convolution and then through `before`, the convolution
    /// before that, to whose input the gradient is given: the same numbers, without a tensor between the two. `None` where
    /// they have to be passed one after the other: this is made for a depthwise convolution behind a pointwise one.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    #[must_use]
    pub fn backward_through(
        self: &Arc<Self>,
        r: Tensor<4>,
        weight: Tensor<4>,
        gate: Gate,
        before: &Arc<Self>,
        before_weight: Tensor<4>,
    ) -> Option<Tensor<4>> {
        let (y, rule) = gate.parts();
        if self.geometry.groups == 1 || !before.geometry.is_pointwise() || dense::suits(&before.geometry) {
            return None;
        }
        assert!(self.gives(r.dims()), "the gradient");
        assert!(self.takes(y.dims()) && before.gives(y.dims()), "the gate");
        self.check(&weight);
        before.check(&before_weight);
        Some(Tensor::from_dispatch(
            <Dispatch as ConvolutionOps>::convolutions_back_in_bands(
                r.into_dispatch(),
                weight.into_dispatch(),
                before_weight.into_dispatch(),
                y.into_dispatch(),
                [self.clone(), before.clone()],
                rule,
            ),
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

    /// The packed weights of a direction, packed now if they are others than the last time.
    fn way(&self, direction: Direction, source: &Source, weight: &[f32]) -> Arc<Way> {
        let Packed(packed) = match direction {
            Direction::Forward => &self.forward,
            Direction::Backward => &self.backward,
        };
        // What lies behind a poisoned lock is whole: it is put there in one step.
        let mut packed = packed.lock().unwrap_or_else(PoisonError::into_inner);
        let place = weight.as_ptr().addr();
        if let Some((of, at, way)) = &*packed
            && Arc::ptr_eq(of, source)
            && *at == place
        {
            return way.clone();
        }
        let way = Arc::new(Way::new(&self.geometry, self.width, direction, weight));
        *packed = Some((source.clone(), place, way.clone()));
        way
    }
}
